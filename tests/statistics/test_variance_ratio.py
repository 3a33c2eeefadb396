"""Variances of one value a person, and their ratio."""

from __future__ import annotations

import numpy as np
import pytest

from simulate.statistics.rows import Floats, Rows
from simulate.statistics.variance_ratio import VarianceRatio, variance_ratio

GIFTS, SHARES = np.array([0, 0.5, 1, 2]), np.array([0.5, 0.25, 0.15, 0.1])


def ratio(simulated: Rows, human: Rows, seed: int = 0, draws: int = 200) -> VarianceRatio:
    weights = np.ones(simulated.n), np.ones(human.n)
    return variance_ratio(simulated, human, weights, np.random.default_rng(seed), draws=draws)


def test_with_one_value_a_person_it_is_the_sample_variance() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=50), rng.normal(0, 2, size=70)
    found = ratio(Rows.of(a), Rows.of(b))
    assert found.simulated == pytest.approx(np.var(a, ddof=1))
    assert found.human == pytest.approx(np.var(b, ddof=1))
    assert found.ratio == pytest.approx(np.var(b, ddof=1) / np.var(a, ddof=1))
    assert found.interval is not None
    assert found.interval[0] < np.var(b, ddof=1) / np.var(a, ddof=1) < found.interval[1]


def test_stating_and_drawing_have_the_same_expectation() -> None:
    """People state 0 or 1 with chances of their own; one value of each has the variance ¼."""
    rng = np.random.default_rng(2)
    n, stated, drawn = 12, [], []
    for _ in range(1000):
        chance = rng.beta(2, 2, n)
        shares = np.stack([1 - chance, chance], axis=1).ravel()
        both = Rows.of(np.tile([0.0, 1.0], n), shares=shares, row=np.repeat(np.arange(n), 2))
        one = Rows.of((rng.random(n) < chance).astype(float))
        found = ratio(both, one)
        stated.append(found.simulated)
        drawn.append(found.human)
    assert np.mean(stated) == pytest.approx(0.25, abs=0.003)  # type: ignore[arg-type]
    assert np.mean(drawn) == pytest.approx(0.25, abs=0.006)  # type: ignore[arg-type]


def test_the_interval_covers_the_ratio_of_heaped_gifts() -> None:
    rng = np.random.default_rng(3)
    covered = 0
    for trial in range(200):
        a, b = (Rows.of(rng.choice(GIFTS, n, p=SHARES)) for n in (60, 200))
        ends = ratio(a, b, trial).interval
        assert ends is not None
        covered += ends[0] <= 1 <= ends[1]
    assert covered / 200 > 0.92


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        (np.zeros(40), "all simulated values are the same"),
        (np.arange(20.0), "simulation: fewer than 30 effective people"),
        (np.array([1.0]), "a variance needs two people on each side"),
        (np.array([0.0] * 38 + [0.5, 1.0]), "almost everybody of a side gave the same value"),
        (
            np.array([0.0, 1.0] * 20),
            "simulation: two different values, whose variance follows from their shares",
        ),
    ],
)
def test_no_interval_where_none_holds(values: Floats, problem: str) -> None:
    found = ratio(Rows.of(values), Rows.of(np.arange(50.0)))
    assert (found.interval, found.problem) == (None, problem)
    assert (found.ratio is None) == (np.ptp(values) == 0)


def test_people_who_all_state_the_same_give_no_interval() -> None:
    row = np.repeat(np.arange(40), 3)
    same = Rows.of(np.tile([0.1, 0.4, 0.7], 40), shares=np.tile([0.4, 0.2, 0.4], 40), row=row)
    found = ratio(same, Rows.of(np.arange(50.0)))
    assert found.simulated == pytest.approx(0.072)
    assert (found.interval, found.problem) == (
        None,
        "simulation: everybody states the same distribution",
    )
