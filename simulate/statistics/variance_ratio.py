"""The variance of human values over that of simulated ones: are the simulated people too alike?

With w, m and s the weight, mean and second moment of what each person gave or may give, the
variance of *one value of each person* is estimated without bias over pairs of different people,

    σ² = Σ_{i≠j} w_i w_j ½E(y_i − y_j)² / Σ_{i≠j} w_i w_j,

which with one value a person is the sample variance with n − 1 (Hoeffding 1948). A stated
distribution counts with its own spread, so that stating and drawing have the same expectation.

Each log σ² has the interval of the studentized bootstrap over people; that of the ratio of two
independent sides is put together from both (Zou and Donner 2008): with a and b the logarithms, l
and u their ends, it reaches √((a − l_a)² + (u_b − b)²) below a − b and √((u_a − a)² + (b − l_b)²)
above it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

import numpy as np

from simulate.statistics.clusters import effective_size
from simulate.statistics.confidence import CONFIDENCE, Interval
from simulate.statistics.effects import FEWEST_PEOPLE, LARGEST_SHARE
from simulate.statistics.rows import Floats, Rows
from simulate.statistics.studentized import DRAWS, Means, studentized_intervals

NO_VARIANCE = 1e-12


@dataclass(frozen=True)
class VarianceRatio:
    """Variances of both sides, and their ratio.

    Attributes:
        simulated: ≥ 0, in the unit squared; None with fewer than two people.
        human: likewise.
        ratio: human / simulated, above 1 where the simulated people are too alike; None where a
            variance is missing or 0.
        interval: of the ratio; None where `problem` says why.
        problem: why there is no ratio or interval.
    """

    simulated: float | None
    human: float | None
    ratio: float | None
    interval: Interval | None
    problem: str | None


def _features(rows: Rows, weights: Floats) -> Floats:
    """Return (G, 6) w, w², w m, w s, w² s and w² m² of the people of positive weight.

    m and s are taken around the mean of all, for the sake of rounding.
    """
    given = rows.shares * weights[rows.row]
    total = np.bincount(rows.value_clusters, given, rows.cluster_count)
    centre = float(given @ rows.values / given.sum()) if given.sum() > 0 else 0.0
    first, second = (
        np.bincount(rows.value_clusters, given * (rows.values - centre) ** p, rows.cluster_count)
        for p in (1, 2)
    )
    each = np.stack([total, total**2, first, second, total * second, first**2], axis=1)
    return np.asarray(each[total > 0], dtype=np.float64)


def _variance(means: Means, count: int) -> Means:
    """Return (…,) σ² from (…, 6) means of the features over `count` people; see the module."""
    w, ww, wm, ws, wws, wwmm = np.moveaxis(means, -1, 0)
    found: Means = (count * (w * ws - wm**2) - wws + wwmm) / (count * w**2 - ww)
    return found


def _log_variance(means: Means, count: int) -> Means:
    """Return (…, 1) log σ²; see `_variance`."""
    found: Means = np.log(_variance(means, count))[..., None]
    return found


def variance_ratio(
    simulated: Rows,
    human: Rows,
    weights: tuple[Floats, Floats],
    rng: np.random.Generator,
    *,
    draws: int = DRAWS,
    confidence: float = CONFIDENCE,
) -> VarianceRatio:
    """Return the human over the simulated variance; see the module.

    Args:
        simulated: rows whose clusters are personas.
        human: rows whose clusters are people, independent of the former.
        weights: (n,) ≥ 0 of the rows of each side; 0 leaves a row out.
        rng: of the resamples.
        draws: resamples.
        confidence: of the interval, in (0, 1).
    """
    sides = [_features(*side) for side in zip((simulated, human), weights, strict=True)]
    ours, theirs = (
        float(_variance(side.mean(axis=0), len(side))) if len(side) > 1 else None for side in sides
    )
    if ours is None or theirs is None:
        return VarianceRatio(ours, theirs, None, None, "a variance needs two people on each side")
    both = (("simulated", ours), ("human", theirs))
    if flat := [name for name, variance in both if variance < NO_VARIANCE]:
        problem = f"all {' and '.join(flat)} values are the same"
        return VarianceRatio(ours, theirs, None, None, problem)
    ratio = theirs / ours
    if problem := _too_few(sides):
        return VarianceRatio(ours, theirs, ratio, None, problem)
    ends = []
    for side in sides:
        logarithm = partial(_log_variance, count=len(side))
        ends += studentized_intervals(side, logarithm, rng, draws=draws, confidence=confidence)
    if None in ends:
        problem = "almost everybody of a side gave the same value"
        return VarianceRatio(ours, theirs, ratio, None, problem)
    (low_b, high_b), (low_a, high_a) = (end for end in ends if end is not None)
    a, b = math.log(theirs), math.log(ours)
    below, above = math.hypot(a - low_a, high_b - b), math.hypot(high_a - a, b - low_b)
    interval = ratio * math.exp(-below), ratio * math.exp(above)
    return VarianceRatio(ours, theirs, ratio, interval, None)


def _too_few(sides: list[Floats]) -> str:
    """Return why a side has too few people for an interval; nothing where both have enough."""
    for name, side in zip(("simulation", "humans"), sides, strict=True):
        weights = side[:, 0]
        if (people := effective_size(weights)) < FEWEST_PEOPLE:
            return f"{name}: {people:.0f} effective people; an interval needs {FEWEST_PEOPLE}"
        if weights.max() / weights.sum() > LARGEST_SHARE:
            return f"{name}: one person has more than {LARGEST_SHARE:.0%} of the weight"
    return ""
