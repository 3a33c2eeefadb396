"""The variance of human values over that of simulated ones: are the simulated people too alike?

With w, m and s the weight, mean and second moment of what each person gave or may give, the
variance of *one value of each person* is estimated without bias over pairs of different people,

    σ² = Σ_{i≠j} w_i w_j ½E(y_i − y_j)² / Σ_{i≠j} w_i w_j,

which with one value a person is the sample variance with n − 1 (Hoeffding 1948). A stated
distribution counts with its own spread, so that stating and drawing have the same expectation.

The interval of the logarithm of the ratio is that of the studentized bootstrap over the people of
both sides.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

import numpy as np

from simulate.statistics.clusters import effective_size
from simulate.statistics.confidence import CONFIDENCE, Interval
from simulate.statistics.intervals import FEWEST_PERSONAS, LARGEST_SHARE
from simulate.statistics.rows import Floats, Rows
from simulate.statistics.studentized import DRAWS, Means, studentized_intervals

NO_VARIANCE = 1e-12
ALIKE = 1e-9
FEATURES = 6
SIDES = ("simulation", "humans")
WIDEST = math.log(1000)
"""An interval whose ends are farther apart than by this factor says nothing."""


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


def _log_ratio(means: Means, counts: tuple[int, int]) -> Means:
    """Return (…, 1) log(σ²_human / σ²_simulated) from the (…, 12) means of both sides."""
    ours, theirs = (
        _variance(means[..., at : at + FEATURES], count)
        for at, count in zip((0, FEATURES), counts, strict=True)
    )
    found: Means = (np.log(theirs) - np.log(ours))[..., None]
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
    rows = simulated, human
    if problem := _few_values(rows, weights) or _no_interval(sides):
        return VarianceRatio(ours, theirs, ratio, None, problem)
    function = partial(_log_ratio, counts=(len(sides[0]), len(sides[1])))
    (ends,) = studentized_intervals(sides, function, rng, draws=draws, confidence=confidence)
    low, high = ends or (-math.inf, math.inf)
    if high - low > WIDEST:
        problem = "almost everybody of a side gave the same value"
        return VarianceRatio(ours, theirs, ratio, None, problem)
    return VarianceRatio(ours, theirs, ratio, (math.exp(low), math.exp(high)), None)


def _few_values(rows: tuple[Rows, Rows], weights: tuple[Floats, Floats]) -> str:
    """Say which side has two values only: near equal shares no resample tells how sure σ² is."""
    for name, side, own in zip(SIDES, rows, weights, strict=True):
        if len(np.unique(side.values[side.shares * own[side.row] > 0])) <= 2:
            return f"{name}: two different values, whose variance follows from their shares"
    return ""


def _no_interval(sides: list[Floats]) -> str:
    """Return why a side has no interval; nothing where both can have one."""
    for name, side in zip(SIDES, sides, strict=True):
        weights = side[:, 0]
        if effective_size(weights) < FEWEST_PERSONAS:
            return f"{name}: fewer than {FEWEST_PERSONAS} effective people"
        if weights.max() / weights.sum() > LARGEST_SHARE:
            return f"{name}: one person has more than {LARGEST_SHARE:.0%} of the weight"
        moments = side[:, 2:4] / weights[:, None]
        if np.all(np.ptp(moments, axis=0) < ALIKE * moments[:, 1].mean() ** np.array([0.5, 1])):
            return f"{name}: everybody states the same distribution"
    return ""
