"""By how much random levels, such as wordings, move a mean: a component of variance with interval.

W levels are taken to be drawn from all that could have been written, and all G persons met each.
Of d_gw, one value a person and level, with the mean squares of a two-way layout without repetition,

    MS_level = G · S²(d̄_·w),   MS_rest = Σ (d_gw − d̄_g· − d̄_·w + d̄_··)² / ((G − 1)(W − 1)),

the variance between levels is (MS_level − MS_rest) / G, below 0 where chance alone made less of it.
The interval is that of Williams (1962), in which MS_level is set against MS_rest by F and against
itself by χ²; it covers at least nominally. Source: Searle, Casella and McCulloch 1992, ch. 3.6.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from simulate.errors import StatisticsError
from simulate.statistics.confidence import CONFIDENCE, Interval
from simulate.statistics.rows import Floats

FEWEST_LEVELS = 6
"""Fewer are shown and not modelled: a variance of five means is known to a factor of three."""


@dataclass(frozen=True, slots=True)
class RandomLevels:
    """How much levels differ.

    Attributes:
        levels: how many.
        persons: who met all of them.
        sd: the standard deviation between levels, ≥ 0, in the unit of the values.
        interval: of the standard deviation.
    """

    levels: int
    persons: int
    sd: float
    interval: Interval


def random_levels(values: Floats, confidence: float = CONFIDENCE) -> RandomLevels:
    """Return the standard deviation between random levels; see the module.

    Args:
        values: (W, G), finite.
        confidence: of the interval, in (0, 1).

    Raises:
        StatisticsError: there are fewer than six levels, or two persons.
    """
    count, people = values.shape
    if count < FEWEST_LEVELS or people < 2:
        raise StatisticsError(
            f"{count} levels and {people} persons: a variance between levels needs "
            f"{FEWEST_LEVELS} levels and two persons"
        )
    from scipy.special import chdtri, fdtri

    means = values.mean(axis=1, keepdims=True)
    rest = values - means - values.mean(axis=0) + values.mean()
    of_levels = people * float(means.var(ddof=1))
    of_rest = float((rest**2).sum()) / ((people - 1) * (count - 1))
    variance = max(0.0, (of_levels - of_rest) / people)
    tail, free = (1 - confidence) / 2, count - 1
    ends = [
        free * (of_levels - fdtri(free, free * (people - 1), q) * of_rest)
        / (people * chdtri(free, 1 - q))
        for q in (1 - tail, tail)
    ]  # fmt: skip
    low, high = (math.sqrt(max(0.0, float(end))) for end in ends)
    return RandomLevels(count, people, math.sqrt(variance), (low, high))
