import re
from pathlib import Path
from typing import Any

import pytest

from simulate.comparison.multiverse.grid import declared
from simulate.comparison.multiverse.plan_file import json_schema
from simulate.errors import InputError
from tests.comparison.multiverse.tea import SCENARIO, written
from tests.conftest import Command

WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no such contrast": (
        {"contrast": "style"},
        "contrast: scenario tea has no contrast “style”; it has: tone.",
    ),
    "no such cell": ({"contrast": ["warmly", "hotly"]}, "contrast.cells: there is no cell “hotly”"),
    "one cell twice": ({"contrast": ["warmly", "warmly"]}, "contrast.cells: name two different"),
    "three cells": ({"contrast": ["a", "b", "c"]}, "plan.yaml:3: contrast"),
    "no such outcome": ({"outcome": "spoons"}, "outcome: scenario tea has no outcome “spoons”"),
    "free text": ({"outcome": "remark"}, "outcome: remark is free text, which has no mean"),
    "no level": ({"outcome": "drink"}, "level: of drink, whose words have no order"),
    "no such level": ({"outcome": "drink", "level": "wine"}, "level: of drink"),
    "a level of a number": ({"level": "tea"}, "level: cups has a mean; leave level out"),
    "no such rule": (
        {"cleaning": {"a": {}, "b": {"exclude": ["wet"]}}},
        "cleaning.b.exclude: scenario tea has no rule “wet”; it has: dry, full",
    ),
    "a missing value outside": (
        {"cleaning": {"a": {}, "b": {"missing": "many"}}},
        "cleaning.b.missing: cups: “many” is not a finite number",
    ),
    "one universe": (
        {"wordings": None, "cleaning": None},
        "plan.yaml:1: multiverse: the grid has one universe only",
    ),
    "too many": (
        {"k": list(range(1, 60)), "cleaning": None},
        "the grid has 118 universes from 118 runs, and may have 512 from 64",
    ),
    "k twice": ({"k": [3, 3]}, "k: 3 stands here twice"),
    "the same twice": (
        {"cleaning": {"a": {}, "b": {"exclude": []}, "c": {"exclude": []}}},
        "cleaning.c: is the same as b; leave one out",
    ),
    "a distance": ({"distance": "ks"}, "distance: a multiverse is of contrasts between cells"),
    "a field misspelt": ({"wording": {}}, "there is no such field here; did you mean “wordings”?"),
    "temper of another rule": (
        {"draws": {"a": {}, "b": {"draw": "mode", "temper": 2}}},
        "draws.b: temper: flattens the draw by probability, but draw is mode",
    ),
    "a speaker more": (
        {"wordings": {"a": {}, "b": {"speakers": {"cat": {"plays": "user"}}}}},
        "wordings.b.speakers.cat: the scenario has none of this name; it has: host, guest",
    ),
    "a level more": (
        {"wordings": {"a": {}, "b": {"conditions": {"tone": {"hotly": {}}}}}},
        "wordings.b.conditions: a wording may change levels, not add any",
    ),
    "another measure": (
        {"wordings": {"a": {}, "b": {"outcomes": {"cups": {"support": [0, 5]}}}}},
        "wordings.b.outcomes.cups.support: a wording may not change what is measured",
    ),
    "a template that breaks": (
        {"wordings": {"a": {}, "b": {"speakers": {"guest": {"instructions": "{{ cell.mood }}"}}}}},
        "universe b: speakers.guest.instructions",
    ),
    "a field of a speaker": (
        {"wordings": {"a": {}, "b": {"speakers": {"guest": {"tone": "x"}}}}},
        "wordings.b.speakers.guest.tone: there is no such field here",
    ),
    "a secret": (
        {"models": {"a": "m@http://user:password@host/v1", "b": "embedded"}},
        "must have no password or key in its URL",
    ),
    "no scenario": ({"scenario": "coffee.yaml"}, "there is no scenario “coffee.yaml”"),
    "a scenario elsewhere": ({"scenario": "../tea.yaml"}, "lies outside the folder"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_with_a_plan_is_told_in_one_line(
    what: str, tmp_path: Path, command: Command
) -> None:
    changes, message = WRONG[what]
    code, out, err = command("multiverse", written(tmp_path, **changes))
    assert (code, out) == (2, "")
    assert message in err
    assert len(err.splitlines()) == 1


def test_what_is_wrong_has_the_line_of_the_plan(tmp_path: Path) -> None:
    path = written(tmp_path, outcome="spoons")
    with pytest.raises(InputError, match=r"plan\.yaml:4: outcome: scenario tea has no outcome"):
        declared(path)


def test_k_is_no_choice_where_the_contrast_is_about_it(tmp_path: Path) -> None:
    few = {"speakers": {"guest": {"method": {"k": 2}}}}
    scenario = {**SCENARIO, "conditions": {"tone": {"warmly": {}, "coldly": few}}}
    with pytest.raises(InputError, match=r"k: conditions.tone.coldly varies it in the scenario"):
        declared(written(tmp_path, scenario, k=[3, 5]))


def test_k_is_no_choice_where_nobody_lists_candidates(tmp_path: Path) -> None:
    guest = {**SCENARIO["speakers"]["guest"], "method": "direct"}
    scenario = {**SCENARIO, "speakers": {**SCENARIO["speakers"], "guest": guest}}
    with pytest.raises(InputError, match="k: no user of scenario tea has a distribution"):
        declared(written(tmp_path, scenario, k=[3, 5]))


def test_a_draw_rule_is_no_choice_where_nobody_draws(tmp_path: Path) -> None:
    guest = {**SCENARIO["speakers"]["guest"], "method": "direct"}
    scenario = {**SCENARIO, "speakers": {**SCENARIO["speakers"], "guest": guest}}
    draws = {"stated": {}, "flat": {"temper": 2}}
    with pytest.raises(InputError, match=r"draws\.flat: no user of scenario tea has"):
        declared(written(tmp_path, scenario, draws=draws))


def test_people_who_meet_one_side_and_people_who_meet_both_are_no_arms(tmp_path: Path) -> None:
    conditions = {**SCENARIO["conditions"], "length": {"short": {}, "long": {}}}
    scenario = {**SCENARIO, "conditions": conditions, "design": {"between": ["tone"]}}
    with pytest.raises(InputError, match="some personas meet both sides of the contrast and some"):
        declared(written(tmp_path, scenario, contrast=["warmly+short", "long"]))


def test_groups_of_people_are_no_arms(tmp_path: Path) -> None:
    strata = {"strata": {"age": {"young": {"below": 40}, "old": {"at_least": 40}}}}
    scenario = {**SCENARIO, "population": "crowdworkers", "design": strata, "contrasts": {}}
    with pytest.raises(InputError, match="differ in the stratum age, to which nobody assigned"):
        declared(written(tmp_path, scenario, contrast=["young", "old"]))


def test_only_the_cells_of_the_contrast_are_played(tmp_path: Path) -> None:
    tones: dict[str, Any] = {"warmly": {}, "coldly": {}, "loudly": {}}
    scenario = {**SCENARIO, "conditions": {"tone": tones, "length": {"short": {}, "long": {}}}}
    found = declared(written(tmp_path, scenario))
    labels = [cell.label for cell in found.scenario.cells()]
    assert labels == ["warmly+short", "warmly+long", "coldly+short", "coldly+long"]


def test_universes_are_all_combinations_and_runs_those_that_need_a_model(tmp_path: Path) -> None:
    draws = {"stated": {}, "flat": {"temper": 2}}
    found = declared(written(tmp_path, k=[3, 5], draws=draws))
    assert len(found.universes) == 2 * 2 * 2 * 2
    assert [name for name, _ in found.runs()] == ["plain+3", "plain+5", "frank+3", "frank+5"]
    assert found.universes[0].name == "plain+3+stated+usual"
    guests = [scenario.speakers["guest"] for _, scenario in found.runs()]
    assert [guest.method.k for guest in guests] == [3, 5, 3, 5]
    assert guests[2].instructions == "Frankly, {{ cell.tone }}."


def test_what_is_declared_has_another_hash_where_anything_of_it_is_changed(tmp_path: Path) -> None:
    found = {
        declared(written(tmp_path, **changes)).sha256
        for changes in ({}, {"n": 25}, {"seed": 1}, {"k": [3]}, {"cleaning": None})
    }
    other = {**SCENARIO, "exclude": {**SCENARIO["exclude"]}, "variables": {"x": 1}}
    assert len({*found, declared(written(tmp_path, other)).sha256}) == 6


def test_a_plan_is_checked_without_a_call(tmp_path: Path, command: Command) -> None:
    code, out, _ = command("check", written(tmp_path))
    assert code == 0
    assert "multiverse grid, 4 universes from 2 runs: plain, frank" in out


def test_the_published_schema_describes_every_field() -> None:
    text = json_schema()
    fields = re.findall(r'"(\w+)": \{', text)
    assert {"wordings", "draws", "cleaning", "missing"} <= set(fields)
    published = Path(__file__).parents[3] / "scenarios" / "multiverse.schema.json"
    assert published.read_text("utf-8") == text
