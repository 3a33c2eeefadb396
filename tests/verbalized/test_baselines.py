"""`repeated` and `ssot`: one reply a call, again and again, or by a string of the model's own."""

from __future__ import annotations

from typing import Any

import pytest

from simulate.errors import ParseError
from simulate.verbalized import MethodSpec, Task
from tests.verbalized.recorded import BARE, PERSON, QUESTION, first_ask, play


def test_repeated_asks_k_times_as_direct_does_and_no_call_sees_another() -> None:
    distribution, asks = play(MethodSpec(name="repeated", k=3), PERSON, ["Yes.", "No.", "Yes."])
    assert [ask.messages for ask in asks] == [first_ask(MethodSpec(), PERSON).messages] * 3
    assert distribution.texts == ("Yes.", "No.", "Yes.")
    assert distribution.weights.tolist() == [1 / 3] * 3
    assert distribution.mass is None


def test_repeated_adds_nothing_to_a_bare_prompt() -> None:
    _, asks = play(MethodSpec(name="repeated", k=2), BARE, ["Hello."] * 2)
    assert [ask.messages for ask in asks] == [(), ()]


def test_equal_answers_are_kept_and_nothing_is_asked_again_for_them() -> None:
    distribution, asks = play(MethodSpec(name="repeated", k=4), PERSON, ["Yes."] * 4)
    assert len(asks) == 4
    assert distribution.texts == ("Yes.",) * 4


def test_the_answers_to_a_question_are_an_empirical_distribution() -> None:
    answers = [{"value": v} for v in (0, 2, 0, 0)]
    distribution, _ = play(MethodSpec(name="repeated", k=4), QUESTION, answers)
    merged = distribution.merged()
    assert dict(zip(merged.texts, merged.weights.tolist(), strict=True)) == {
        "0.0": 0.75,
        "2.0": 0.25,
    }


def test_there_may_be_more_repetitions_than_different_answers() -> None:
    assert MethodSpec(name="repeated", k=10).at_most(2).k == 10
    assert MethodSpec(name="multi", k=10).at_most(2).k == 2


def test_an_unreadable_repetition_is_asked_for_again_alone() -> None:
    answers = [{"value": 1}, "maybe", {"value": 2}]
    distribution, asks = play(MethodSpec(name="repeated", k=2), QUESTION, answers)
    assert distribution.texts == ("1.0", "2.0")
    assert [len(ask.messages) for ask in asks] == [1, 1, 3]


def test_repeated_has_to_know_how_often() -> None:
    with pytest.raises(ValueError, match="k is auto, but repeated has to know how many"):
        MethodSpec(name="repeated", k="auto")


SEEDED = {"string": "q7#vM2", "reasoning": "The 7 picks the second."}


def test_ssot_keeps_the_reply_and_not_the_string_that_decided_it() -> None:
    distribution, asks = play(MethodSpec(name="ssot"), PERSON, [{**SEEDED, "text": "No."}])
    assert distribution.texts == ("No.",)
    assert distribution.weights.tolist() == [1.0]
    assert distribution.parse == "clean"
    assert asks[0].schema is not None
    assert list(asks[0].schema["properties"]) == ["string", "reasoning", "text"]


def test_ssot_answers_a_question_and_a_bare_prompt() -> None:
    answered, _ = play(MethodSpec(name="ssot"), QUESTION, [{**SEEDED, "value": 1}])
    assert answered.texts == ("1.0",)
    told, _ = play(MethodSpec(name="ssot"), BARE, [{**SEEDED, "text": "A joke."}])
    assert told.texts == ("A joke.",)


def test_ssot_says_whether_the_reply_ends_the_conversation() -> None:
    answer = {**SEEDED, "text": "Bye.", "ends": True}
    distribution, _ = play(MethodSpec(name="ssot"), Task(person="Ada", may_end=True), [answer])
    assert distribution.candidates[0].ends


@pytest.mark.parametrize("lost", ["string", "reasoning"])
def test_ssot_without_its_string_or_how_it_decides_counts_as_repaired(lost: str) -> None:
    answer: dict[str, Any] = {**SEEDED, "text": "No."}
    del answer[lost]
    assert play(MethodSpec(name="ssot"), PERSON, [answer])[0].parse == "repaired"


def test_ssot_refuses_a_string_without_a_reply() -> None:
    with pytest.raises(ParseError, match="the answer has no “text”"):
        play(MethodSpec(name="ssot"), PERSON, [SEEDED] * 3)
    with pytest.raises(ParseError, match="with “string”, “reasoning”, “text” was asked for"):
        play(MethodSpec(name="ssot"), PERSON, ["[1]"] * 3)
