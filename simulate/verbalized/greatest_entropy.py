"""The distribution of a number of which only mean and standard deviation are known.

Of all distributions with these two on a support, the one of greatest entropy says nothing else:
its weights are exp(λ₁x + λ₂x²), a normal distribution cut off at the ends, or, where the spread is
large, one with most of its weight at both ends (Jaynes 1957, Information Theory and Statistical
Mechanics, doi:10.1103/PhysRev.106.620). Here it stands on round values, so that mean and standard
deviation of what is drawn are exactly those that were stated.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

WITHIN = 4.0
"""So many standard deviations to both sides are covered, and more on the side of a long tail."""
_TOLERANCE = 1e-9
MOST_STEPS = 200


def round_values(low: float, high: float, most: int) -> list[float]:
    """Return at most so many multiples of 1, 2 or 5 times a power of ten, from low to high.

    Args:
        low: the smallest value there can be.
        high: the largest, > low.
        most: how many values, ≥ 2.
    """
    exponent = math.floor(math.log10((high - low) / most))
    for step in (f * 10.0**e for e in (exponent, exponent + 1) for f in (1, 2, 5)):
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first < most:
            return [float(f"{i * step:.12g}") for i in range(first, last + 1)]
    raise AssertionError("unreachable: a step of the whole range gives two values")


def most_spread(mean: float, low: float, high: float) -> float:
    """Return the largest standard deviation of a distribution from low to high with this mean."""
    return math.sqrt(max(0.0, (mean - low) * (high - mean)))


def of_greatest_entropy(
    mean: float, spread: float, low: float, high: float, most: int, *, whole: bool = False
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return values and weights with this mean and standard deviation.

    Args:
        mean: from low to high.
        spread: the standard deviation, from 0 to `most_spread`. Whole numbers cannot come closer
            together than the two next to the mean: a smaller spread gives these two. One of less
            than a billionth of the mean is none.
        low: the smallest value there can be.
        high: the largest, > low.
        most: how many values at most, ≥ 2. Whole numbers are all listed as far as that allows.
        whole: whether values are whole numbers.

    Returns:
        The values in order, and as many weights, which sum to 1.
    """
    if spread >= most_spread(mean, low, high) * (1 - _TOLERANCE):
        return _two(mean, low, high)
    closest = (mean - math.floor(mean)) * (math.ceil(mean) - mean)
    if whole and spread**2 <= closest + _TOLERANCE:
        return _two(mean, math.floor(mean), math.ceil(mean))
    if spread <= _TOLERANCE * abs(mean):  # round values would be the same number
        return np.array([mean]), np.ones(1)
    first = max(low, mean - WITHIN * max(spread, spread**2 / (high - mean)))
    last = min(high, mean + WITHIN * max(spread, spread**2 / (mean - low)))
    if whole:
        first, last = math.floor(first), math.ceil(last)
    if whole and last - first < most:
        values = [float(i) for i in range(int(first), int(last) + 1)]
    else:
        values = round_values(first, last, most)
    # The ends of the support are answers too, also where they are not round.
    found = np.array(sorted({*values, *({low, high} & {first, last})}))
    return found, _weights((found - mean) / spread)


def _two(mean: float, low: float, high: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the distribution on two values; one of them where it is the mean."""
    upper = 0.0 if high == low else (mean - low) / (high - low)
    values, weights = np.array([low, high], np.float64), np.array([1 - upper, upper])
    return values[weights > 0], weights[weights > 0]


def _weights(z: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the weights exp(λ₁z + λ₂z²) of mean 0 and variance 1, by Newton's method.

    λ is the minimum of a convex function, the logarithm of Σ exp(λ₁z + λ₂(z² − 1)).
    """
    features = np.stack([z, z**2 - 1])
    multipliers = np.zeros(2)
    value, weights = _dual(multipliers, features)
    for _ in range(MOST_STEPS):
        gradient = features @ weights
        if np.abs(gradient).max() < _TOLERANCE:
            break
        centred = features - gradient[:, None]
        curvature = (centred * weights) @ centred.T
        scale = np.sqrt(np.diag(curvature)) + 1e-300
        step = np.linalg.lstsq(curvature / np.outer(scale, scale), gradient / scale, rcond=None)[0]
        step /= scale
        size = 1.0
        while size > 1e-12:
            tried = multipliers - size * step
            new, tried_weights = _dual(tried, features)
            if new <= value - 1e-4 * size * float(gradient @ step):
                break
            size /= 2
        multipliers, value, weights = tried, new, tried_weights
    return weights


def _dual(
    multipliers: NDArray[np.float64], features: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64]]:
    """Return the logarithm of the sum, and the weights."""
    logs = multipliers @ features
    top = float(logs.max())
    weights = np.exp(logs - top)
    total = float(weights.sum())
    return top + math.log(total), weights / total
