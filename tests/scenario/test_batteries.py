"""Batteries: items on one scale stand for outcomes, before anything else sees the scenario."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from simulate.engine import make_plan
from simulate.errors import ScenarioError
from simulate.scenario import Scenario, load_scenario

LEVELS = ["1 (strongly disagree)", "2", "3", "4", "5", "6", "7 (strongly agree)"]
TRUST: dict[str, Any] = {
    "levels": LEVELS,
    "asked": {"speaker": "ada", "question": "How much do you agree? {{ item }}"},
    "items": {
        "money": "{{ variables.charity }} uses money well.",
        "waste": {"text": "Most of it is wasted.", "reversed": True},
        "check": {"text": "Please choose 2 here.", "right": 2},
    },
}


def data(battery: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    return {
        "scenario": "attitude",
        "variables": {"charity": "UNICEF"},
        "speakers": {"bot": {"plays": "assistant"}, "ada": {"plays": "user"}},
        "turns": {"maximum": 1},
        "batteries": {"trust": {**TRUST, **(battery or {})}},
        **changes,
    }


def scenario(battery: dict[str, Any] | None = None, **changes: Any) -> Scenario:
    return Scenario.model_validate(data(battery, **changes))


def test_each_item_and_the_score_of_a_battery_are_outcomes() -> None:
    outcomes = scenario().outcomes
    assert list(outcomes) == [
        "trust_money",
        "trust_waste",
        "trust_check",
        "trust_check_right",
        "trust",
    ]
    money, score = outcomes["trust_money"], outcomes["trust"]
    assert money.asked is not None
    assert money.asked.question == (
        "How much do you agree? {{ variables.charity }} uses money well."
    )
    assert (money.kind, money.levels) == ("ordinal", LEVELS)
    assert (score.kind, score.support) == ("amount", (1.0, 7.0))
    assert outcomes["trust_check_right"].kind == "yesno"


def test_a_battery_in_waves_is_asked_where_the_steps_say_and_its_change_has_bounds() -> None:
    found = scenario(
        {"waves": ["before", "after"]},
        steps=[{"ask": ["trust_before"]}, {"say": 1}, {"ask": ["trust_after"]}],
        outcomes={"change": {"computed": {"difference": ["trust_after", "trust_before"]}}},
    )
    (cell,) = found.cells()
    before, _, after = (step.asked for step in cell.steps)
    assert [label for label in before if not found.outcomes[label].computed] == [
        "trust_before_money",
        "trust_before_waste",
        "trust_before_check",
    ]
    assert after[-1] == "trust_after_check_right"
    assert "change" in after
    assert found.outcomes["change"].support == (-6.0, 6.0)


def test_a_scenario_is_kept_as_it_was_written_and_stands_for_the_same_when_it_is_read() -> None:
    found = scenario(outcomes={"late": {"computed": {"when": {"trust": {"below": 3}}}}})
    dumped = found.model_dump(mode="json")
    assert list(dumped["outcomes"]) == ["late"]
    assert Scenario.stored(dumped) == found
    assert Scenario.model_validate(dict(found)) == found


def test_a_battery_is_part_of_what_a_run_is_known_by() -> None:
    prints = {
        make_plan(scenario(each), None, 1, 0).fingerprint
        for each in ({}, {"order": "random"}, {"score": "sum"})
    }
    assert len(prints) == 3


@pytest.mark.parametrize(
    ("battery", "support", "kind"),
    [
        ({"score": "sum"}, (2.0, 14.0), "count"),
        ({"levels": ["never", "sometimes", "always"], "items": {"a": "A", "b": "B"}}, (1, 3), None),
        (
            {"kind": "count", "levels": None, "support": [0, 100], "items": {"a": "A"}},
            (0, 100),
            None,
        ),
        ({"kind": "yesno", "levels": None, "score": "sum", "items": {"a": "A"}}, (0, 1), "count"),
    ],
)
def test_the_score_has_the_bounds_of_its_items(
    battery: dict[str, Any], support: tuple[float, float], kind: str | None
) -> None:
    score = scenario(battery).outcomes["trust"]
    assert (score.support, score.kind) == (support, kind or "amount")


@pytest.mark.parametrize(
    ("battery", "why"),
    [
        (
            {"items": {"a": {"text": "A", "right": 9}}},
            "batteries.trust.items.a.right.trust_a: the answer “9”",
        ),
        ({"items": {"a": {"text": "A", "right": 2, "reversed": True}}}, "not part of the score"),
        ({"score": "none"}, "there is no score that it counts in"),
        ({"at_least": 3}, "at_least is 3, and 2 items make the score"),
        ({"levels": None}, "batteries.trust: kind ordinal needs levels"),
        ({"levels": ["1", "+1"]}, "batteries.trust: kind ordinal needs levels that differ"),
        ({"asked": {"speaker": "eve"}}, "batteries.trust.asked.speaker: there is no speaker “eve”"),
        ({"asked": {"speaker": "ada", "question": "Well?"}}, "must have {{ item }} once"),
        ({"applies_if": {"e": 1}}, "batteries.trust.applies_if.e: there is no such outcome"),
        ({"kind": "choice"}, "kind choice has no numbers; give `score: none`"),
        ({"waves": ["before", "after"]}, "“trust_before” is never asked for in steps"),
        ({"waves": ["a", "a"]}, "a wave is named twice"),
        ({"items": {"x" * 64: "A"}}, "a name has at most 64 characters"),
    ],
)
def test_a_battery_that_cannot_be_is_refused_with_its_field(
    battery: dict[str, Any], why: str
) -> None:
    with pytest.raises(ValidationError) as error:
        scenario(battery)
    assert why in str(error.value)


def test_a_battery_with_waves_is_not_asked_without_one() -> None:
    with pytest.raises(ValidationError, match=r"steps\.0\.ask: battery “trust” has waves"):
        scenario({"waves": ["before"]}, steps=[{"ask": ["trust"]}])


def test_a_name_that_a_battery_makes_is_taken() -> None:
    other = {"kind": "yesno", "judged": {"question": "?"}}
    with pytest.raises(ValidationError, match=r"batteries.trust.items.money makes an outcome"):
        scenario(outcomes={"trust_money": other})


def test_a_right_answer_may_depend_on_the_cell_and_is_checked_before_anything_is_paid(
    tmp_path: Path,
) -> None:
    strategies: dict[str, Any] = {"facts": {}, "2": {}}
    saw = {"kind": "choice", "levels": ["facts", "story"]}
    asked = {"speaker": "ada", "question": "What did they tell?"}
    path = tmp_path / "s.yaml"
    path.write_text(
        yaml.safe_dump(
            data(
                conditions={"strategy": strategies},
                outcomes={
                    "saw": {**saw, "asked": asked},
                    "saw_right": {"computed": {"when": {"saw": "{{ cell.strategy }}"}}},
                },
            )
        )
    )
    with pytest.raises(ScenarioError, match=r"outcomes.saw_right.computed.when.saw: .*“2” is not"):
        load_scenario(path)


def test_an_expression_that_gives_another_kind_of_value_is_refused_before_anything_is_paid(
    tmp_path: Path,
) -> None:
    wrong = {"kind": "amount", "support": [0, 9], "computed": {"expression": "'x' ~ trust"}}
    (path := tmp_path / "s.yaml").write_text(yaml.safe_dump(data(outcomes={"wrong": wrong})))
    with pytest.raises(ScenarioError, match=r"outcomes.wrong.computed.expression: gives “x"):
        load_scenario(path)
