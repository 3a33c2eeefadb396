"""Drawing from a table: by weights, by the seed, and so that a sample can go on."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from simulate.population import Population

RNG = np.random.default_rng(0)
EQUAL, SKEWED = [1.0] * 30, RNG.lognormal(size=30).tolist()
TABLES = [EQUAL, SKEWED, [1.0, 2.0, 5.0], RNG.gamma(2, size=100).tolist()]


def table(weights: list[float], name: str = "t") -> Population:
    rows = [{"id": str(i), "weight": weight} for i, weight in enumerate(weights)]
    return Population.model_validate({"population": name, "personas": rows})


def rows_of(people: Population, n: int, seed: int) -> list[int]:
    return [int(person.id.partition("#")[0]) for person in people.sample(n, seed)]


@pytest.mark.parametrize("weights", TABLES)
def test_the_first_people_do_not_depend_on_how_many_are_drawn(weights: list[float]) -> None:
    people = table(weights)
    drawn = people.sample(200, 3)
    assert all(people.sample(n, 3) == drawn[:n] for n in (0, 1, 2, 20, 50, 199))


def test_with_equal_weights_each_person_comes_once_before_any_comes_twice() -> None:
    people = table(EQUAL)
    for seed in range(50):
        drawn = rows_of(people, 90, seed)
        assert all(sorted(drawn[i : i + 30]) == list(range(30)) for i in (0, 30, 60))


def test_who_comes_first_depends_on_the_seed_and_not_on_the_order_of_the_table() -> None:
    people = table(EQUAL)
    assert len({tuple(rows_of(people, 5, seed)) for seed in range(100)}) == 100
    turned = people.model_copy(update={"personas": people.personas[::-1]})
    assert turned.sample(50, 1) == people.sample(50, 1)


@pytest.mark.parametrize("weights", TABLES)
def test_each_draw_has_the_chances_of_the_weights(weights: list[float]) -> None:
    people, seeds = table(weights), 1000
    chances = np.array(weights) / sum(weights)
    samples = np.array([rows_of(people, 8, seed) for seed in range(seeds)])
    for draw in (0, 1, 7):
        found = np.bincount(samples[:, draw], minlength=len(weights))
        # Pearson's statistic has mean k - 1 and variance 2 (k - 1).
        statistic = ((found - seeds * chances) ** 2 / (seeds * chances)).sum()
        freedom = len(weights) - 1
        assert abs(statistic - freedom) < 4.5 * np.sqrt(2 * freedom)


@pytest.mark.parametrize("weights", TABLES)
@pytest.mark.parametrize("n", [20, 50, 200])
def test_each_person_comes_about_as_often_as_its_weight_says(weights: list[float], n: int) -> None:
    people, expected = table(weights), n * np.array(weights) / sum(weights)
    for seed in range(40):
        times = np.bincount(rows_of(people, n, seed), minlength=len(weights))
        assert np.abs(times - expected).max() < 2.5


@pytest.mark.parametrize(("n", "at_most"), [(20, 0.8), (50, 0.65), (200, 0.4)])
def test_a_mean_over_the_table_is_closer_than_with_independent_draws(
    n: int, at_most: float
) -> None:
    weights = np.array(SKEWED)
    values = np.random.default_rng(1).normal(size=(30, 40))
    mean = weights @ values / weights.sum()
    deviation = np.sqrt(weights @ (values - mean) ** 2 / weights.sum())
    people = table(SKEWED)
    errors = [values[rows_of(people, n, seed)].mean(0) - mean for seed in range(200)]
    # With independent draws the root mean square is deviation / √n.
    assert np.sqrt(np.mean(np.square(errors / deviation)) * n) < at_most


def test_a_table_with_whole_numbers_of_each_person_is_met_exactly() -> None:
    people = Counter(rows_of(table([3, 1]), 400, 0))
    assert people == {0: 300, 1: 100}


def test_people_who_come_twice_get_a_name_that_nobody_has() -> None:
    rows = [{"id": name} for name in ("x", "x#2")]
    people = Population.model_validate({"population": "t", "personas": rows})
    assert {p.id for p in people.sample(4, 0)} == {"x", "x#2", "x#3", "x#2#2"}
