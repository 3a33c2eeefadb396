"""Cronbach's alpha and its interval, against closed forms and simulated scales."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import f

from simulate.statistics.reliability import cronbach


def scale(
    rng: np.random.Generator, n: int, loading: float, k: int = 5, repeats: int = 1
) -> NDArray[np.float64]:
    """Return n answers to k items from 1 to 7, with several by each person."""
    trait = rng.normal(size=n // repeats).repeat(repeats)
    noise = rng.normal(size=(n, k))
    x = loading * trait[:, None] + np.sqrt(1 - loading**2) * noise
    return np.asarray(np.clip(np.round(4 + 1.2 * x), 1, 7), dtype=np.float64)


def test_alpha_is_that_of_its_definition_and_feldts_interval_holds_for_normal_items() -> None:
    rng = np.random.default_rng(5)
    x = rng.normal(size=(60, 1)) + rng.normal(size=(60, 4))
    covariance = np.cov(x.T)
    alpha = 4 / 3 * (1 - np.trace(covariance) / covariance.sum())
    found = cronbach(x, range(60))
    assert found.alpha == pytest.approx(alpha)
    assert found.interval is not None
    low, high = found.interval
    assert low <= 1 - (1 - alpha) * f(59, 177).ppf(0.975) < alpha
    assert alpha < 1 - (1 - alpha) * f(59, 177).ppf(0.025) <= high + 1e-12 <= 1


def test_items_that_are_copies_have_an_alpha_of_one_and_unrelated_ones_of_zero() -> None:
    rng = np.random.default_rng(0)
    one = rng.normal(size=(500, 1))
    assert cronbach(one.repeat(3, axis=1), range(500)).alpha == pytest.approx(1)
    assert cronbach(rng.normal(size=(2000, 4)), range(2000)).alpha == pytest.approx(0, abs=0.1)
    against = cronbach(np.hstack([one, -one, one]), range(500))
    assert against.item_rest[1] == pytest.approx(-1)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([[1.0], [2.0]], "one item has none"),
        ([[1.0, 2.0]], "fewer than two dialogues"),
        ([[1.0, np.nan], [np.nan, 2.0], [1.0, 2.0]], "fewer than two dialogues"),
        ([[3.0, 4.0]] * 5, "the sum of the items does not vary"),
        ([[1.0, 5.0], [5.0, 1.0]], "the sum of the items does not vary"),
    ],
)
def test_where_there_is_none_it_is_said_why(values: list[list[float]], reason: str) -> None:
    found = cronbach(np.array(values), range(len(values)))
    assert found.alpha is None
    assert reason in (found.reason or "")


def test_a_row_with_a_missing_item_is_left_out_and_counted() -> None:
    found = cronbach(np.array([[1, 2], [2, 3], [3, 3], [np.nan, 1]]), ["a", "a", "b", "c"])
    assert (found.n, found.incomplete, found.personas) == (3, 1, 2)


@pytest.mark.parametrize("repeats", [1, 2])
def test_the_interval_covers_alpha_nearly_as_often_as_it_says(repeats: int) -> None:
    rng = np.random.default_rng(repeats)
    truth = cronbach(scale(rng, 100_000, 0.6), range(100_000)).alpha
    assert truth is not None
    persons = np.arange(60 // repeats).repeat(repeats)
    covered = 0
    for _ in range(300):
        interval = cronbach(scale(rng, 60, 0.6, repeats=repeats), persons.tolist()).interval
        assert interval is not None
        covered += interval[0] <= truth <= interval[1]
    assert covered >= 0.92 * 300  # three standard errors below .95 is .912
