"""p-value, interval and one-sided bound of a distance, all from one family of resamples.

See `equality` for the family. A distance cannot be negative, so near zero its resamples lie too
high, and plain percentile, BCa and bias-corrected intervals miss the true value in up to all cases
(docs/statistics.md). Therefore:

- p is the share of resamples at equality that are at least as far as the data;
- the lower end inverts that test (test-inversion bootstrap, Carpenter 1999): it is the distance at
  the smallest λ at which a distance as large as the observed one is not unusual. At equality an
  error is possible on this side only, so that “unusual” means α there, and α/2 where both sides
  are; in between it follows the power of the test. So the lower end is above 0 exactly where
  p < α;
- the upper end is the percentile of the resamples around the data, which errs on the safe side
  near zero; that of D² is a score limit (`squared_distance.score_limits`), since its variance grows
  with D².
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulate.statistics.clusters import effective_size
from simulate.statistics.confidence import CONFIDENCE, Interval, student_quantile
from simulate.statistics.distances import SQUARED, Measure
from simulate.statistics.equality import Equality
from simulate.statistics.squared_distance import score_limits

FEWEST_PERSONAS = 30
"""Below so many effective personas on either side no interval and no p-value is given."""
LARGEST_SHARE = 0.1
"""Nor where one persona has more of the weight than this."""

INVERSION_CELLS = 1_000_000
INVERSION_STEPS = 14


def enough(weights: NDArray[np.float64]) -> bool:
    """Tell whether (G,) weights of personas or people allow an interval."""
    total = float(weights.sum())
    few = effective_size(weights) < FEWEST_PERSONAS
    return total > 0 and not few and float(weights.max()) <= LARGEST_SHARE * total


@dataclass(frozen=True)
class Estimate:
    """p-value of equality, the two-sided interval, and the one-sided upper bound."""

    p: float
    low: float
    high: float
    upper: float


def percentile_interval(values: NDArray[np.float64], confidence: float = CONFIDENCE) -> Interval:
    """Return the interval between the quantiles of resampled values that leave equal tails.

    Args:
        values: (draws,) resamples of one quantity.
        confidence: in (0, 1).
    """
    tail = (1 - confidence) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    return float(low), float(high)


def estimate(measure: Measure, value: float, family: Equality, confidence: float) -> Estimate:
    """Return p-value and interval of a distance, as the module describes it.

    Args:
        measure: the distance.
        value: its value in the data, `family.value(measure)`.
        family: resamples of both sides.
        confidence: 1 − α, of the two-sided interval and of the one-sided bound, in (0, 1).
    """
    # 1 − .95 is a little more than .05 in binary, and p may be .05 exactly.
    level = round(1 - confidence, 12)
    null = family.distances(measure, 0.0)
    p = p_value(value, null)
    floor = max(value, 0.0)
    high, upper = (
        max(bound, floor) for bound in _upper(measure, value, family, (1 - level / 2, confidence))
    )
    low = 0.0 if p >= level else _lower(measure, value, family, null, level)
    return Estimate(p, min(low, floor), high, upper)


def _upper(
    measure: Measure, value: float, family: Equality, levels: tuple[float, float]
) -> tuple[float, ...]:
    """Return the upper bound at each level."""
    if measure.name != SQUARED:
        around = family.distances(measure, 1.0)
        return tuple(float(bound) for bound in np.quantile(around, levels))
    variance, slope = family.squared_variance()
    freedom = max(min(family.sizes) - 1, 1.0)
    quantiles = [student_quantile(2 * level - 1, freedom) for level in levels]
    return tuple(value + float(score_limits(value, variance, slope, t)[1]) for t in quantiles)


def _lower(
    measure: Measure,
    value: float,
    family: Equality,
    null: NDArray[np.float64],
    level: float,
) -> float:
    most = max(400, INVERSION_CELLS // family.support.size)
    critical = float(np.quantile(null, 1 - level))

    def usual(weight: float) -> bool:
        drawn = family.distances(measure, weight, most)
        unnoticed = min(1.0, float(np.mean(drawn < critical)) / (1 - level))
        return p_value(value, drawn) > level / 2 * (1 + unnoticed)

    low, high = 0.0, 1.0
    for _ in range(INVERSION_STEPS):
        middle = (low + high) / 2
        if usual(middle):
            high = middle
        else:
            low = middle
    if measure.name == SQUARED:
        return high**2 * family.plug_in(measure)
    p, q = family.ours.mass, family.theirs.mass
    centre = family.centre
    mixed = [high * side + (1 - high) * centre for side in (p, q)]
    return float(measure.function(mixed[0], mixed[1], family.support))


def p_value(value: float, null: NDArray[np.float64]) -> float:
    """(1 + number of resamples at least as far) / (1 + resamples).

    Ties count as at least as far, with a tolerance for rounding. In [1/(draws + 1), 1].
    Source: Phipson and Smyth 2010.
    """
    as_far = np.sum(null >= value - 1e-9 * abs(value) - 1e-12)
    return float((1 + as_far) / (1 + len(null)))
