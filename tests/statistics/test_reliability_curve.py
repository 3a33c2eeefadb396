"""Reliability: the curve, Murphy's decomposition, and the calibration error with its interval."""

from __future__ import annotations

import numpy as np
import pytest

from simulate.statistics.reliability_curve import (
    binned,
    bins,
    calibration_error,
    decomposition,
    isotonic,
    sharpness,
)
from simulate.statistics.rows import Floats
from simulate.statistics.scoring import brier


def test_the_curve_pools_what_goes_down_and_ties_of_the_same_probability() -> None:
    points, values = isotonic(np.array([0.1, 0.1, 0.4, 0.6]), np.array([0.0, 1.0, 0.0, 1.0]))
    assert points.tolist() == [0.1, 0.4, 0.6]
    assert values == pytest.approx([1 / 3, 1 / 3, 1])


def test_bins_hold_equally_many_and_never_part_equal_probabilities() -> None:
    assert np.bincount(bins(np.linspace(0, 1, 100))).tolist() == [10] * 10
    expected = bins(np.linspace(0, 1, 1000), expected=True)
    sums = np.bincount(expected, weights=np.linspace(0, 1, 1000))
    assert sums == pytest.approx(np.full(10, 50), rel=0.03)
    assert len(set(bins(np.repeat([0.2, 0.9], [90, 10])).tolist())) == 2
    assert bins(np.zeros(0)).tolist() == []


def test_the_bias_of_a_bin_has_an_interval_even_where_nothing_came_true() -> None:
    (only,) = binned(np.full(50, 0.1), np.zeros(50), np.arange(50))
    assert only.stated == pytest.approx(0.1)
    assert only.observed.value == 0
    assert only.bias.interval is not None
    assert only.bias.interval[0] < 0.1 <= only.bias.interval[1] + 1e-12


def test_the_parts_of_the_decomposition_add_up_to_the_score() -> None:
    rng = np.random.default_rng(2)
    stated = rng.dirichlet([1, 1, 1], 300)
    happened = rng.integers(3, size=300)
    found = decomposition(stated, happened, rng)
    whole = found.miscalibration - found.discrimination + found.uncertainty
    assert whole == pytest.approx(brier(stated, happened).mean())
    assert min(found.miscalibration, found.discrimination, found.uncertainty) >= 0


def test_what_chance_does_to_miscalibration_is_what_a_calibrated_forecaster_shows() -> None:
    rng = np.random.default_rng(4)
    stated = rng.dirichlet([1, 1, 1], 400)
    drawn = (rng.random((400, 1)) > np.cumsum(stated, axis=1)).sum(axis=1)
    right, wrong = (decomposition(p, drawn, rng) for p in (stated, stated[::-1]))
    assert right.miscalibration == pytest.approx(right.miscalibration_by_chance, rel=0.5)
    assert wrong.miscalibration > 4 * wrong.miscalibration_by_chance


def _both(stated: Floats) -> Floats:
    return np.column_stack([1 - stated, stated])


@pytest.mark.parametrize("shift", [0.0, 0.5])
def test_the_calibration_error_is_unbiased_and_its_interval_covers(shift: float) -> None:
    rng, people, turns, times = np.random.default_rng(5), 200, 4, 400
    # Ten values, so that bins are the same each time and the true error is known.
    values = np.linspace(0.05, 0.95, 10)
    truth = 1 / (1 + (1 - values) / values * np.exp(-shift))
    which = np.tile(np.arange(10), people * turns // 10)
    clusters = np.repeat(np.arange(people), turns)
    true = float(((values - truth) ** 2).mean())
    squares, covered = [], 0
    for _ in range(times):
        happened = (rng.random(len(which)) < truth[which]).astype(np.int64)
        found = calibration_error(_both(values[which]), happened, clusters)
        squares.append(found.squared)
        assert found.interval is not None
        covered += found.interval[0] - 1e-12 <= true**0.5 <= found.interval[1]
    assert abs(np.mean(squares) - true) < (0.1 + 2 / times**0.5) * np.std(squares)
    assert covered / times >= 0.92


def test_the_calibration_error_is_unbiased_in_bins_of_two_cases() -> None:
    rng, times = np.random.default_rng(8), 1500
    # Twenty people with one case each, two to a bin, whose errors are known: p is .3 too high.
    values, people = np.repeat(np.linspace(0.35, 0.8, 10), 2), np.arange(20)
    came = (rng.random((times, 20)) < values - 0.3).astype(np.int64)
    squares = [calibration_error(_both(values), each, people).squared for each in came]
    assert abs(np.mean(squares) - 0.09) < 4 * np.std(squares) / times**0.5


def test_the_error_is_that_of_the_event_whatever_its_other_levels_are_called() -> None:
    rng = np.random.default_rng(6)
    stated = rng.random(300)
    happened = (rng.random(300) < stated**2).astype(np.int64)
    event = calibration_error(_both(stated), happened, np.arange(300))
    assert event.value == pytest.approx(np.sqrt(1 / 30), abs=0.05)
    with_nobody = np.column_stack([_both(stated), np.zeros(300)])
    assert calibration_error(with_nobody, happened, np.arange(300)) == event


def test_one_person_has_no_calibration_error_and_few_have_no_interval() -> None:
    even, happened = np.full((4, 2), 0.5), np.array([1, 0, 1, 0])
    assert np.isnan(calibration_error(even, happened, np.zeros(4, np.int64)).value)
    assert calibration_error(even, happened, np.arange(4)).interval is None


def test_sharpness_is_the_entropy() -> None:
    assert sharpness(np.array([[1.0, 0.0], [0.5, 0.5]])) == pytest.approx([0, np.log(2)])
