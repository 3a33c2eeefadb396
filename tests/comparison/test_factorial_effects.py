"""Main effects of crossed conditions, against effects that are put in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from simulate import open_run, run_sync
from simulate.comparison.factorial_effects import Effect, Effects, effects
from simulate.errors import StatisticsError
from simulate.models import ChatRequest, ScriptedModel
from simulate.randomness import uniform
from simulate.reference import load
from simulate.scenario import Scenario, load_scenario

DESIGN = {
    "scenario": "game",
    "speakers": {"giver": {"plays": "user", "method": {"name": "vs", "k": 2}}},
    "turns": {"maximum": 1, "opening": "Give {{ variables.ask }}."},
    "variables": {"ask": "some"},
    "conditions": {
        "k": {
            "two": {"speakers": {"giver": {"method": {"k": 2}}}},
            "auto": {"speakers": {"giver": {"method": {"k": "auto"}}}},
        },
        "draw": {
            "probability": {"speakers": {"giver": {"method": {"draw": "probability"}}}},
            "uniform": {"speakers": {"giver": {"method": {"draw": "uniform"}}}},
        },
    },
    "outcomes": {
        "given": {"kind": "amount", "unit": "USD", "support": [0, 2], "answered": {}},
    },
    "compare": {"given": "persuasionforgood-donations/donation"},
}


def answer(request: ChatRequest) -> str:
    """State a low and a high gift; with k auto both are higher by 0.5. The low is likelier."""
    assert request.schema is not None
    more = 0.0 if "minItems" in request.schema["properties"]["responses"] else 0.5
    low = round(uniform(request.seed or 0, "gift") * 0.4, 2) + more
    pairs = [{"value": low, "probability": 0.75}, {"value": low + 1, "probability": 0.25}]
    return json.dumps({"responses": pairs})


def found_in(path: Path, n: int, **changes: object) -> Effects:
    scenario = Scenario.model_validate({**DESIGN, **changes})
    run_sync(scenario, n=n, model=ScriptedModel(answer), out=path)
    with open_run(path) as file:
        return effects(file, "given", load("persuasionforgood-donations", "donation"), draws=400)


def named(found: Effects, name: str) -> Effect:
    return next(e for e in found.effects if e.name == name and e.quantity == "mean")


def test_main_effects_are_the_differences_that_were_put_in(tmp_path: Path) -> None:
    found = found_in(tmp_path / "r.db", 40)
    # What is common to the cells cancels out of the interval.
    assert named(found, "k: auto − two").interval == pytest.approx((0.5, 0.5))
    assert named(found, "k: auto − two").value == pytest.approx(0.5)
    assert named(found, "draw: uniform − probability").value == pytest.approx(0.25)
    assert named(found, "k × draw").value == pytest.approx(0, abs=1e-9)


def test_few_personas_give_values_of_each_cell_and_effects_without_intervals(
    tmp_path: Path,
) -> None:
    found = found_in(tmp_path / "r.db", 5)
    assert found.personas == 5
    assert all(e.interval is None for e in found.effects)
    names = ["two+probability", "two+uniform", "auto+probability", "auto+uniform"]
    assert list(found.cells) == names
    assert set(found.cells["two+uniform"]) == {"mean", "d2"}


def test_one_condition_is_no_factorial_design(tmp_path: Path) -> None:
    with pytest.raises(StatisticsError, match="effects need two to 4 conditions of two levels"):
        found_in(tmp_path / "r.db", 2, conditions={"k": DESIGN["conditions"]["k"]})  # type: ignore[index]


def test_the_shipped_design_crosses_k_and_draw() -> None:
    methods = [c.speakers["persuadee"].method for c in load_scenario("donation-2x2").cells()]
    assert [(m.name, m.k, m.draw) for m in methods] == [
        ("vs", 5, "probability"),
        ("vs", 5, "uniform"),
        ("vs", "auto", "probability"),
        ("vs", "auto", "uniform"),
    ]
