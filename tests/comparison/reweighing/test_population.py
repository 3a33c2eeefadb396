"""A run in another population."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import simulate
from simulate.comparison.reweighing.poststratification import raked_variance, raking_to
from simulate.comparison.reweighing.target_population import OUTSIDE, target_population
from simulate.engine import run
from simulate.errors import StatisticsError
from simulate.models import ChatRequest, ScriptedModel
from simulate.population import Population
from simulate.scenario import Scenario
from simulate.statistics.clusters import variance_of_mean
from tests.conftest import Command

PEOPLE: list[dict[str, Any]] = [
    {"sex": sex, "age": age} for sex in ("f", "m") for age in range(20, 60)
]


def population(name: str, rows: list[dict[str, Any]], **more: Any) -> Population:
    """Return a table of people; `weight` is that of a row."""
    personas = [
        {
            "id": f"{name}-{i}",
            "weight": row.get("weight", 1),
            "attributes": {key: value for key, value in row.items() if key != "weight"},
        }
        for i, row in enumerate(rows)
    ]
    return Population.model_validate({"population": name, "personas": personas, **more})


CENSUS = population(
    "census",
    [{"sex": "f", "age": a, "weight": 3} for a in range(20, 60)]
    + [{"sex": "m", "age": a} for a in range(20, 60)],
)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ask 80 people, half of them women, who give with .8, and men, who do with .2."""
    out = tmp_path_factory.mktemp("population") / "run.db"

    def answer(request: ChatRequest) -> Any:
        gives = 0.8 if "You are f" in str(request.messages) else 0.2
        stated = ((1, gives), (0, 1 - gives))
        return {"responses": [{"value": str(v), "probability": p} for v, p in stated]}

    scenario = Scenario.model_validate(
        {
            "scenario": "gift",
            "speakers": {"ada": {"plays": "user", "instructions": "You are {{ persona.sex }}."}},
            "outcomes": {
                "gift": {
                    "kind": "amount",
                    "support": [0, 1],
                    "asked": {"speaker": "ada", "question": "How much?", "method": "vs"},
                }
            },
            "steps": [{"ask": ["gift"]}],
        }
    )
    model = ScriptedModel(answer, "people")
    asyncio.run(run(scenario, population=population("run", PEOPLE), model=model, n=80, out=out))
    return out


def test_personas_are_raked_to_the_other_population(played: Path) -> None:
    found = simulate.reweigh(played, to=CENSUS, on=["sex"])
    (row,) = found.rows
    assert row.drawn[0] == pytest.approx(0.5)
    assert row.mean.value == pytest.approx(0.75 * 0.8 + 0.25 * 0.2)
    assert row.mean.interval is None  # all women are alike, and all men
    assert row.quality.effective_n == pytest.approx(80 / 1.25)
    assert found.population == "census (sex)"
    assert "cannot mend a model that is wrong" in found.notes[0]


def test_a_run_in_which_all_failed_says_so_and_not_that_nobody_is_of_a_kind(tmp_path: Path) -> None:
    out, failing = tmp_path / "run.db", ScriptedModel(lambda _: "Hm.", "m")
    scenario = Scenario.model_validate(
        {
            "scenario": "gift",
            "speakers": {"ada": {"plays": "user"}},
            "turns": {"opening": "Hello.", "maximum": 1},
            "outcomes": {"gift": {"kind": "amount", "support": [0, 1], "answered": {}}},
        }
    )
    asyncio.run(run(scenario, model=failing, n=2, out=out, population=CENSUS))
    (row,) = simulate.reweigh(out, to=CENSUS).rows
    assert row.refused == "no dialogue has a value"


def test_cells_of_attributes_and_ranges_can_be_raked(played: Path) -> None:
    found = simulate.reweigh(played, to=CENSUS, on=["sex*age:30,50"])
    assert found.rows[0].mean.value == pytest.approx(0.65)
    assert found.population == "census (sex × age)"


def test_a_group_with_nobody_in_it_is_refused_by_its_name(
    played: Path, tmp_path: Path, command: Command
) -> None:
    file = tmp_path / "old.csv"
    file.write_text("id,sex,age\n" + "".join(f"{i},x,{60 + i}\n" for i in range(20)))
    code, _, told = command("reweigh", played, "--to", file, "--on", "sex")
    assert code == 2
    assert "nobody of these dialogues is sex x (100.0%) of old" in told
    assert told.count("\n") == 1


