"""Which scores a rank correlation needs: closed forms, limits, and samples."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal, norm, spearmanr

from simulate.statistics.rank_correlation import (
    Steps,
    nearest_correlation,
    rank_correlation,
    reach,
    score_correlation,
)

CONTINUOUS = Steps.of(None)
MARGINALS = st.lists(st.floats(0.01, 1), min_size=2, max_size=8).map(
    lambda p: Steps.of(np.array(p))
)


def steps(*probabilities: float) -> Steps:
    return Steps.of(np.array(probabilities))


@pytest.mark.parametrize("rank", [-0.99, -0.6, -0.1, 0.0, 0.33, 0.9, 0.99])
def test_continuous_attributes_are_pearsons_case(rank: float) -> None:
    """Pearson 1907: r = 2 sin(πρ/6)."""
    found = score_correlation(CONTINUOUS, CONTINUOUS, rank)
    assert found == pytest.approx(2 * math.sin(math.pi * rank / 6), abs=2e-4)


@pytest.mark.parametrize("rank", [-0.95, -0.5, 0.1, 0.5, 0.99])
def test_halves_are_sheppards_case(rank: float) -> None:
    """Sheppard 1899: the phi coefficient of two medians is (2/π) asin r."""
    found = score_correlation(steps(0.5, 0.5), steps(0.5, 0.5), rank)
    assert found == pytest.approx(math.sin(math.pi * rank / 2), abs=1e-5)


@pytest.mark.parametrize(("p", "q", "phi"), [(0.9, 0.9, 0.6), (0.7, 0.4, 0.3), (0.95, 0.5, -0.2)])
def test_two_binaries_are_the_tetrachoric_correlation(p: float, q: float, phi: float) -> None:
    r = score_correlation(steps(p, 1 - p), steps(q, 1 - q), phi)
    both = multivariate_normal.cdf([-norm.ppf(p), -norm.ppf(q)], cov=[[1, r], [r, 1]])
    covariance = both - (1 - p) * (1 - q)
    assert covariance / math.sqrt(p * (1 - p) * q * (1 - q)) == pytest.approx(phi, abs=1e-4)


def test_a_binary_and_a_continuous_attribute_reach_what_mid_ranks_allow() -> None:
    """The grade of a half is 1/4 or 3/4: ρ is at most √3/2."""
    most = math.sqrt(3) / 2
    assert list(reach(steps(0.5, 0.5), CONTINUOUS)) == pytest.approx([-most, most])


def test_two_rare_traits_can_hardly_exclude_each_other() -> None:
    assert list(reach(steps(0.9, 0.1), steps(0.9, 0.1))) == pytest.approx([-1 / 9, 1])


@settings(max_examples=40, deadline=None)
@given(MARGINALS, MARGINALS, st.floats(0.02, 0.98))
def test_whatever_can_be_reached_comes_out_as_stated(one: Steps, other: Steps, at: float) -> None:
    low, high = reach(one, other)
    rank = low + at * (high - low)
    assert rank_correlation(one, other, score_correlation(one, other, rank)) == pytest.approx(
        rank, abs=2e-3
    )


def test_a_sample_of_two_discrete_attributes_has_the_rank_correlation() -> None:
    p, q, rank, n = np.array([0.5, 0.37, 0.13]), np.arange(12.0, 0, -1), 0.33, 200_000
    r = score_correlation(Steps.of(p), Steps.of(q), rank)
    z = np.random.default_rng(0).multivariate_normal([0, 0], [[1, r], [r, 1]], n)
    x, y = (
        np.searchsorted(np.cumsum(w / w.sum()), norm.cdf(z[:, i])) for i, w in enumerate((p, q))
    )
    # The standard error is about (1 − ρ²)/√n = .002.
    assert spearmanr(x, y).statistic == pytest.approx(rank, abs=0.007)


def test_many_values_are_as_good_as_continuous() -> None:
    fine = Steps.of(np.ones(5000))
    assert rank_correlation(fine, fine, 0.5) == pytest.approx(
        6 / math.pi * math.asin(0.25), abs=2e-4
    )


def test_the_nearest_correlation_matrix_is_highams() -> None:
    """Higham 2002, §1: the nearest to [[1,1,0],[1,1,1],[0,1,1]] has .7607 and .1573."""
    found = nearest_correlation(np.array([[1.0, 1, 0], [1, 1, 1], [0, 1, 1]]), 0.0)
    assert found[0, 1] == pytest.approx(0.7607, abs=1e-4)
    assert found[0, 2] == pytest.approx(0.1573, abs=1e-4)


def test_a_matrix_that_is_one_is_its_own_nearest() -> None:
    matrix = np.array([[1, 0.3], [0.3, 1]])
    assert nearest_correlation(matrix) == pytest.approx(matrix)
