"""By how much one method's scores are lower than another's on the same people.

With s the scores of a method and b those of a baseline at the same n positions, the *skill* is
1 − s̄/b̄: 1 for scores of 0, 0 for a method that is no better, below 0 for a worse one (Murphy
1988). The gain is b̄ − s̄. Positions of one person are not independent: intervals are of persons,
by the jackknife of `clusters`, that of the skill by its linear form (s − (s̄/b̄) b)/b̄.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from simulate.statistics.clusters import clusters_quantile, interval_of_mean, variance_of_mean
from simulate.statistics.confidence import CONFIDENCE, Interval
from simulate.statistics.rows import Floats, Indices

FEWEST_PERSONS = 20
"""With fewer no interval is given."""


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean over positions.

    Attributes:
        value: NaN without a position.
        interval: of it, by person; None with fewer than 20 persons.
        n: positions.
        persons: whose they are.
    """

    value: float
    interval: Interval | None
    n: int
    persons: int


@dataclass(frozen=True, slots=True)
class Skill:
    """How a method's scores compare with a baseline's at the same positions.

    Attributes:
        value: 1 − s̄/b̄, at most 1 for scores that are not negative; NaN where b̄ is not positive.
        interval: of it; None with fewer than 20 persons.
        gain: b̄ − s̄, in the unit of the score.
        gain_interval: of it; None likewise.
        n: positions that both have.
        persons: whose they are.
    """

    value: float
    interval: Interval | None
    gain: float
    gain_interval: Interval | None
    n: int
    persons: int


def mean(values: Floats, clusters: Indices, confidence: float = CONFIDENCE) -> Mean:
    """Return the mean of rows with its interval; rows that are NaN are left out.

    Args:
        values: (n,).
        clusters: (n,) the person of each.
        confidence: in (0, 1).
    """
    kept = ~np.isnan(values)
    index = np.unique(clusters[kept], return_inverse=True)[1]
    persons, n = int(index.max(initial=-1)) + 1, int(kept.sum())
    if not n:
        return Mean(math.nan, None, 0, 0)
    found = values[kept]
    enough = persons >= FEWEST_PERSONS
    interval = interval_of_mean(found, index, confidence) if enough else None
    return Mean(float(found.mean()), interval, n, persons)


def skill(
    scores: Floats, baseline: Floats, clusters: Indices, confidence: float = CONFIDENCE
) -> Skill:
    """Return the skill of scores over a baseline's, rows that are NaN in either left out.

    Args:
        scores: (n,).
        baseline: (n,) at the same positions.
        clusters: (n,) the person of each.
        confidence: in (0, 1).
    """
    gain = mean(baseline - scores, clusters, confidence)
    kept = ~np.isnan(baseline - scores)
    ours, theirs = scores[kept], baseline[kept]
    theirs_mean = float(theirs.mean()) if gain.n else math.nan
    if not theirs_mean > 0:
        return Skill(math.nan, None, gain.value, gain.interval, gain.n, gain.persons)
    ratio = float(ours.mean()) / theirs_mean
    interval = None
    if gain.interval is not None:
        index = np.unique(clusters[kept], return_inverse=True)[1]
        error = math.sqrt(variance_of_mean((ours - ratio * theirs) / theirs_mean, index))
        half = clusters_quantile(np.bincount(index), confidence) * error
        interval = (1 - ratio - half, 1 - ratio + half)
    return Skill(1 - ratio, interval, gain.value, gain.interval, gain.n, gain.persons)
