"""Scenarios that extend others, and levels that change single options of a method."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulate.errors import ScenarioError
from simulate.scenario import MethodChange, Scenario, Speaker, SpeakerChange, load_scenario
from simulate.verbalized import MethodSpec

BASE = """
scenario: base
speakers:
  writer: {plays: user}
turns: {maximum: 1, opening: Write.}
defaults: {n: 3}
"""


def written(folder: Path, text: str, name: str = "child.yaml") -> Path:
    (folder / "base.yaml").write_text(BASE)
    (folder / name).write_text(text)
    return folder / name


def test_what_is_not_given_is_taken_over(tmp_path: Path) -> None:
    child = load_scenario(written(tmp_path, "scenario: child\nextends: base.yaml\ntitle: T\n"))
    assert child.scenario == "child"
    assert child.turns.opening == "Write."
    assert child.defaults.n == 3


def test_what_is_given_replaces_the_whole_field(tmp_path: Path) -> None:
    text = "scenario: child\nextends: base.yaml\ndefaults: {replicates: 2}\n"
    child = load_scenario(written(tmp_path, text))
    assert child.defaults.replicates == 2
    assert child.defaults.n == 10


def test_a_scenario_that_extends_nothing_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"there is no scenario “other\.yaml”"):
        load_scenario(written(tmp_path, "scenario: child\nextends: other.yaml\n"))


def test_a_chain_of_scenarios_is_refused(tmp_path: Path) -> None:
    written(tmp_path, "scenario: child\nextends: base.yaml\n")
    last = written(tmp_path, "scenario: last\nextends: child.yaml\n", "last.yaml")
    with pytest.raises(ScenarioError, match=r"last\.yaml:2: extends: .* extends another"):
        load_scenario(last)


def test_every_option_of_a_method_can_be_changed() -> None:
    assert set(MethodChange.model_fields) == set(MethodSpec.model_fields)
    assert set(SpeakerChange.model_fields) < set(Speaker.model_fields)


def test_a_change_without_a_name_keeps_the_other_options() -> None:
    base = MethodSpec(name="vs", k=7, below=0.2)
    changed = MethodChange(draw="uniform").applied(base)
    assert changed == MethodSpec(name="vs", k=7, below=0.2, draw="uniform")


def test_a_change_with_a_name_is_another_method() -> None:
    changed = MethodChange(name="sequence", k=3).applied(MethodSpec(name="vs", k=7, below=0.2))
    assert changed == MethodSpec(name="sequence", k=3)


def test_a_change_that_the_method_does_not_take_is_refused() -> None:
    with pytest.raises(ValueError, match="below is set, but method direct does not take it"):
        Scenario.model_validate(
            {
                "scenario": "t",
                "speakers": {"writer": {"plays": "user"}},
                "turns": {"maximum": 1, "opening": "Write."},
                "conditions": {
                    "tail": {"on": {"speakers": {"writer": {"method": {"below": 0.1}}}}}
                },
            }
        )


def test_a_scenario_is_the_same_after_it_was_stored() -> None:
    scenario = load_scenario("donation-2x2")
    again = Scenario.model_validate(scenario.model_dump(mode="json"))
    assert [c.speakers for c in again.cells()] == [c.speakers for c in scenario.cells()]
