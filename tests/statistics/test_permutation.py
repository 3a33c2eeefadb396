from __future__ import annotations

import numpy as np
import pytest

from simulate.randomness import generator
from simulate.reference import Reference
from simulate.statistics.permutation import holm, p_value, permuted
from simulate.statistics.resampling import Side
from simulate.statistics.rows import Rows
from tests.statistics.sides import CHECKED, alone, records, resampled_people, sides


def test_a_permutation_of_the_smallest_case_is_exact() -> None:
    one, two = sides(alone(np.array([0.0, 0.0])), alone(np.array([2.0, 2.0])))
    null = permuted(CHECKED[:1], one, two, 6000, np.random.default_rng(1))["ks"]
    assert np.mean(null == 1) == pytest.approx(2 / 6, abs=0.03)


def test_the_permutation_test_has_the_right_size_under_the_null_with_ties() -> None:
    rng = np.random.default_rng(2)
    rejected = 0
    for _ in range(300):
        both = [alone(rng.choice([0.0, 0.5, 2.0], n, p=[0.6, 0.3, 0.1])) for n in (40, 60)]
        one, two = sides(both[0], both[1])
        value = float(CHECKED[0].function(one.mass, two.mass, one.support))
        null = permuted(CHECKED[:1], one, two, 200, rng)["ks"]
        rejected += p_value(value, null) <= 0.05
    assert rejected / 300 <= 0.08


def test_the_fast_and_the_general_exchange_give_the_same_null(donations: Reference) -> None:
    values = np.random.default_rng(3).choice([0.0, 0.5, 1.0], 80)
    theirs = records(donations)
    fast, reference = sides(alone(values), theirs)
    nearly = np.full(80, 1.0)
    nearly[0] += 1e-9
    slow = Side.of(fast.support, Rows.of(values, log_weights=np.log(nearly)))
    assert fast.simple
    assert not slow.simple
    quantiles = [
        np.quantile(permuted(CHECKED[:1], s, reference, 3000, np.random.default_rng(4))["ks"], 0.9)
        for s in (fast, slow)
    ]
    assert quantiles[0] == pytest.approx(quantiles[1], rel=0.05)


def test_a_p_value_is_never_zero() -> None:
    assert p_value(1.0, np.zeros(99)) == pytest.approx(0.01)


def test_an_equal_distance_counts_as_at_least_as_far() -> None:
    assert p_value(0.5, np.array([0.5, 0.5, 0.1])) == pytest.approx(3 / 4)


def test_holm_is_that_of_his_example() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_permutation_test_keeps_its_size_where_people_have_several_dialogues(
    donations: Reference,
) -> None:
    trials, rng = 400, generator(4, "test/size")
    rejected = dict.fromkeys((m.name for m in CHECKED), 0)
    for _ in range(trials):
        ours = alone(rng.choice(donations.values, 150, p=donations.shares))
        one, two = sides(ours, resampled_people(donations, rng), donations.values)
        null = permuted(CHECKED, one, two, 200, rng)
        for m in CHECKED:
            value = float(m.function(one.mass, two.mass, one.support))
            rejected[m.name] += p_value(value, null[m.name]) <= 0.05
    for name, count in rejected.items():
        assert count / trials <= 0.05 + 0.022, (name, count / trials)
