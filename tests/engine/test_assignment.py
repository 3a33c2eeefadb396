"""Who meets which cells is drawn by identity, exact in number, and the same in a larger run."""

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from simulate.engine import Plan, estimate, make_plan, run
from simulate.errors import InputError
from simulate.models import ScriptedModel
from simulate.population import Population
from simulate.runfile import open_run
from simulate.scenario import Scenario

TWO: dict[str, Any] = {"low": {}, "high": {}}
PEOPLE = Population.model_validate(
    {
        "population": "people",
        "attributes": {
            "sex": {"kind": "category", "counts": {"female": 1, "male": 1}},
            "age": {"kind": "integer", "counts": {20: 3, 40: 3, 60: 1}},
        },
    }
)
OLD_AND_YOUNG = {"age": {"young": {"below": 60}, "old": {"at_least": 60}}}


def planned(
    n: int, design: dict[str, Any], seed: int = 0, people: Population | None = PEOPLE, **more: Any
) -> Plan:
    return make_plan(scenario(design, **more), people, n, seed)


def scenario(design: dict[str, Any], **more: Any) -> Scenario:
    return Scenario.model_validate(
        {
            "scenario": "talk",
            "turns": {"maximum": 1},
            "speakers": {"bot": {"plays": "assistant"}, "ada": {"plays": "user"}},
            "conditions": {"a": TWO, "b": TWO},
            "design": design,
            **more,
        }
    )


def met(plan: Plan) -> dict[str, set[str]]:
    """Return the cells that each persona meets."""
    found: dict[str, set[str]] = {}
    for each in plan.dialogues:
        found.setdefault(each.persona, set()).add(plan.cells[each.cell].label)
    return found


@pytest.mark.parametrize("rule", ["blocked", "simple", "balanced"])
def test_a_persona_meets_one_level_between_and_all_within(rule: str) -> None:
    plan = planned(10, {"between": ["a"], "assignment": rule})
    assert Counter(map(tuple, map(sorted, met(plan).values()))) == {
        ("low+high", "low+low"): 10,
        ("high+high", "high+low"): 10,
    }


@pytest.mark.parametrize("rule", ["blocked", "simple", "balanced"])
def test_the_dialogues_of_a_run_are_the_first_of_a_larger_one(rule: str) -> None:
    design = {"between": ["a"], "assignment": rule, "strata": OLD_AND_YOUNG, "random": ["b"]}
    small, large = (planned(n, design) for n in (7, 20))
    assert {d.key for d in small.dialogues} < {d.key for d in large.dialogues}


@pytest.mark.parametrize("rule", ["blocked", "simple", "balanced"])
def test_the_seed_alone_says_who_meets_what(rule: str) -> None:
    design = {"between": ["a"], "assignment": rule}
    assert met(planned(12, design)) == met(planned(12, design))
    assert met(planned(12, design)) != met(planned(12, design, seed=1))


def test_each_stratum_has_n_people_of_its_own_in_each_cell() -> None:
    plan = planned(6, {"between": ["a"], "strata": OLD_AND_YOUNG})
    ages = {p.id: p.attributes["age"] for p in plan.personas}
    for cell in plan.cells:
        people = [d.persona for d in plan.dialogues if d.cell == cell.index]
        assert len(people) == len(set(people)) == 6
        assert {ages[p] == 60 for p in people} == {cell.levels["age"] == "old"}
    assert plan.assignment is not None
    assert plan.assignment.looked_through > len(plan.personas) == 24


def test_blocks_balance_the_arms_within_each_value_of_an_attribute() -> None:
    plan = planned(40, {"between": ["a"], "block": ["sex"]})
    sex = {p.id: p.attributes["sex"] for p in plan.personas}
    arms = Counter((sex[p], min(cells)[:3]) for p, cells in met(plan).items())
    assert abs(arms["female", "low"] - arms["female", "hig"]) <= 2
    assert sum(arms.values()) == 80


def test_in_every_block_of_arms_each_arm_comes_once() -> None:
    plan = planned(20, {"between": ["a", "b"]})
    cells = met(plan)
    order = [cells[person.id] for person in plan.personas]
    for start in range(0, 80, 4):
        assert len(set().union(*order[start : start + 4])) == 4


def test_over_seeds_each_arm_is_equally_likely() -> None:
    plans = [planned(1, {"between": ["a", "b"]}, seed) for seed in range(120)]
    counts = Counter(label for plan in plans for label in met(plan)[plan.personas[0].id])
    assert len(counts) == 4
    assert sum((n - 30) ** 2 / 30 for n in counts.values()) < 16.3  # χ² with 3 df, p = .001


def test_minimisation_balances_several_attributes_better_than_chance() -> None:
    def imbalance(rule: dict[str, Any], seed: int) -> int:
        plan = planned(12, {"between": ["a"], **rule}, seed)
        arm = {p: min(cells) < "i" for p, cells in met(plan).items()}
        found = Counter(
            (name, person.attributes[name], arm[person.id])
            for person in plan.personas
            for name in ("sex", "age")
        )
        values = {(name, value) for name, value, _ in found}
        return sum(abs(found[*v, True] - found[*v, False]) for v in values)

    balanced = {"assignment": "balanced", "block": ["sex", "age"]}
    totals = [sum(imbalance(r, s) for s in range(15)) for r in (balanced, {"assignment": "simple"})]
    assert totals[0] < 0.6 * totals[1]


