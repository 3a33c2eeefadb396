"""`donation-talk`: cells that differ in what comes before one and the same question."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from pydantic import ValidationError

from simulate.engine import make_plan
from simulate.engine.plan import with_methods
from simulate.files.templates import render
from simulate.scenario import (
    Scenario,
    fitting,
    load_scenario,
    load_with_population,
    template_values,
)

SCENARIO, PEOPLE = load_with_population("donation-talk")
CELLS = {cell.label: cell for cell in SCENARIO.cells()}


def test_every_talk_has_as_many_turns() -> None:
    simulated = {"small-talk", "talk-direct", "talk-vs"}
    assert {label for label, cell in CELLS.items() if cell.most_turns} == simulated
    assert {CELLS[label].most_turns for label in simulated} == {2 * SCENARIO.turns.maximum}
    written = CELLS["other-talk"].steps[0].written
    assert len(written) == 2 * SCENARIO.turns.maximum
    assert {len(talk) for talk in SCENARIO.variables["talks"]} == {len(written)}


def test_the_talk_that_the_person_had_is_only_there_with_people_who_had_one() -> None:
    scenario, left_out = fitting(SCENARIO, PEOPLE)
    assert {cell.label for cell in scenario.cells()} == set(CELLS) - {"human-talk"}
    assert [each.split(":")[0] for each in left_out] == ["before human-talk is left out"]


def test_the_outcome_is_asked_for_in_the_same_way_in_every_cell() -> None:
    asked = SCENARIO.outcomes["donation"].asked
    assert asked is not None
    assert {
        cell.method_of(SCENARIO.outcomes["donation"]).model_dump_json() for cell in CELLS.values()
    } == {
        '{"name":"vs","k":5,"rounds":null,"draw":"probability","temper":null,"mix":null,'
        '"wording":null,"below":null,"prompt":null}'
    }
    assert "{{" not in asked.question


def test_the_population_is_asked_about_in_many_wordings_and_without_a_persona() -> None:
    assert PEOPLE is not None
    cell = CELLS["population"]
    told = [
        render(
            cell.speakers["persuadee"].instructions,
            template_values(cell, person, "persuadee"),
            "instructions",
        )
        for person in PEOPLE.sample(300, 0)
    ]
    parts = ("knowledge", "situations", "subjects")
    possible = {" ".join(p) for p in product(*(cell.variables[part] for part in parts))}
    assert len(possible) == 64
    assert set(told) == possible
    assert len(set(told[:30])) >= 20


def test_the_written_talks_name_no_amount() -> None:
    said = [text for talk in SCENARIO.variables["talks"] for text in talk]
    assert len(said) == len(set(said)) == 3 * 12
    assert not [text for text in said if any(c.isdigit() or c in "$¢%" for c in text)]


def test_contrasts_reach_no_prompt() -> None:
    other = SCENARIO.model_copy(update={"contrasts": {}})
    plans = [make_plan(s, PEOPLE, 1, 0) for s in (SCENARIO, other)]
    assert plans[0].fingerprint == plans[1].fingerprint


def test_a_contrast_goes_with_its_cells() -> None:
    conditions = {"before": {k: SCENARIO.conditions["before"][k] for k in ("told", "talk-vs")}}
    assert set(SCENARIO.with_conditions(conditions).contrasts) == {"gain-vs"}
    assert with_methods(SCENARIO, ["vs"]).contrasts == {}


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        (["told", "talk"], "contrasts.x.cells: there is no cell “talk”; there are: population, "),
        (["told", "told"], "name two different cells"),
        (["told"], "at least 2"),
    ],
)
def test_a_contrast_needs_two_cells_that_are_there(cells: list[str], why: str) -> None:
    contrast: Any = {"x": {"cells": cells, "meaning": "More."}}
    with pytest.raises(ValidationError, match=why):
        Scenario.model_validate({**dict(load_scenario("donation-talk")), "contrasts": contrast})
