"""`vs-act` on recorded answers: which act is drawn, what it asks for, and what is refused."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from simulate.errors import InputError, ParseError
from simulate.verbalized import MethodSpec, Task, log_weight
from tests.verbalized.recorded import BARE, PERSON, QUESTION, first_ask, play_drawing, stated

DECLARED = MethodSpec(name="vs-act", acts=("agree to give", "ask for facts", "Refuse"))
OWN = MethodSpec(name="vs-act", k=2)
STATED = stated(("refuse", 0.5), ("Agree to give.", 0.2), ("ask for facts", 0.3), key="value")


def test_an_act_is_drawn_and_then_a_reply_is_asked_for_that_does_it() -> None:
    found, [first, second], [act] = play_drawing(DECLARED, PERSON, [STATED, "Sure!"], u=0.6)
    assert (act.what, act.candidate.text) == ("act", "agree to give")
    assert act.distribution.texts == ("Refuse", "agree to give", "ask for facts")
    assert (found.texts, found.weights.tolist(), found.parse) == (("Sure!",), [1.0], "clean")
    assert (
        'Name each of these once: "agree to give", "ask for facts", "Refuse", and with each'
        in (first.messages[0]["content"])
    )
    assert (
        "What you do now: agree to give. Write what you say next" in (second.messages[0]["content"])
    )
    assert [message["role"] for message in second.messages] == ["user"]


def test_the_reply_is_written_without_the_other_acts_in_sight() -> None:
    _, [_, reply], _ = play_drawing(DECLARED, PERSON, [STATED, "Sure!"], u=0.6)
    assert "efuse" not in str(reply.messages)


def test_the_declared_acts_are_all_that_can_be_answered() -> None:
    ask = first_ask(DECLARED, PERSON)
    assert ask.schema is not None
    responses = ask.schema["properties"]["responses"]
    assert responses["items"]["properties"]["value"]["enum"] == list(DECLARED.acts or ())
    assert (responses["minItems"], responses["maxItems"]) == (3, 3)


def test_an_act_that_was_not_declared_is_asked_for_again() -> None:
    other = stated(("Dance", 1), key="value")
    found, asks, _ = play_drawing(DECLARED, PERSON, [other, STATED, "Sure!"])
    assert "“Dance” is none of the acts: “agree to give”, “ask" in (asks[1].problem or "")
    assert found.texts == ("Sure!",)


def test_acts_in_the_models_own_words_are_k() -> None:
    own = stated(("Ask  who\nthey are.", 0.25), ("Leave", 0.75), key="value")
    found, [first, second], [act] = play_drawing(OWN, PERSON, [own, "Who are you?"], u=0.2)
    assert "Name 2 that differ, each in a few words" in first.messages[0]["content"]
    assert act.candidate.text == "Ask who they are"
    assert "What you do now: Ask who they are. Write" in second.messages[0]["content"]
    assert found.parse == "clean"


@pytest.mark.parametrize("act", ["", " . ", "so " * 100, 3, {"a": 1}])
def test_what_is_no_act_in_a_few_words_is_refused(act: Any) -> None:
    with pytest.raises(ParseError):
        play_drawing(OWN, PERSON, [stated((act, 1), key="value")] * 3)


def test_acts_are_drawn_by_what_was_stated() -> None:
    drawn = []
    for u in np.arange(0.005, 1, 0.01):
        _, _, [act] = play_drawing(DECLARED, PERSON, [STATED, "Sure!"], u=float(u))
        assert act.log_weight == 0
        drawn.append(act.candidate.text)
    assert [drawn.count(act) for act in DECLARED.acts or ()] == [20, 30, 50]


def test_an_act_that_was_drawn_flatter_weighs_back_to_what_was_stated() -> None:
    spec = MethodSpec(name="vs-act", acts=DECLARED.acts, draw="uniform")
    _, _, picks = play_drawing(spec, PERSON, [STATED, "Sure!"], u=0.5)
    assert picks[0].candidate.text == "agree to give"
    assert log_weight(picks) == pytest.approx(math.log(0.2 * 3))


def test_an_act_that_came_twice_is_one_act_and_marked() -> None:
    twice = stated(("Refuse", 0.25), ("refuse", 0.25), ("agree to give", 0.5), key="value")
    found, _, [act] = play_drawing(DECLARED, PERSON, [twice, "No."])
    assert act.distribution.weights.tolist() == [0.5, 0.5]
    assert found.parse == "repaired"


def test_an_answer_to_a_question_follows_the_intention() -> None:
    answers = [STATED, {"value": 1}]
    found, [first, second], _ = play_drawing(DECLARED, QUESTION, answers, u=0.6)
    assert found.texts == ("1.0",)
    assert first.messages[0]["content"].startswith("How much do you give?")
    assert "Your intention: agree to give. Your answer is a number" in second.messages[0]["content"]
    assert DECLARED.at_most(1) == DECLARED


def test_a_bare_prompt_is_responded_to_in_a_drawn_way() -> None:
    own = stated(("a pun", 0.5), ("a story", 0.5), key="value")
    found, [first, second], _ = play_drawing(OWN, BARE, [own, "Brew!"])
    assert found.texts == ("Brew!",)
    assert "in which ways could you? Name 2" in first.messages[0]["content"]
    assert second.messages[0]["content"].startswith("Respond in this way: a pun.")


def test_the_reply_may_leave_and_the_acts_do_not_say_so() -> None:
    task = Task(person="Ada", may_end=True)
    found, [first, second], _ = play_drawing(
        OWN, task, [stated(("go", 1), key="value"), "Bye[END]"]
    )
    assert found.candidates[0].ends
    assert "[END]" not in first.messages[0]["content"]
    assert "[END]" in second.messages[0]["content"]


def test_only_the_tail_of_acts_in_own_words_can_be_asked_for() -> None:
    tail = MethodSpec(name="vs-act", below=0.1)
    assert "probability below 0.1" in first_ask(tail, PERSON).messages[0]["content"]


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        ({"acts": []}, "acts has 0, and needs at least two"),
        ({"acts": ["agree"]}, "acts has 1, and needs at least two"),
        ({"acts": ["Agree", "refuse", "agree."]}, "acts names “Agree” and “agree.”, which are"),
        ({"acts": ["agree", " "]}, "at least 1 character"),
        ({"acts": ["agree", "x" * 201]}, "at most 200 characters"),
        ({"acts": [True, False]}, "valid string"),
        ({"acts": [f"act {i}" for i in range(101)]}, "at most 100 items"),
        ({"acts": ["agree", "refuse"], "below": 0.1}, "below is set, but each of the acts"),
        ({"acts": ["agree", "refuse"], "name": "vs"}, "acts is set, but method vs does not take"),
        ({"rounds": 2}, "rounds is set, but method vs-act does not take it"),
    ],
)
def test_acts_that_cannot_be_drawn_from_are_refused(options: dict[str, Any], rule: str) -> None:
    with pytest.raises(ValueError, match=rule):
        MethodSpec.model_validate({"name": "vs-act", **options})


@pytest.mark.parametrize(
    ("spec", "prompt", "missing"),
    [
        (OWN, "{{ act }} Some.", "k, so it cannot ask for 2 candidates"),
        (DECLARED, "{{ act }} {{ k }}", "acts, so it cannot say which acts there are"),
        (DECLARED, "{{ acts }}", "act, so it cannot say which act was drawn"),
    ],
)
def test_a_template_that_leaves_out_what_it_must_say_is_refused_before_any_call(
    spec: MethodSpec, prompt: str, missing: str
) -> None:
    with pytest.raises(InputError, match=f"does not use the variable {missing}"):
        first_ask(spec.model_copy(update={"prompt": prompt}), PERSON)


def test_version_1_of_the_prompts_has_none_for_acts() -> None:
    with pytest.raises(InputError, match="prompt_version 1: method vs-act has no prompt in it"):
        first_ask(OWN, Task(person="Ada", prompt_version=1))


def test_acts_that_only_write_an_accent_in_two_ways_are_the_same() -> None:
    with pytest.raises(ValueError, match="which are the same: keep one"):
        MethodSpec(name="vs-act", acts=("caf\u00e9", "cafe\u0301"))
