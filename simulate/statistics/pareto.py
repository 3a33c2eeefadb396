"""The tail of weights: the shape k̂ of a generalised Pareto distribution that is fitted to it.

A mean under importance weights has a variance only where the weights have one, and where they have
one it can be so large that no sample at hand shows it. Excesses y over a high threshold are near a
generalised Pareto distribution, P(excess > y) = (1 + k y/σ)^(−1/k), whose moments of an order
above 1/k do not exist: k < 0 has an end, k = 0 is exponential, k ≥ ½ has no variance, k ≥ 1 no
mean. How large a k̂ can be trusted depends on how many draws S there are:

    k̂ ≤ min(1 − 1/log₁₀ S, 0.7).

The fit is the quick and nearly efficient one of Zhang and Stephens, drawn towards ½ as if ten more
values had been seen there, as small tails need it. Sources: Zhang and Stephens 2009, Technometrics
51; Vehtari, Simpson, Gelman, Yao and Gabry 2024, JMLR 25:72.
"""

from __future__ import annotations

import math

import numpy as np

from simulate.statistics.rows import Floats

SMALLEST_TAIL = 5
"""A tail of fewer values has no fit."""
LARGEST_K = 0.7
"""A larger k̂ is not trusted, however many draws there are."""
NO_MEAN = 1.0
"""With a larger k there is no mean."""
PRIOR_K, PRIOR_SIZE = 0.5, 10
ROUNDING = 1e-12
_PRIOR, _LEAST_POINTS = 3, 30


def fit(excesses: Floats) -> tuple[float, float]:
    """Return shape k and scale σ of the generalised Pareto distribution of excesses.

    Args:
        excesses: (M,) > 0 and not all equal, in any order; at least `SMALLEST_TAIL`.

    Returns:
        As Zhang and Stephens have them, without a prior; k > 0 for heavy tails.
    """
    x = np.sort(excesses)
    n = len(x)
    points = _LEAST_POINTS + math.isqrt(n)
    quartile = x[int(n / 4 + 0.5) - 1]
    spread = 1 - np.sqrt(points / (np.arange(1, points + 1) - 0.5))
    theta = 1 / x[-1] + spread / (_PRIOR * quartile)
    theta = theta[theta != 0]
    k = np.log1p(-theta[:, None] * x).mean(axis=1)
    profile = n * (np.log(-theta / k) - k - 1)
    weights = np.exp(profile - profile.max())
    best = float((theta * weights).sum() / weights.sum())
    shape = float(np.log1p(-best * x).mean())
    return shape, -shape / best


def tail_size(draws: int) -> int:
    """Return how many of the largest of S draws are the tail: min(S/5, 3 √S), rounded up."""
    return math.ceil(min(draws / 5, 3 * math.sqrt(draws)))


def largest_k(draws: int) -> float:
    """Return the largest k̂ that S independent draws bear: min(1 − 1/log₁₀ S, 0.7)."""
    return min(1 - 1 / math.log10(draws), LARGEST_K) if draws > 1 else -math.inf


def pareto_k(values: Floats) -> float | None:
    """Return k̂ of the right tail of values.

    Args:
        values: (S,) of independent draws, finite.

    Returns:
        None where there is no tail to fit: too few values lie above its threshold, or half of them
        are tied, as with a few distinct values, whose heaps have no shape.
    """
    size = tail_size(len(values))
    if size >= len(values):
        return None
    ordered = np.sort(values)
    excesses = ordered[-size:] - ordered[-size - 1]
    excesses = excesses[excesses > ROUNDING * np.abs(ordered[[0, -1]]).max()]
    size = len(excesses)
    if size < SMALLEST_TAIL:
        return None
    steps = np.diff(excesses) > ROUNDING * excesses[-1]
    if 1 + np.count_nonzero(steps) <= size / 2:
        return None
    k, _ = fit(excesses / excesses[-1])
    return (k * size + PRIOR_K * PRIOR_SIZE) / (size + PRIOR_SIZE)
