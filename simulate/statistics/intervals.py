"""Interval and one-sided bound of a distance.

Personas of the sample and people of the reference are resampled together (cluster
bootstrap). A distance cannot be negative, so near zero its resamples lie too high and plain
percentile, BCa and bias-corrected intervals miss the true value in up to all cases (see
docs/statistics.md for the measured coverage). Therefore:

- the upper end is the percentile of the resamples, which errs on the safe side near zero;
- the lower end inverts a test (test-inversion bootstrap, Carpenter 1999): with p̂ and q̂ the two
  distributions, it is the distance of λ p̂ + (1 − λ) q̂ from q̂ for the smallest λ in [0, 1] at
  which a distance as large as the observed one is not unusual. It is 0 exactly where the data
  are compatible with equality.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulate.statistics.confidence import CONFIDENCE, Interval
from simulate.statistics.distances import Measure
from simulate.statistics.support import Support

FEWEST_CLUSTERS = 30
"""Below so many personas on either side no interval is given."""

BLOCK = 250
INVERSION_CELLS = 1_000_000
INVERSION_STEPS = 16


@dataclass(frozen=True)
class Estimate:
    """Ends of the two-sided interval, and the one-sided upper bound at the same confidence."""

    low: float
    high: float
    upper: float


@dataclass(frozen=True, eq=False)
class Bootstrap:
    """Joint resamples of both sides, on a support of at most a few thousand points."""

    support: Support
    p: NDArray[np.float64]
    """(K,) masses of the sample."""
    q: NDArray[np.float64]
    """(K,) masses of the reference."""
    p_drawn: NDArray[np.float64]
    """(draws, K) resamples of the sample."""
    q_drawn: NDArray[np.float64]
    """(draws, K) resamples of the reference."""


def _values(
    measure: Measure, p: NDArray[np.float64], q: NDArray[np.float64], support: Support
) -> NDArray[np.float64]:
    return np.concatenate(
        [
            measure.function(p[i : i + BLOCK], q[i : i + BLOCK], support)
            for i in range(0, len(p), BLOCK)
        ]
    )


def percentile_interval(values: NDArray[np.float64], confidence: float = CONFIDENCE) -> Interval:
    """Return the interval between the quantiles of resampled values that leave equal tails.

    Args:
        values: (draws,) resamples of one quantity.
        confidence: in (0, 1).
    """
    tail = (1 - confidence) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    return float(low), float(high)


def estimate(measure: Measure, value: float, drawn: Bootstrap, confidence: float) -> Estimate:
    """Return the interval of a distance, as the module describes it.

    Args:
        measure: the distance.
        value: its value in the data.
        drawn: joint resamples.
        confidence: of the two-sided interval and of the one-sided bound, in (0, 1).
    """
    tail = (1 - confidence) / 2
    values = _values(measure, drawn.p_drawn, drawn.q_drawn, drawn.support)
    high = max(float(np.quantile(values, 1 - tail)), value)
    upper = max(float(np.quantile(values, confidence)), value)
    low = _lower(measure, drawn, tail)
    return Estimate(min(low, value), high, upper)


def _lower(measure: Measure, drawn: Bootstrap, tail: float) -> float:
    rows = min(len(drawn.p_drawn), max(500, INVERSION_CELLS // drawn.support.size))
    p, q, support = drawn.p, drawn.q, drawn.support
    noise, q_drawn = drawn.p_drawn[:rows] - p, drawn.q_drawn[:rows]
    observed = float(measure.function(p, q, support)) * (1 - 1e-9)

    def share_as_large(weight: float) -> float:
        mixed = as_masses(weight * p + (1 - weight) * q + noise)
        return float(np.mean(_values(measure, mixed, q_drawn, support) >= observed))

    if share_as_large(0.0) > tail:
        return 0.0
    low, high = 0.0, 1.0
    for _ in range(INVERSION_STEPS):
        middle = (low + high) / 2
        if share_as_large(middle) > tail:
            high = middle
        else:
            low = middle
    return float(measure.function(high * p + (1 - high) * q, q, support))


def as_masses(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cut negative masses, which shifted resamples may have, and scale each row to 1."""
    cut = np.maximum(p, 0.0)
    return np.asarray(cut / cut.sum(axis=-1, keepdims=True), dtype=np.float64)