def test_all_that_both_have_is_raked_unless_it_is_named() -> None:
    target = target_population(CENSUS, PEOPLE)
    assert [margin.name for margin in target.margins] == ["sex", "age"]
    assert target.margins[0].labels == ("sex f", "sex m")
    assert target.margins[0].shares == pytest.approx([0.75, 0.25])
    # Numbers of many values are put in four ranges.
    assert target.margins[1].labels == (
        "age under 30",
        "age 30 to under 40",
        "age 40 to under 50",
        "age 50 and over",
    )
    assert target.margins[1].shares == pytest.approx([0.25] * 4)


def test_the_groups_that_a_population_declares_are_its_margins() -> None:
    groups = [{"when": {"below": 30}, "share": 1}, {"when": {"at_least": 30}, "share": 4}]
    people = population("declared", PEOPLE, margins={"age": groups})
    (margin,) = target_population(people, PEOPLE, ["age"]).margins
    assert margin.shares == pytest.approx([0.2, 0.8])
    assert margin.labels == ("age < 30", "age ≥ 30")


def test_who_is_in_no_group_counts_nothing() -> None:
    target = target_population(CENSUS, PEOPLE, ["sex"])
    raking = raking_to(target, [{"sex": "f"}, {"sex": "m"}, {"sex": "x"}, {"sex": None}, {}])
    assert raking.outside == 3
    weights, _ = raking.raked(np.ones(5))
    assert weights == pytest.approx([1.5, 0.5, 0, 0, 0])
    assert raking.cell[2] == OUTSIDE


@pytest.mark.parametrize(
    ("on", "told"),
    [
        (["income"], "“income”: no persona of the run has this attribute"),
        (["party"], "“party”: population census does not have this attribute"),
        (["age:50,30"], "age:50,30: after the colon stand the numbers at which ranges begin"),
        (["age:old"], "age:old: after the colon"),
    ],
)
def test_what_cannot_be_raked_names_the_attribute(on: list[str], told: str) -> None:
    people = [{**person, "party": "left"} for person in PEOPLE]
    with pytest.raises(StatisticsError) as error:
        target_population(CENSUS, people, on)
    assert told in str(error.value)


def test_margins_that_contradict_each_other_are_refused() -> None:
    rows = [{"sex": "f", "age": 20, "weight": 1}, {"sex": "m", "age": 50, "weight": 3}]
    target = target_population(population("t", rows), PEOPLE, ["sex", "age:30"])
    people: list[dict[str, Any]] = [{"sex": "f", "age": 50}, {"sex": "m", "age": 20}]
    with pytest.raises(StatisticsError, match="no weights meet the margins of t together"):
        raking_to(target, people)


def test_without_margins_that_matter_the_variance_is_that_of_the_mean() -> None:
    values = np.random.default_rng(0).random((400, 1))
    one = population("one", [{"sex": "f"}])
    raking = raking_to(target_population(one, [{"sex": "f"}]), [{"sex": "f"}] * 400)
    people = np.arange(400)
    rng = np.random.default_rng(1)
    found = raked_variance(raking, values, np.ones(400), people, 600, rng)
    assert found[0] == pytest.approx(variance_of_mean(values[:, 0], people), rel=0.15)


def test_the_variance_is_that_over_samples_whose_weights_are_estimated() -> None:
    rng = np.random.default_rng(2)
    target = target_population(CENSUS, PEOPLE, ["sex"])
    woman = rng.random((4000, 100)) < 0.4
    values = (rng.random((4000, 100)) < np.where(woman, 0.7, 0.3)).astype(float)
    of_women, of_men = (
        (values * group).sum(axis=1) / group.sum(axis=1) for group in (woman, ~woman)
    )
    found = []
    for her, each in zip(woman[:30], values[:30], strict=True):
        raking = raking_to(target, [{"sex": "f" if one else "m"} for one in her])
        people = np.arange(100)
        found += list(raked_variance(raking, each[:, None], np.ones(100), people, 60, rng))
    assert np.mean(found) == pytest.approx((0.75 * of_women + 0.25 * of_men).var(), rel=0.1)
