"""Rules that leave completed dialogues out of every analysis."""

from typing import Any

import pytest
from pydantic import ValidationError

from simulate.engine.plan import make_plan
from simulate.scenario import Answer, Scenario
from simulate.scenario.applicability import MISSING, NOT_APPLICABLE

OUTCOMES: dict[str, Any] = {
    "attention": {"kind": "yesno", "judged": {"question": "?"}},
    "price": {"kind": "amount", "support": [0, 100], "judged": {"question": "?"}},
}
RULES = {
    "inattentive": {"when": {"attention": "no"}, "why": "The attention check was failed."},
    "absurd": {"when": {"price": {"above": 90}, "attention": "yes"}, "why": "Nobody pays that."},
}


def scenario(exclude: dict[str, Any] = RULES) -> Scenario:
    speakers = {"ada": {"plays": "user"}, "bot": {"plays": "assistant"}}
    given = {"scenario": "x", "speakers": speakers, "outcomes": OUTCOMES, "exclude": exclude}
    return Scenario.model_validate(given)


@pytest.mark.parametrize(
    ("attention", "price", "rule"),
    [
        (Answer(False), Answer(95.0), "inattentive"),
        (Answer(True), Answer(95.0), "absurd"),
        (Answer(True), Answer(90.0), None),
        (MISSING, Answer(95.0), None),
        (Answer(True), MISSING, None),
        (Answer(True), NOT_APPLICABLE, None),
    ],
)
def test_the_first_rule_that_certainly_holds_leaves_a_dialogue_out(
    attention: Answer, price: Answer, rule: str | None
) -> None:
    assert scenario().excluded({"attention": attention, "price": price}) == rule


def test_without_rules_nothing_is_left_out() -> None:
    assert scenario({}).excluded({"attention": Answer(False)}) is None


@pytest.mark.parametrize(
    ("when", "message"),
    [
        ({"mood": "no"}, r"exclude\.x\.when\.mood: there is no such outcome; there are: attention"),
        ({"attention": "maybe"}, r"exclude\.x\.when\.attention: .*maybe"),
        ({"attention": {"above": 1}}, r"exclude\.x\.when\.attention: above and below are for num"),
        ({}, r"exclude\.x\.when"),
    ],
)
def test_a_rule_on_what_no_outcome_can_be_is_refused(when: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        scenario({"x": {"when": when, "why": "so"}})


def test_rules_are_no_part_of_what_a_run_is() -> None:
    with_rules, without = (make_plan(scenario(rules), None, 1, 0) for rules in (RULES, {}))
    assert with_rules.fingerprint == without.fingerprint
