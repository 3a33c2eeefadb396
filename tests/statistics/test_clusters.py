"""The mean of rows in clusters: closed forms, and how often its interval holds the truth."""

from __future__ import annotations

import numpy as np
import pytest

from simulate.statistics.clusters import (
    clusters_quantile,
    effective_size,
    independent_rows,
    interval_of_mean,
    variance_of_mean,
)


def test_clusters_of_equal_weight_all_count_and_one_with_all_the_weight_is_one() -> None:
    assert effective_size(np.full(7, 3.0)) == pytest.approx(7)
    assert effective_size(np.array([5.0, 0.0, 0.0])) == 1
    assert effective_size(np.zeros(3)) == 0


def test_clusters_of_one_row_have_the_interval_of_students_t() -> None:
    from scipy.stats import t

    values = np.array([1.0, 2.0, 2.0, 5.0, 3.0])
    expected = t.interval(0.9, 4, values.mean(), values.std(ddof=1) / 5**0.5)
    assert interval_of_mean(values, np.arange(5), 0.9) == pytest.approx(expected)


def test_the_variance_is_that_of_the_jackknife_over_clusters() -> None:
    values, index = np.array([1.0, 2.0, 4.0, 4.0, 9.0, 3.0]), np.array([0, 0, 0, 1, 1, 2])
    without = np.array([values[index != g].mean() for g in range(3)])
    assert variance_of_mean(values, index) == pytest.approx(
        2 / 3 * ((without - values.mean()) ** 2).sum()
    )


def test_where_one_cluster_has_everything_there_is_no_end() -> None:
    assert clusters_quantile(np.array([9])) == np.inf


@pytest.mark.parametrize("design", ["20 × 5", "30 × 5", "30 × 1 to 10", "40, few of them large"])
@pytest.mark.parametrize("alike", [0.0, 0.5, 0.9])
def test_the_interval_of_a_mean_grade_covers_whatever_the_calls_have_in_common(
    design: str, alike: float
) -> None:
    rng = np.random.default_rng(2)
    held = []
    for _ in range(1500):
        sizes = {
            "20 × 5": np.full(20, 5),
            "30 × 5": np.full(30, 5),
            "30 × 1 to 10": rng.integers(1, 11, 30),
            "40, few of them large": np.where(rng.random(40) < 0.2, 10, 1),
        }[design]
        index = np.repeat(np.arange(len(sizes)), sizes)
        common, own = rng.normal(size=len(sizes))[index], rng.normal(size=len(index))
        latent = alike**0.5 * common + (1 - alike) ** 0.5 * own
        # Grades from 1 to 5, symmetric around 3.
        low, high = interval_of_mean(np.clip(np.round(3 + latent), 1, 5), index)
        held.append(low <= 3 <= high)
    assert 0.92 <= np.mean(held) <= 0.985


def test_rows_of_equal_clusters_are_worth_those_clusters() -> None:
    rng = np.random.default_rng(0)
    people = rng.normal(size=4000)
    values, index = np.repeat(people, 5)[:, None], np.repeat(np.arange(4000), 5)
    assert independent_rows(values, index) == pytest.approx(4000, rel=0.02)
    alone = rng.normal(size=(20_000, 2))
    assert independent_rows(alone, index) == pytest.approx(20_000, rel=0.05)


def test_the_worth_of_rows_follows_the_correlation_within_clusters() -> None:
    """N / (1 + (m − 1) ρ) of clusters of m rows (Kish 1965)."""
    rng = np.random.default_rng(1)
    m, rho = 4, 0.3
    people = rng.normal(scale=np.sqrt(rho), size=(20_000, 1))
    values = people + rng.normal(scale=np.sqrt(1 - rho), size=(20_000, m))
    index = np.repeat(np.arange(20_000), m)
    found = independent_rows(values.reshape(-1, 1), index)
    assert found == pytest.approx(80_000 / (1 + (m - 1) * rho), rel=0.02)
