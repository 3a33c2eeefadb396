"""Estimates of groups that are drawn towards each other as far as they do not differ."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from simulate.statistics.partial_pooling import differ_p, pooled_groups

SCHOOLS = np.array([28.0, 8, -3, 7, -1, 1, 18, 12])
ERRORS = np.array([15.0, 10, 16, 11, 9, 11, 10, 18])
"""Rubin 1981, the example of Gelman and others 2013, §5.5."""
MANY = np.full(8, 1e9)


def posterior(group: int) -> tuple[float, float]:
    """Return the means of τ and of θ of a group, by integration over τ, step by step."""
    tau = np.geomspace(1e-4, 1e6, 40_001)
    total = ERRORS[:, None] ** 2 + tau**2
    middle = (SCHOOLS[:, None] / total).sum(axis=0) / (1 / total).sum(axis=0)
    likely = (1 / total).sum(axis=0) ** -0.5 * np.prod(total**-0.5 * 10, axis=0)
    likely *= np.exp(-((SCHOOLS[:, None] - middle) ** 2 / total).sum(axis=0) / 2)
    scale = np.sqrt(8 / (1 / ERRORS**2).sum())
    likely *= scale / (scale + tau) ** 2
    drawn = ERRORS[group] ** 2 / total[group]
    means = (1 - drawn) * SCHOOLS[group] + drawn * middle
    whole = np.trapezoid(likely, tau)
    return (
        float(np.trapezoid(likely * tau, tau) / whole),
        float(np.trapezoid(likely * means, tau) / whole),
    )


def test_the_values_are_those_of_numerical_integration() -> None:
    found = pooled_groups(SCHOOLS, ERRORS, MANY)
    assert found.values[0] == pytest.approx(posterior(0)[1], rel=1e-3)
    assert found.values[2] == pytest.approx(posterior(2)[1], rel=1e-3)
    assert found.deviation == pytest.approx(posterior(0)[0], rel=0.01)


def test_what_is_little_known_is_drawn_in_further() -> None:
    found = pooled_groups(np.array([0.0, 1.0, 1.0]), np.array([0.1, 0.1, 0.5]), np.full(3, 30.0))
    assert 0 < found.values[0] < 0.2
    assert 1 - found.values[2] > 1 - found.values[1]
    low, high = found.intervals[1]
    assert low < found.values[1] < high


def test_the_test_that_groups_are_equal_is_welchs() -> None:
    rng = np.random.default_rng(2)
    groups = [rng.normal(0, s, n) for s, n in ((1, 25), (2, 40), (3, 30))]
    expected = stats.f_oneway(*groups, equal_var=False)
    found = differ_p(
        np.array([g.mean() for g in groups]),
        np.array([stats.sem(g) for g in groups]),
        np.array([len(g) - 1.0 for g in groups]),
    )
    assert found == pytest.approx(expected.pvalue)
