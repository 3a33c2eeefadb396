"""`moments`: what is read, what is drawn from, and what is refused."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from simulate.errors import ParseError
from simulate.verbalized import MethodSpec, Task
from simulate.verbalized.methods.moments import METHOD
from tests.verbalized.recorded import QUESTION, play

SPEC = MethodSpec(name="moments")
COUNT = replace(
    QUESTION,
    form="a whole number from 0 to 10",
    value_schema={"type": "integer", "minimum": 0, "maximum": 10},
    read=lambda raw: str(int(float(str(raw)))),
)


@pytest.mark.parametrize("task", [QUESTION, COUNT], ids=["amount", "count"])
@pytest.mark.parametrize(("mean", "spread"), [(0.8, 0.5), (1.9, 0.31), (0.25, 0.6)])
def test_what_is_drawn_from_has_the_stated_mean_and_spread(
    task: Task, mean: float, spread: float
) -> None:
    distribution, asks = play(SPEC, task, [{"mean": mean, "spread": spread}])
    values = np.array([float(text) for text in distribution.texts])
    assert distribution.weights @ values == pytest.approx(mean)
    variance = distribution.weights @ (values - mean) ** 2
    assert math.sqrt(variance) == pytest.approx(spread)
    assert distribution.parse == "clean"
    assert distribution.mass is None
    assert "How much do you give?" in asks[0].messages[0]["content"]
    assert asks[0].schema is not None
    assert list(asks[0].schema["properties"]) == ["mean", "spread"]


def test_an_amount_stands_on_round_values_and_on_both_ends() -> None:
    distribution, _ = play(SPEC, QUESTION, [{"mean": 1, "spread": 0.5}])
    assert distribution.texts == tuple(repr(i / 10) for i in range(21))


@pytest.mark.parametrize(
    ("answer", "parse"),
    [
        ({"mean": 1, "spread": 0}, "clean"),
        ({"Mean": 1, "standard deviation": 0}, "repaired"),
        ({"mean": "1.0", "spread": "0"}, "repaired"),
        ('Sure: {"mean": 1, "spread": 0}', "repaired"),
    ],
)
def test_a_spread_of_nothing_is_one_point_in_whatever_form_it_comes(
    answer: Any, parse: str
) -> None:
    distribution, _ = play(SPEC, QUESTION, [answer])
    assert distribution.texts == ("1.0",)
    assert distribution.parse == parse


def test_a_spread_that_is_a_little_too_large_for_its_mean_is_that_of_both_ends() -> None:
    distribution, _ = play(SPEC, QUESTION, [{"mean": 0.5, "spread": 0.87}])
    assert distribution.texts == ("0.0", "2.0")
    assert distribution.weights.tolist() == [0.75, 0.25]
    assert distribution.parse == "repaired"


def test_a_count_is_spread_more_than_stated_where_whole_numbers_are_and_marked() -> None:
    distribution, _ = play(SPEC, COUNT, [{"mean": 3.5, "spread": 0.1}])
    assert distribution.texts == ("3", "4")
    assert distribution.parse == "repaired"


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ({"mean": 5, "spread": 0}, "the mean 5 is outside the support: it must be from 0 to 2"),
        ({"mean": 0.5, "spread": 0.95}, "the spread 0.95 is too large: .* at most 0.866"),
        ({"mean": 2, "spread": 0.5}, "the spread 0.5 is too large: .* at most 0$"),
        ({"mean": 1, "spread": -0.1}, "the spread is -0.1; it is a standard deviation, from 0"),
        ({"mean": 1, "spread": 10**400}, "the spread is inf; it is a standard deviation"),
        ('{"mean": NaN, "spread": 0}', "the mean nan is outside the support"),
        ({"mean": 1}, "the answer has no number “spread”"),
        ({"mean": 1, "spread": "wide"}, "the answer has no number “spread”"),
        ({"mean": "50%", "spread": 0}, "the answer has no number “mean”"),
        ({"mean": True, "spread": 0}, "the answer has no number “mean”"),
        ("about one", "no JSON in “about one”"),
        ("[1, 2]", "an object with “mean” and “spread” was asked for"),
    ],
)
def test_what_says_no_mean_and_spread_is_refused(answer: Any, why: str) -> None:
    with pytest.raises(ParseError, match=why):
        play(SPEC, QUESTION, [answer] * 3)


def test_the_model_is_told_why_and_may_correct_itself() -> None:
    answers = [{"mean": 0.5, "spread": 1}, {"mean": 0.5, "spread": 0.5}]
    distribution, asks = play(SPEC, QUESTION, answers)
    assert "is too large" in asks[1].messages[-1]["content"]
    assert distribution.parse == "clean"


def test_it_has_more_values_than_other_methods_have_candidates() -> None:
    assert MethodSpec.model_validate({"name": "moments"}).k == 21
    assert MethodSpec(name="vs").named("moments").k == 21
    assert MethodSpec(name="moments").named("vs").k == 5
    assert MethodSpec(name="vs", k=30).named("moments").k == 30


def test_its_number_of_values_outlives_a_dump() -> None:
    spec = MethodSpec(name="moments")
    assert MethodSpec.model_validate(spec.model_dump(mode="json")) == spec
    assert MethodSpec.model_validate(spec.model_dump(exclude_defaults=True)) == spec


@pytest.mark.parametrize("k", [5, "auto"])
def test_too_few_values_are_refused(k: Any) -> None:
    with pytest.raises(ValueError, match=r"k is (5: moments spreads|auto, but moments has)"):
        MethodSpec(name="moments", k=k)


@pytest.mark.parametrize(
    "schema",
    [
        None,
        {"type": "string", "enum": ["yes", "no"]},
        {"anyOf": [{"type": "number", "minimum": 0, "maximum": 2}, {"type": "string"}]},
        {"type": "number"},
    ],
)
def test_it_needs_a_number_with_a_support(schema: Any) -> None:
    assert "needs an outcome that is a number" in (METHOD.unfit(schema) or "")
