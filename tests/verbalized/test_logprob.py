"""`logprob`: weights from the probabilities of the first token."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from simulate.errors import ParseError
from simulate.verbalized import MethodSpec
from simulate.verbalized.methods.logprob import LETTERS, METHOD
from tests.verbalized.recorded import QUESTION, play

SPEC = MethodSpec(name="logprob")
LEVELS = ["always", "often", "never"]
CHOICE = replace(
    QUESTION,
    form="one of always, often, never",
    value_schema={"type": "string", "enum": LEVELS},
    read=str,
)


def likely(**tokens: float) -> dict[str, float]:
    """Return tokens with the logarithms of their probabilities."""
    return {token: math.log(p) for token, p in tokens.items()}


def test_the_weights_are_the_probabilities_of_the_letters() -> None:
    answers = [likely(A=0.5, B=0.3, C=0.2), likely(C=0.5, B=0.3, A=0.2)]
    distribution, asks = play(SPEC, CHOICE, answers)
    assert distribution.texts == tuple(LEVELS)
    assert distribution.weights.tolist() == pytest.approx([0.5, 0.3, 0.2])
    assert distribution.mass == pytest.approx(1)
    assert [ask.logprobs for ask in asks] == [20, 20]
    assert [ask.schema for ask in asks] == [None, None]


def test_the_answers_are_listed_in_their_order_and_in_its_reverse() -> None:
    _, asks = play(SPEC, CHOICE, [likely(A=1), likely(A=1)])
    listed = [ask.messages[0]["content"] for ask in asks]
    assert "A: always\nB: often\nC: never" in listed[0]
    assert "A: never\nB: often\nC: always" in listed[1]
    assert all("How much do you give?" in each for each in listed)


def test_a_model_that_always_takes_the_first_place_says_nothing() -> None:
    distribution, _ = play(SPEC, CHOICE, [likely(A=0.8, B=0.1, C=0.1)] * 2)
    assert distribution.weights.tolist() == pytest.approx([0.45, 0.1, 0.45])


def test_a_preference_that_falls_steadily_along_the_list_cancels_out() -> None:
    distribution, _ = play(SPEC, CHOICE, [likely(A=0.5, B=0.3, C=0.1)] * 2)
    assert distribution.weights.tolist() == pytest.approx([1 / 3] * 3)
    assert distribution.mass == pytest.approx(0.9)


def test_white_space_and_case_of_a_letter_make_no_difference() -> None:
    answer = likely(**{" A": 0.2, "A": 0.1, "a\n": 0.1, "B": 0.4})
    distribution, _ = play(SPEC, CHOICE, [answer, likely(C=0.4, B=0.4)])
    assert distribution.weights.tolist() == pytest.approx([0.5, 0.5, 0])


def test_white_space_that_a_server_did_not_decode_makes_no_difference() -> None:
    answer = likely(**{"▁A": 0.2, "ĠA": 0.2, "B": 0.4})
    distribution, _ = play(SPEC, CHOICE, [answer, likely(C=0.4, B=0.4)])
    assert distribution.weights.tolist() == pytest.approx([0.5, 0.5, 0])


def test_what_is_on_no_letter_is_kept_as_the_mass_that_is_missing() -> None:
    answer = likely(A=0.3, The=0.3, I=0.2, D=0.1, AB=0.1)
    distribution, _ = play(SPEC, CHOICE, [answer, likely(C=0.3)])
    assert [c.probability for c in distribution.candidates] == pytest.approx([0.3, 0, 0])
    assert distribution.mass == pytest.approx(0.3)
    assert distribution.weights.tolist() == [1, 0, 0]


def test_a_model_that_answers_with_no_letter_is_refused_at_once() -> None:
    answer = likely(Sure=0.7, The=0.2, I=0.05, Well=0.01)
    why = "none of the letters A to C is among the 4 likeliest first tokens.*“Sure” 0.7, “The” 0.2"
    with pytest.raises(ParseError, match=why):
        play(SPEC, CHOICE, [answer])


def test_hostile_tokens_are_quoted_on_one_line_and_never_read_as_markup() -> None:
    answer = {"<think>": -0.1, "\x1b[2J\n": -3.0, "A": -4.0}
    distribution, _ = play(SPEC, CHOICE, [answer, answer])
    assert distribution.mass == pytest.approx(math.exp(-4))
    del answer["A"]
    with pytest.raises(ParseError) as refused:
        play(SPEC, CHOICE, [answer])
    assert str(refused.value).isprintable()


@pytest.mark.parametrize(
    ("schema", "texts"),
    [
        ({"type": "integer", "minimum": 3, "maximum": 5}, ("3", "4", "5")),
        (
            {"anyOf": [{"enum": ["yes", "no"]}, {"enum": ["does not apply"]}]},
            ("yes", "no", "does not apply"),
        ),
        ({"type": "integer", "minimum": 0, "maximum": 19}, tuple(map(str, range(20)))),
    ],
)
def test_whatever_has_few_answers_can_be_asked(schema: Any, texts: tuple[str, ...]) -> None:
    task = replace(CHOICE, value_schema=schema)
    last = LETTERS[len(texts) - 1]
    distribution, _ = play(SPEC, task, [likely(A=1), likely(**{last: 1})])
    assert distribution.texts == texts
    assert distribution.weights[0] == 1


@pytest.mark.parametrize(
    "schema",
    [
        None,
        {"type": "number", "minimum": 0, "maximum": 2},
        {"type": "integer", "minimum": 0, "maximum": 20},
        {"type": "integer", "minimum": 0, "maximum": 10**12},
        {"type": "string"},
        {"anyOf": [{"type": "number", "minimum": 0, "maximum": 2}, {"enum": ["does not apply"]}]},
    ],
)
def test_it_needs_answers_that_can_be_listed(schema: Any) -> None:
    assert METHOD.unfit(schema) == "needs an outcome with at most 20 answers that can be listed"
