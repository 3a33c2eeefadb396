"""Mean and standard deviation come out as stated, for all that can be stated."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from simulate.verbalized.greatest_entropy import most_spread, of_greatest_entropy, round_values


def moments(values: np.ndarray, weights: np.ndarray) -> tuple[float, float]:
    mean = float(weights @ values)
    return mean, math.sqrt(max(0.0, float(weights @ (values - mean) ** 2)))


@pytest.mark.parametrize("share", [0.001, 0.01, 0.1, 0.2, 0.5, 0.6, 0.9, 0.999])
@pytest.mark.parametrize("place", [0.001, 0.05, 0.25, 0.333, 0.5, 0.9, 0.999])
@pytest.mark.parametrize(("low", "high"), [(0, 2), (-3, 7), (0, 1e6), (0.37, 0.91)])
def test_amounts_have_the_stated_mean_and_spread_within_the_support(
    low: float, high: float, place: float, share: float
) -> None:
    mean = low + place * (high - low)
    spread = share * most_spread(mean, low, high)
    values, weights = of_greatest_entropy(mean, spread, low, high, 21)
    assert moments(values, weights) == pytest.approx((mean, spread), rel=1e-6)
    assert (values.min(), values.max()) >= (low, low)
    assert values.max() <= high
    assert len(values) <= 23


@pytest.mark.parametrize("share", [0.01, 0.2, 0.5, 0.6, 0.9, 0.999])
@pytest.mark.parametrize("place", [0.001, 0.1, 0.25, 0.5, 0.77, 0.999])
@pytest.mark.parametrize(("low", "high"), [(0, 10), (1, 7), (-5, 5), (0, 1000)])
def test_counts_have_the_stated_mean_and_a_spread_as_near_as_whole_numbers_come(
    low: int, high: int, place: float, share: float
) -> None:
    mean = low + place * (high - low)
    spread = share * most_spread(mean, low, high)
    closest = math.sqrt((mean - math.floor(mean)) * (math.ceil(mean) - mean))
    values, weights = of_greatest_entropy(mean, spread, low, high, 21, whole=True)
    assert moments(values, weights) == pytest.approx((mean, max(spread, closest)), rel=1e-5)
    assert (values == np.round(values)).all()


@pytest.mark.parametrize(
    ("mean", "spread", "low", "high"),
    [(10.000001, 3.2e-12, 10, 10.001), (-4.999999999, 1e-13, -5, -4.999), (0.9e9, 1e-3, 0, 1e9)],
)
def test_a_spread_that_no_two_numbers_can_have_is_none(
    mean: float, spread: float, low: float, high: float
) -> None:
    values, weights = of_greatest_entropy(mean, spread, low, high, 21)
    assert (values.tolist(), weights.tolist()) == ([mean], [1.0])


def test_between_far_ends_it_is_the_normal_distribution_on_the_whole_numbers() -> None:
    values, weights = of_greatest_entropy(50, 4, 0, 100, 100, whole=True)
    normal = stats.norm.pdf(values, 50, 4)
    assert weights == pytest.approx(normal / normal.sum(), abs=5e-4)


def test_no_other_distribution_with_these_moments_has_a_greater_entropy() -> None:
    values, weights = of_greatest_entropy(3, 2, 0, 10, 21, whole=True)
    # Whatever keeps total, mean and variance: a third difference.
    other = np.zeros(len(values))
    other[3:7] = [1, -3, 3, -1]
    entropy = [-(w * np.log(w)).sum() for w in (weights + e * other for e in (-1e-3, 0, 1e-3))]
    assert len(values) == 11
    assert entropy[1] > max(entropy[0], entropy[2])


def test_without_a_spread_it_is_one_point() -> None:
    values, weights = of_greatest_entropy(0.37, 0, 0, 2, 21)
    assert (values.tolist(), weights.tolist()) == ([0.37], [1.0])


def test_a_count_between_two_whole_numbers_is_at_least_these_two() -> None:
    values, weights = of_greatest_entropy(3.25, 0, 0, 10, 21, whole=True)
    assert (values.tolist(), weights.tolist()) == ([3.0, 4.0], [0.75, 0.25])


def test_the_largest_spread_is_that_of_the_two_ends() -> None:
    values, weights = of_greatest_entropy(0.5, most_spread(0.5, 0, 2), 0, 2, 21)
    assert (values.tolist(), weights.tolist()) == ([0.0, 2.0], [0.75, 0.25])


def test_a_mean_at_an_end_is_that_end() -> None:
    values, weights = of_greatest_entropy(2, 0, 0, 2, 21)
    assert (values.tolist(), weights.tolist()) == ([2.0], [1.0])


@pytest.mark.parametrize(
    ("low", "high", "most", "first", "step", "number"),
    [(0, 2, 21, 0, 0.1, 21), (0, 100, 21, 0, 5, 21), (-1, 1, 11, -1, 0.2, 11), (3, 17, 8, 4, 2, 7)],
)
def test_values_are_as_round_as_people_say_them(
    low: float, high: float, most: int, first: float, step: float, number: int
) -> None:
    expected = [first + i * step for i in range(number)]
    assert round_values(low, high, most) == pytest.approx(expected, abs=1e-12)
