"""Scenarios with one speaker: one request, one turn, and outcomes of it."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from simulate.errors import InputError
from simulate.files import shipped
from simulate.reference import load
from simulate.scenario import Outcome, Scenario, load_scenario, rehearse


def task(**changes: Any) -> dict[str, Any]:
    return {
        "scenario": "t",
        "speakers": {"writer": {"plays": "user"}},
        "turns": {"maximum": 1, "opening": "Roll a die."},
        "outcomes": {"face": {"kind": "count", "support": [1, 6], "answered": {}}},
        **changes,
    }


def test_a_scenario_with_one_speaker_is_a_task() -> None:
    scenario = Scenario.model_validate(task())
    assert scenario.is_task
    assert scenario.answer is scenario.outcomes["face"]


def test_a_task_names_no_person_unless_it_says_so() -> None:
    assert Scenario.model_validate(task()).person("writer") is None
    named = task(speakers={"writer": {"plays": "user", "person": "this person"}})
    assert Scenario.model_validate(named).person("writer") == "this person"


def test_a_task_without_a_request_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"turns\.opening is missing: with one speaker"):
        Scenario.model_validate(task(turns={"maximum": 1}))


def test_a_speaker_alone_cannot_take_a_second_turn() -> None:
    with pytest.raises(ValidationError, match=r"turns\.maximum is 10: one speaker answers"):
        Scenario.model_validate(task(turns={"opening": "Roll a die."}))


def test_only_a_task_has_an_answer() -> None:
    speakers = {"writer": {"plays": "user"}, "reader": {"plays": "assistant"}}
    with pytest.raises(ValidationError, match=r"outcomes\.face\.answered: only a scenario with"):
        Scenario.model_validate(task(speakers=speakers))


def test_a_task_has_one_answer_at_most() -> None:
    face = {"kind": "count", "support": [1, 6], "answered": {}}
    with pytest.raises(ValidationError, match=r"outcomes\.other\.answered"):
        Scenario.model_validate(task(outcomes={"face": face, "other": face}))


def test_a_request_with_an_unknown_variable_is_found_at_check_time() -> None:
    turns = {"maximum": 1, "opening": "Write about {{ variables.topic }}."}
    with pytest.raises(InputError, match=r"^turns\.opening: .*topic"):
        rehearse(Scenario.model_validate(task(turns=turns)), None)


def test_levels_are_found_as_whole_words_the_longest_first() -> None:
    outcome = Outcome.model_validate(
        {"kind": "choice", "levels": ["Virginia", "West Virginia"], "matched": {}}
    )
    assert outcome.match([("a", "I say west virginia!")]) == "West Virginia"
    assert outcome.match([("a", "Virginians")]) is None


def test_patterns_by_level_take_the_first_that_is_found() -> None:
    patterns = {"nothing": r"^0$", "a part": r"\d"}
    outcome = Outcome.model_validate(
        {"kind": "choice", "levels": ["nothing", "a part"], "matched": {"patterns": patterns}}
    )
    assert outcome.match([("a", "0")]) == "nothing"
    assert outcome.match([("a", "30")]) == "a part"
    assert outcome.match([("a", "none")]) is None


@pytest.mark.parametrize(
    ("matched", "rule"),
    [
        ({"patterns": {"a": "x"}}, "one pattern for each of levels"),
        (
            {"pattern": "x", "patterns": {"a": "x", "b": "y"}},
            "give one of pattern, patterns",
        ),
        ({"patterns": {"a": "(", "b": "y"}}, "'\\(' is not a regular expression"),
    ],
)
def test_patterns_that_do_not_fit_are_refused(matched: dict[str, Any], rule: str) -> None:
    with pytest.raises(ValidationError, match=rule):
        Outcome.model_validate({"kind": "choice", "levels": ["a", "b"], "matched": matched})


def test_a_number_cannot_be_matched_without_a_pattern() -> None:
    with pytest.raises(ValidationError, match="matched needs a pattern: kind count has no levels"):
        Outcome.model_validate({"kind": "count", "support": [1, 6], "matched": {}})


def test_a_shipped_task_has_an_outcome_and_compares_with_direct() -> None:
    tasks = [each for each in map(load_scenario, shipped.names("scenarios")) if each.is_task]
    assert tasks
    assert all(each.outcomes for each in tasks)
    assert {next(iter(each.conditions["method"])) for each in tasks} == {"direct"}


@pytest.mark.parametrize("name", shipped.names("scenarios"))
def test_what_a_shipped_scenario_compares_with_has_its_levels(name: str) -> None:
    scenario = load_scenario(name)
    for outcome, reference in scenario.compare.items():
        levels = load(reference, outcome).variable.levels
        assert levels == (tuple(scenario.outcomes[outcome].levels or ()) or None)
