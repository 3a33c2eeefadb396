"""A plan is kept as columns, and its personas are drawn when they are looked at."""

import tracemalloc
from itertools import islice

import pytest

from simulate.engine import Plan, make_plan
from simulate.population import Population, load_population
from simulate.scenario import Scenario

TALK = Scenario.model_validate(
    {
        "scenario": "talk",
        "turns": {"maximum": 1},
        "speakers": {"bot": {"plays": "assistant"}, "ada": {"plays": "user"}},
        "conditions": {"a": {"low": {}, "high": {}}},
        "defaults": {"replicates": 2},
    }
)
TABLE = Population.model_validate(
    {"population": "t", "personas": [{"id": "ann", "weight": 2}, {"id": "ben"}, {"id": "ann#2"}]}
)


def planned(n: int, population: Population | None = None) -> Plan:
    return make_plan(TALK, population or load_population("crowdworkers"), n, 0)


def test_of_a_large_plan_only_numbers_are_kept() -> None:
    planned(1)  # whatever is loaded for any plan
    tracemalloc.start()
    try:
        plan = planned(50_000)
        first = [persona.id for _, persona, _ in islice(plan.dialogues.with_people(), 3)]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (len(plan.dialogues), len(plan.personas)) == (100_000, 25_000)
    assert first == ["crowdworkers-0001", "crowdworkers-0001", "crowdworkers-0001"]
    assert peak < 100 * len(plan.dialogues)  # bytes; an object for each is three times as much


@pytest.mark.parametrize("population", [None, TABLE])
def test_dialogues_and_personas_are_the_same_however_they_are_looked_at(
    population: Population | None,
) -> None:
    plan = planned(30, population)
    for sequence in (plan.dialogues, plan.personas):
        whole = list(sequence)
        assert len(sequence) == len(whole)
        assert [sequence[i] for i in range(-3, 4)] == [whole[i] for i in range(-3, 4)]
        assert sequence[3:40:7] == whole[3:40:7]
        assert whole[5] in sequence
        assert sequence == tuple(whole)
        with pytest.raises(IndexError):
            sequence[len(whole)]


def test_each_dialogue_comes_with_its_persona() -> None:
    plan = planned(700)
    by_id = {persona.id: persona for persona in plan.personas}
    for dialogue, persona, _ in islice(plan.dialogues.with_people(), 500, 1200):
        assert persona == by_id[dialogue.persona]
    some = [7, 1399, 3]
    assert [d.id for d, *_ in plan.dialogues.with_people(some)] == some


def test_a_plan_says_how_many_dialogues_and_people_each_cell_has() -> None:
    assert planned(7).dialogues.sizes(2) == [(7, 4), (7, 4)]
