"""The planned analysis names outcomes, margins and effects that there can be."""

from typing import Any

import pytest
from pydantic import ValidationError

from simulate.engine import make_plan
from simulate.scenario import Scenario

ASKED = {"speaker": "ada", "question": "How much?"}
AMOUNT = {"kind": "amount", "support": [0, 2], "asked": ASKED}
DEAL = {"kind": "yesno", "asked": ASKED}
LIKING = {"kind": "ordinal", "levels": ["1", "2", "3", "4", "5"], "asked": ASKED}
WHY = {"kind": "text", "asked": ASKED}
OUTCOMES = {"given": AMOUNT, "deal": DEAL, "liking": LIKING, "why": WHY}
TWO: dict[str, Any] = {"low": {}, "high": {}}


def scenario(analysis: dict[str, Any], **changes: Any) -> Scenario:
    return Scenario.model_validate(
        {
            "scenario": "talk",
            "speakers": {"bot": {"plays": "assistant"}, "ada": {"plays": "user"}},
            "conditions": {"a": TWO, "b": {"x": {}, "y": {}}},
            "outcomes": OUTCOMES,
            "analysis": analysis,
            **changes,
        }
    )


def test_a_margin_is_of_the_distance_unless_it_says_mean() -> None:
    margins = {"given": 0.1, "liking": {"wasserstein": 0.05, "mean": 0.5}}
    analysis = scenario({"margins": margins}).analysis
    assert analysis.distance_margins("given") == {"": 0.1}
    assert analysis.distance_margins("liking") == {"wasserstein": 0.05}
    assert analysis.distance_margins("deal") is None


def test_contrasts_are_planned_for_the_primary_outcomes_and_those_they_name() -> None:
    contrasts = {
        "a": {"cells": ["low", "high"], "meaning": "m"},
        "b": {"cells": ["low+x", "low+y"], "meaning": "m", "outcomes": ["deal"]},
    }
    found = list(scenario({"primary": ["given"]}, contrasts=contrasts).planned())
    assert [(each.name, each.outcome) for each in found] == [("a", "given"), ("b", "deal")]
    assert [[c.label for c in side] for side in found[0].sides] == [
        ["low+x", "low+y"],
        ["high+x", "high+y"],
    ]
    every = list(scenario({}, contrasts=contrasts).planned())
    assert [each.outcome for each in every] == ["given", "deal", "liking", "deal"]


def test_the_analysis_reaches_no_dialogue() -> None:
    plans = [make_plan(scenario(a), None, 1, 0) for a in ({}, {"primary": ["given"]})]
    assert plans[0].fingerprint == plans[1].fingerprint
    assert "analysis" not in scenario({}).model_dump(mode="json")


@pytest.mark.parametrize(
    ("analysis", "why"),
    [
        ({"primary": ["money"]}, "analysis.primary: there is no outcome “money”; there are: given"),
        ({"primary": ["given", "given"]}, "“given” stands there twice"),
        ({"primary": ["why"]}, "analysis.primary: “why” is free text"),
        ({"margins": {"money": 1}}, "analysis.margins: there is no outcome “money”"),
        ({"margins": {"given": {"kss": 0.1}}}, "analysis.margins.given: there is no “kss”"),
        ({"margins": {"deal": {"mean": 0.1}}}, "analysis.margins.deal: there is no “mean”"),
        ({"margins": {"given": 0}}, "greater than 0"),
        ({"smallest_effect": {"given": 3}}, "is 3, and two cells cannot differ by more than 2"),
        ({"smallest_effect": {"deal": 1.5}}, "cannot differ by more than 1"),
        ({"smallest_effect": {"liking": 5}}, "cannot differ by more than 4"),
        ({"sd": {"deal": 1}}, "analysis.sd.deal: is of words without an order"),
        ({"correlation": {"given": 1}}, "less than 1"),
    ],
)
def test_what_cannot_be_planned_is_refused(analysis: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        scenario(analysis)


def test_a_contrast_for_an_outcome_that_there_is_not_is_refused() -> None:
    contrasts = {"a": {"cells": ["low", "high"], "meaning": "m", "outcomes": ["money"]}}
    with pytest.raises(ValidationError, match=r"contrasts\.a\.outcomes: there is no outcome"):
        scenario({}, contrasts=contrasts)
