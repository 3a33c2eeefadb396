"""Levels of a condition between which nothing changes are told before anything is run."""

import json
from pathlib import Path
from typing import Any

import pytest

from simulate.cli import main
from simulate.population import load_population
from simulate.scenario import Scenario, load_with_populations, unchanging

SPEAKERS: dict[str, Any] = {
    "bot": {"plays": "assistant", "instructions": "Be {{ variables.tone }}."},
    "ada": {"plays": "user"},
}
TONES: dict[str, Any] = {
    "kind": {"variables": {"tone": "kind"}},
    "curt": {"variables": {"tone": "curt"}},
}
ECHO: dict[str, Any] = {level: {"variables": {"ton": level}} for level in TONES}


def scenario(**changes: Any) -> Scenario:
    return Scenario.model_validate(
        {
            "scenario": "talk",
            "speakers": SPEAKERS,
            "variables": {"tone": "calm"},
            "conditions": {"tone": TONES},
            **changes,
        }
    )


def test_a_variable_that_a_template_reads_changes_something() -> None:
    assert unchanging(scenario(), None) == ()


def test_a_variable_that_no_template_reads_is_told_with_condition_and_levels() -> None:
    (told,) = unchanging(scenario(conditions={"tone": ECHO}), None)
    assert told.startswith(
        "conditions.tone: between the levels “kind” and “curt” no prompt, method"
    )


@pytest.mark.parametrize(
    "level",
    [
        {"speakers": {"ada": {"method": "vs"}}},
        {"speakers": {"bot": {"model": "other"}}},
        {"speakers": {"bot": {"temperature": 0.1}}},
        {"steps": [{"say": 2}]},
        {"prompt_version": 1},
    ],
)
def test_a_method_a_model_a_setting_or_a_step_changes_something(level: dict[str, Any]) -> None:
    assert unchanging(scenario(conditions={"a": {"usual": {}, "other": level}}), None) == ()


def test_a_level_that_only_some_people_feel_changes_something() -> None:
    asks = "{% if persona.age > 60 %}Be {{ variables.ton }}.{% endif %}"
    speakers = {**SPEAKERS, "ada": {"plays": "user", "instructions": asks}}
    found = scenario(conditions={"tone": ECHO}, speakers=speakers)
    assert unchanging(found, load_population("crowdworkers")) == ()


def test_a_level_that_another_condition_alone_lets_through_changes_something() -> None:
    reads = {"speakers": {"bot": {"instructions": "Be {{ variables.ton }}."}}}
    found = scenario(conditions={"tone": ECHO, "told": {"no": {}, "yes": reads}})
    assert unchanging(found, None) == ()


def test_two_of_three_levels_that_are_alike_are_named() -> None:
    levels = {**TONES, "again": TONES["kind"]}
    (told,) = unchanging(scenario(conditions={"tone": levels}), None)
    assert "“kind” and “again”" in told


def test_levels_of_a_fraction_are_compared_in_the_cells_that_it_leaves_out() -> None:
    conditions = {"tone": ECHO, "b": TONES, "c": {"x": {}, "y": {"prompt_version": 1}}}
    found = scenario(conditions=conditions, design={"fraction": "half"})
    (told,) = unchanging(found, None)
    assert told.startswith("conditions.tone")


@pytest.mark.parametrize("name", ["donation-2x2", "ultimatum", "bank-card"])
def test_every_level_of_the_shipped_scenarios_changes_something(name: str) -> None:
    assert unchanging(*load_with_populations(name)) == ()


def test_check_warns_and_says_so_to_machines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "talk.yaml"
    path.write_text(json.dumps(scenario(conditions={"tone": ECHO}).model_dump(mode="json")))
    with pytest.raises(SystemExit) as ended:
        main(["check", str(path)])
    shown = capsys.readouterr()
    assert ended.value.code == 0
    assert shown.err.startswith("warning: conditions.tone: between the levels")
    with pytest.raises(SystemExit):
        main(["check", str(path), "--json"])
    (found,) = json.loads(capsys.readouterr().out)["files"]
    assert found["ok"]
    assert len(found["warnings"]) == 1
