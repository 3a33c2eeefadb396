"""The distance of outcomes given a trait: are simulated people like people of the same kind?

Two sides can agree on the outcome of all while women and men have changed places. With D²_l the
squared distance between simulated people and people at level l of a trait, and π_l the share of
people there,

    D²(outcome | trait) = Σ_l π_l D²_l.

It is 0 only where the outcome has the same distribution at every level, and does not depend on how
many personas are simulated at each: a population that differs is no fault of the answers. Where
both sides are composed alike it is at least the D² of all. Each D²_l is estimated without bias
(`simulate.statistics.squared_distance`), so the sum is, for given shares.

**Interval.** As features of the sum are those of the levels times √π_l, its variance is V + κ D²
with V = Σ π_l² V_l and κ = Σ π_l² κ_l D²_l / Σ π_l D²_l of independent levels; limits are those of
the score interval with them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from simulate.statistics.confidence import CONFIDENCE, Interval, student_quantile
from simulate.statistics.distances import DISTANCES, SQUARED
from simulate.statistics.equality import Equality
from simulate.statistics.intervals import FEWEST_PERSONAS
from simulate.statistics.resampling import Side
from simulate.statistics.squared_distance import score_limits, squared_distance

DRAWS = 500
"""Resamples for a variance."""


@dataclass(frozen=True)
class JointDistance:
    """The distance of outcomes given a trait.

    Attributes:
        value: D²(outcome | trait), which can be negative; None where no level has two people on
            each side.
        interval: of it; None where a level has too few people.
        levels: level to its D²_l, of those that take part.
        covered: the share of people at these levels, in [0, 1].
    """

    value: float | None
    interval: Interval | None
    levels: Mapping[str, float]
    covered: float


def joint_distance(
    sides: Mapping[str, tuple[Side, Side]],
    shares: Mapping[str, float],
    rng: np.random.Generator,
    *,
    draws: int = DRAWS,
    confidence: float = CONFIDENCE,
) -> JointDistance:
    """Return the distance of outcomes given a trait; see the module.

    Args:
        sides: level to the simulated people and the people there, of one support.
        shares: level to the share of people, which sum to at most 1.
        rng: of the resamples.
        draws: resamples of each level.
        confidence: of the interval, in (0, 1).
    """
    found = {
        level: value
        for level, (ours, theirs) in sides.items()
        if (value := squared_distance(ours, theirs)) is not None
    }
    covered = sum(shares[level] for level in found)
    if not covered > 0:
        return JointDistance(None, None, {}, 0.0)
    parts = {level: shares[level] / covered for level in found}
    value = sum(parts[level] * found[level] for level in found)
    fewest = min(min(side.effective for side in sides[level]) for level in found)
    if fewest < FEWEST_PERSONAS:
        return JointDistance(value, None, found, covered)
    variance = growing = apart = 0.0
    for level, part in parts.items():
        family = Equality(*sides[level], draws, rng)
        fixed, slope = family.squared_variance()
        plugged = family.plug_in(DISTANCES[SQUARED])
        variance += part**2 * fixed
        growing += part**2 * slope * plugged
        apart += part * plugged
    slope = growing / apart if apart > 0 else 0.0
    t = student_quantile(confidence, fewest - 1)
    below, above = score_limits(value, variance, slope, t)
    return JointDistance(value, (value - float(below), value + float(above)), found, covered)