def test_a_random_factor_shares_n_among_its_levels_and_each_persona_meets_one() -> None:
    plan = planned(8, {"random": ["b"]})
    counts = Counter(plan.cells[d.cell].label for d in plan.dialogues)
    assert counts == {"low+low": 4, "low+high": 4, "high+low": 4, "high+high": 4}
    assert all(len({label.split("+")[1] for label in cells}) == 1 for cells in met(plan).values())
    assert len(plan.personas) == 8


def test_replicates_are_of_a_persona_in_each_cell_that_it_meets() -> None:
    plan = planned(6, {"between": ["a"]}, defaults={"replicates": 2})
    assert len(plan.dialogues) == 24
    assert len(plan.personas) == 6


def test_a_person_who_is_drawn_twice_from_a_table_meets_the_same_arm() -> None:
    rows = [{"id": f"p{i}", "attributes": {"age": i}} for i in range(6)]
    people = Population.model_validate({"population": "six", "personas": rows})
    cells = met(planned(6, {"between": ["a"]}, people=people))
    assert len(cells) == 12
    assert all(cells[f"p{i}"] == cells[f"p{i}#2"] for i in range(6))


def test_without_a_design_every_persona_meets_every_cell() -> None:
    assert all(len(cells) == 4 for cells in met(planned(5, {})).values())


@pytest.mark.parametrize(
    ("design", "people", "why"),
    [
        (
            {"strata": {"age": {"ancient": {"above": 90}}}},
            PEOPLE,
            r"design\.strata\.age\.ancient: of the 3 people that n asks for, 0 with age ancient "
            "were found among 10,000 that were drawn",
        ),
        (
            {"strata": {"height": {"tall": {"above": 2}}}},
            PEOPLE,
            "has no attribute “height”; there",
        ),
        (
            {"strata": {"sex": {"one": ["female", "femal"]}}},
            PEOPLE,
            r"design\.strata\.sex\.one: nobody of population people has sex “femal”; there",
        ),
        ({"strata": OLD_AND_YOUNG}, None, r"design\.strata\.age: nobody has attribute “age”; give"),
        ({"between": ["a"], "block": ["town"]}, PEOPLE, "design.block: population people has no"),
    ],
)
def test_a_stratum_without_people_is_refused(
    design: dict[str, Any], people: Population | None, why: str
) -> None:
    with pytest.raises(InputError, match=why):
        planned(3, design, people=people)


def test_blocks_of_less_than_a_person_each_are_told() -> None:
    rows = [{"id": f"p{i}", "attributes": {"age": i}} for i in range(40)]
    people = Population.model_validate({"population": "ages", "personas": rows})
    (warning,) = planned(10, {"between": ["a"], "block": ["age"]}, people=people).warnings
    assert "design.block: age make 20 blocks of people, of 20 in all" in warning


def test_a_fraction_of_factors_between_persons_has_an_arm_for_each_of_its_cells() -> None:
    conditions = dict.fromkeys("abc", TWO)
    plan = planned(3, {"between": ["a", "b", "c"], "fraction": "half"}, conditions=conditions)
    assert len(plan.cells) == 4
    assert Counter(len(cells) for cells in met(plan).values()) == {1: 12}


def test_a_run_says_how_people_were_assigned_and_grows(tmp_path: Path) -> None:
    design = {"between": ["a"], "strata": OLD_AND_YOUNG, "random": ["b"]}
    model = ScriptedModel(["Hello."])

    def played(out: Path, n: int, **more: Any) -> list[dict[str, Any]]:
        asyncio.run(run(scenario(design), n=n, model=model, population=PEOPLE, out=out, **more))
        with open_run(out) as file:
            assert file.meta["assignment"]["factors"]["a"] == {
                "kind": "between",
                "probability": 0.5,
            }
            assert file.meta["assignment"]["looked_through"] > n * 4
            return list(file.dialogues())

    once = played(tmp_path / "once.db", 5)
    played(tmp_path / "grown.db", 2)
    grown = played(tmp_path / "grown.db", 5, resume=True)
    assert {d["dialogue"] for d in once} == {d["dialogue"] for d in grown}
    assert len(once) == 20
    assert once[0]["factors"]["age"] == {"kind": "stratum", "probability": None}


def test_an_estimate_counts_the_dialogues_of_a_design() -> None:
    design = {"between": ["a"], "strata": OLD_AND_YOUNG, "random": ["b"]}
    found = asyncio.run(
        estimate(scenario(design), n=30, population=PEOPLE, model=ScriptedModel([]))
    )
    assert (found.dialogues, found.cells) == (120, 8)
    assert found.calls == 240


def test_fewer_people_than_levels_of_a_random_factor_are_told() -> None:
    levels: dict[str, Any] = {f"w{i}": {} for i in range(5)}
    plan = planned(3, {"random": ["wording"]}, conditions={"a": TWO, "wording": levels})
    assert plan.warnings == (
        "design.random: 3 people per cell cannot meet the 5 levels of wording; take a larger n",
    )
