"""The classifier two-sample test: pairs by enumeration, DeLong's variance, known areas."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit
from scipy.stats import norm

from simulate.statistics.classifier_test import ToldApart, area_under_curve, told_apart
from simulate.statistics.confidence import student_quantile
from simulate.statistics.logistic import ridge_slopes

ROWS = st.lists(
    st.tuples(st.integers(0, 3), st.booleans(), st.integers(0, 2)), min_size=2, max_size=30
)


@given(ROWS)
def test_the_area_is_the_share_of_pairs_of_a_stratum_in_their_order(
    rows: list[tuple[int, bool, int]],
) -> None:
    scores, second, strata = (np.array(column) for column in zip(*rows, strict=True))
    order = [
        0.5 * (a == b) + (a < b)
        for a, first, here in rows
        for b, other, there in rows
        if not first and other and here == there
    ]
    area, interval = area_under_curve(
        scores.astype(float), second, np.arange(len(rows)), strata.astype(np.int64)
    )
    assert interval is None or len(rows) >= 40
    assert area == (pytest.approx(np.mean(order)) if order else None)


def test_the_interval_of_one_observation_a_person_is_delongs() -> None:
    rng = np.random.default_rng(3)
    n, m = 400, 300
    x, y = rng.normal(size=n), rng.normal(0.8, 1.0, size=m)
    wins = (x[:, None] < y[None, :]).astype(float)
    delong = wins.mean(axis=1).var(ddof=1) / n + wins.mean(axis=0).var(ddof=1) / m
    labels = np.arange(n + m) >= n
    persons, strata = np.arange(n + m), np.zeros(n + m, dtype=np.int64)
    area, interval = area_under_curve(np.append(x, y), labels, persons, strata)
    assert area == pytest.approx(wins.mean())
    assert interval is not None
    reach = student_quantile(0.95, n + m - 2) * math.sqrt(delong)
    assert (interval[1] - interval[0]) / 2 == pytest.approx(reach, rel=0.02)
    assert sum(interval) / 2 == pytest.approx(area, abs=0.002)


def test_twice_the_same_persons_turns_are_no_more_persons() -> None:
    rng = np.random.default_rng(4)
    scores, second = rng.normal(size=80), np.arange(80) >= 40
    once = area_under_curve(scores, second, np.arange(80), np.zeros(80, np.int64))
    twice = area_under_curve(
        np.tile(scores, 2), np.tile(second, 2), np.tile(np.arange(80), 2), np.zeros(160, np.int64)
    )
    assert twice[0] == once[0]
    assert twice[1] == pytest.approx(once[1])


def gaussian(
    rng: np.random.Generator, persons: int, turns: int, features: int, shift: float
) -> ToldApart:
    """Tell apart two samples of as many persons, who differ from each other half as much as turns.

    Their first feature differs by `shift` standard deviations.
    """
    whose = np.repeat(np.arange(2 * persons), turns)
    second = whose >= persons
    own, each = (rng.normal(size=(n, features)) for n in (2 * persons, len(whose)))
    x = math.sqrt(0.5) * (own[whose] + each)
    x[second, 0] += shift
    return told_apart(x, second, whose, np.tile(np.arange(turns), 2 * persons), rng)


def test_a_planted_difference_has_the_area_that_its_size_implies() -> None:
    found = gaussian(np.random.default_rng(5), 400, 3, 2, 1.0)
    assert found.area == pytest.approx(norm.cdf(1 / math.sqrt(2)), abs=0.02)
    assert found.interval is not None
    assert found.interval[0] < norm.cdf(1 / math.sqrt(2)) < found.interval[1]


def test_samples_that_are_told_apart_without_a_mistake_still_have_an_interval() -> None:
    found = gaussian(np.random.default_rng(6), 30, 2, 1, 50.0)
    assert found.area == 1.0
    assert found.interval is not None
    assert 0.8 < found.interval[0] < found.interval[1] == 1.0


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_of_equal_samples_the_interval_holds_a_half_as_often_as_it_says() -> None:
    found = [gaussian(np.random.default_rng(seed), 25, 4, 5, 0.0) for seed in range(200)]
    held = [f.interval is not None and f.interval[0] <= 0.5 <= f.interval[1] for f in found]
    assert np.mean([f.area for f in found if f.area is not None]) == pytest.approx(0.5, abs=0.02)
    # Of 200 intervals that hold it .95 of the time, fewer than 181 do so once in a thousand.
    assert 181 <= sum(held) < 200


def test_who_somebody_is_helps_nobody_to_tell_persons_that_were_not_seen() -> None:
    whose = np.repeat(np.arange(60), 4)
    found = told_apart(
        np.eye(60)[whose], whose >= 30, whose, np.zeros(240, np.int64), np.random.default_rng(7)
    )
    assert found.area == 0.5


def test_what_differs_between_strata_only_tells_nothing() -> None:
    rng = np.random.default_rng(8)
    whose = np.repeat(np.arange(80), 5)
    second = whose >= 40
    strata = np.where(second, rng.integers(2, 9, 400), rng.integers(0, 5, 400))
    found = told_apart(strata[:, None].astype(float), second, whose, strata, rng)
    assert found.area == 0.5


def test_fewer_than_five_persons_are_not_told_apart() -> None:
    whose = np.repeat(np.arange(10), 3)
    found = told_apart(
        np.ones((30, 1)), whose >= 6, whose, np.zeros(30, np.int64), np.random.default_rng(9)
    )
    assert (found.area, found.persons, found.observations) == (None, (6, 4), (18, 12))


def test_the_ridge_is_at_the_lowest_penalized_loss() -> None:
    rng = np.random.default_rng(10)
    x, labels = rng.normal(size=(60, 3)), rng.random(60) < 0.3
    slopes = ridge_slopes(x, labels, 2.0)
    weights = np.where(labels, 30 / labels.sum(), 30 / (~labels).sum())

    def pull(intercept: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        residual = weights * (labels - expit(x @ slopes + intercept))
        return np.append(x.T @ residual, residual.sum())

    low, high = -5.0, 5.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if pull(middle)[-1] > 0 else (low, middle)
    assert pull(low)[:-1] == pytest.approx(2.0 * slopes, abs=0.01)
