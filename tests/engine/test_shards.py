"""A plan is cut into shards that are small studies of the same design."""

from collections import Counter
from typing import Any

import pytest

from simulate.engine import Plan, make_plan
from simulate.engine.shards import part_of
from simulate.errors import InputError
from simulate.population import Population
from simulate.runfile.shard import Shard
from simulate.scenario import Scenario

TWO: dict[str, Any] = {"low": {}, "high": {}}
PEOPLE = Population.model_validate(
    {
        "population": "people",
        "attributes": {"age": {"kind": "integer", "counts": {20: 3, 40: 3, 60: 1}}},
    }
)
DESIGNS: list[dict[str, Any]] = [
    {},
    {"between": ["a"]},
    {"between": ["a"], "assignment": "balanced", "block": ["age"]},
    {"strata": {"age": {"young": {"below": 60}, "old": {"at_least": 60}}}},
]


def planned(design: dict[str, Any], n: int = 13, replicates: int = 1) -> Plan:
    scenario = Scenario.model_validate(
        {
            "scenario": "talk",
            "turns": {"maximum": 1},
            "speakers": {"bot": {"plays": "assistant"}, "ada": {"plays": "user"}},
            "conditions": {"a": TWO, "b": TWO},
            "defaults": {"replicates": replicates},
            "design": design,
        }
    )
    return make_plan(scenario, PEOPLE, n, 0)


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("replicates", [1, 2])
def test_shards_share_out_the_plan_by_people_and_each_has_its_share_of_every_cell(
    design: dict[str, Any], replicates: int
) -> None:
    whole = planned(design, replicates=replicates)
    parts = [part_of(whole, Shard(i, 3)) for i in (1, 2, 3)]
    people = [p for part in parts for p in zip(part.places or (), part.personas, strict=True)]
    dialogues = [each for part in parts for each in part.dialogues]
    assert sorted(people, key=lambda each: each[0]) == list(enumerate(whole.personas))
    assert sorted(dialogues, key=lambda each: each.id) == list(whole.dialogues)
    sizes = [n for part in parts for n in Counter(d.cell for d in part.dialogues).values()]
    assert len(sizes) == 3 * len(whole.cells)
    assert max(sizes) - min(sizes) <= replicates


@pytest.mark.parametrize("design", DESIGNS)
def test_whoever_is_in_a_shard_stays_in_it_where_n_grows(design: dict[str, Any]) -> None:
    shard = Shard(2, 3)
    fewer, more = part_of(planned(design), shard), part_of(planned(design, n=40), shard)
    assert fewer.dialogues == more.dialogues[: len(fewer.dialogues)]
    assert fewer.fingerprint == more.fingerprint


def test_a_shard_that_nobody_is_in_says_how_many_there_can_be() -> None:
    with pytest.raises(InputError, match="make 13 shards at most; take fewer shards"):
        part_of(planned({}), Shard(14, 20))


@pytest.mark.parametrize(
    ("written", "wrong"),
    [
        ("", "write I/N, the I-th of N shards, such as 2/8"),
        ("2", "write I/N"),
        ("2/8/9", "write I/N"),
        ("-1/4", "write I/N"),
        ("1.5/4", "write I/N"),
        ("٢/٨", "write I/N"),
        ("0/4", "shard 0/4: the first number must be from 1 to the second, 4"),
        ("5/4", "the first number must be from 1 to the second"),
        ("1/0", "a plan can be cut into 1 to "),
        ("1/9999999999", "a plan can be cut into 1 to "),
    ],
)
def test_what_names_no_shard_says_how_one_is_named(written: str, wrong: str) -> None:
    with pytest.raises(InputError) as caught:
        Shard.read(written)
    assert wrong in str(caught.value)


def test_a_shard_is_read_as_it_is_written() -> None:
    assert Shard.read(" 2/8 ") == Shard(2, 8) == Shard.read(Shard(2, 8))
    assert str(Shard(2, 8)) == "2/8"
