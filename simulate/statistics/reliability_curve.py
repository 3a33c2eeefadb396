"""Reliability: does what was given a probability of p come true in a share p of cases?

**Curve.** The share that came true as a function of the stated probability, estimated as the
non-decreasing function that fits best (isotonic regression by pool-adjacent-violators; CORP,
Dimitriadis, Gneiting and Jordan 2021): there are no bins to choose.

**Decomposition** (Murphy 1973, with that function in the place of bins). With S the mean Brier
score, S_c that of the recalibrated probabilities and S_0 that of the overall share,

    S = MCB − DSC + UNC,   MCB = S − S_c,   DSC = S_0 − S_c,   UNC = S_0:

what miscalibration costs, what telling cases apart gains, and how uncertain they are. All are at
least 0. Of several levels each is the sum over the levels. MCB is above 0 also where the
probabilities are right, as the curve follows chance; what it is then is shown beside it.

**Calibration error.** The root of

    CE² = ½ Σ_k Σ_b (n_kb/n) (p̄_kb − ȳ_kb)²

over the levels k and bins b of equally many cases, without what chance adds: as in
`squared_distance`, each person's product with itself is left out. What is left of a bin are the
n_kb² − Σ_g n_kbg² pairs of cases of different persons g, of which the mean is taken. So CE² is
unbiased given the bins, also where these are small, and may be negative. Its interval is that of
the score, with the variance V + κ CE². It is a sum over levels, which does not become small for
there being many of a probability near 0, and half of it, as both levels of an event err alike.
Sources: Bröcker 2012; Kumar, Liang and Ma 2019.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from simulate.statistics.clusters import clusters_quantile
from simulate.statistics.confidence import CONFIDENCE, Interval
from simulate.statistics.proportions import Proportion, proportion
from simulate.statistics.rows import Floats, Indices, Rows
from simulate.statistics.skill import FEWEST_PERSONS, Mean
from simulate.statistics.squared_distance import SMALLEST, score_limits

BINS = 10
SIMULATED = 100
"""How often what happened is simulated to see what chance does."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Cases of similar stated probability.

    Attributes:
        stated: their mean stated probability.
        observed: the share that came true, with its interval by person.
    """

    stated: float
    observed: Proportion

    @property
    def bias(self) -> Mean:
        """The stated probability, taken as known, less the share that came true."""
        seen = self.observed
        ends = seen.interval and (self.stated - seen.interval[1], self.stated - seen.interval[0])
        return Mean(self.stated - (seen.value or 0.0), ends, seen.n, seen.clusters)


@dataclass(frozen=True, slots=True)
class Decomposition:
    """Murphy's decomposition of the Brier score: miscalibration − discrimination + uncertainty.

    Attributes:
        miscalibration: MCB ≥ 0.
        discrimination: DSC ≥ 0.
        uncertainty: UNC ≥ 0.
        miscalibration_by_chance: the mean MCB of what happens if the probabilities are right.
    """

    miscalibration: float
    discrimination: float
    uncertainty: float
    miscalibration_by_chance: float


@dataclass(frozen=True, slots=True)
class CalibrationError:
    """How far stated probabilities are from what comes true, in [0, 1].

    Attributes:
        value: the root of the unbiased CE², 0 where that is negative; at most 1.
        interval: of it, by person; None with fewer than 20 persons.
        squared: CE², which may be negative.
    """

    value: float
    interval: Interval | None
    squared: float


def isotonic(stated: Floats, happened: Floats) -> tuple[Floats, Floats]:
    """Return the non-decreasing function that fits best, as (m,) probabilities and its values.

    It is linear between them; of a stretch on one level they are the ends.

    Args:
        stated: (n,) probabilities, n ≥ 1.
        happened: (n,) 1 where it came true, else 0, or a share.
    """
    from scipy.optimize import isotonic_regression

    points, where, counts = np.unique(stated, return_inverse=True, return_counts=True)
    shares = np.bincount(where, weights=happened) / counts
    values = np.asarray(isotonic_regression(shares, weights=counts).x, dtype=np.float64)
    within = (values[1:-1] == values[:-2]) & (values[1:-1] == values[2:])
    kept = np.concatenate([[True], ~within, [True]])[: len(points)]
    return points[kept], values[kept]


def bins(stated: Floats, *, expected: bool = False) -> Indices:
    """Return (n,) the bin of each case, from 0, at most ten; equal probabilities are together.

    Args:
        stated: (n,) probabilities.
        expected: whether bins are to have equally many cases that are expected to come true, and
            not equally many cases: where most probabilities are near 0, these would be there too.
    """
    if not len(stated):
        return np.zeros(0, dtype=np.int64)
    ordered = np.sort(stated)
    before = np.cumsum(ordered if expected else np.ones(len(ordered)))
    parts = np.arange(1, BINS) / BINS * before[-1]
    edges = ordered[np.searchsorted(before, parts, side="right").clip(max=len(ordered) - 1)]
    found = np.searchsorted(edges, stated, side="right")
    return np.unique(found, return_inverse=True)[1].astype(np.int64)


def binned(
    stated: Floats, happened: Floats, clusters: Indices, confidence: float = CONFIDENCE
) -> tuple[Bin, ...]:
    """Return the cases in bins of ascending probability, equally many expected to come true.

    Args:
        stated: (n,) probabilities.
        happened: (n,) 1 where it came true, else 0.
        clusters: (n,) the person of each.
        confidence: of intervals, in (0, 1).
    """
    of, found = bins(stated, expected=True), []
    for b in range(int(of.max(initial=-1)) + 1):
        here = of == b
        people = np.unique(clusters[here], return_inverse=True)[1]
        observed = proportion(Rows.of(happened[here], clusters=people), confidence)
        found.append(Bin(float(stated[here].mean()), observed))
    return tuple(found)


def decomposition(stated: Floats, happened: Indices, rng: np.random.Generator) -> Decomposition:
    """Return Murphy's decomposition of the Brier score; see the module.

    Args:
        stated: (n, K) each row sums to 1, n ≥ 1.
        happened: (n,) the level that came true.
        rng: of what is simulated.
    """
    n, levels = stated.shape
    came = np.eye(levels)[happened]
    whole = float(((stated - came) ** 2).sum(axis=1).mean())
    uncertainty = float(((came.mean(axis=0) - came) ** 2).sum(axis=1).mean())
    fitted = _recalibrated(stated, came)
    cumulative = np.cumsum(stated, axis=1)
    chance = []
    for u in rng.random((SIMULATED, n, 1)):
        drawn = np.minimum((u * cumulative[:, -1:] >= cumulative).sum(axis=1), levels - 1)
        other = np.eye(levels)[drawn]
        score = float(((stated - other) ** 2).sum(axis=1).mean())
        chance.append(score - _recalibrated(stated, other))
    return Decomposition(whole - fitted, uncertainty - fitted, uncertainty, float(np.mean(chance)))


def _recalibrated(stated: Floats, came: Floats) -> float:
    """Return the mean Brier score of the recalibrated probabilities, the sum over the levels."""
    total = 0.0
    for p, y in zip(stated.T, came.T, strict=True):
        points, values = isotonic(p, y)
        total += float(((np.interp(p, points, values) - y) ** 2).mean())
    return total


def calibration_error(
    stated: Floats, happened: Indices, clusters: Indices, confidence: float = CONFIDENCE
) -> CalibrationError:
    """Return the calibration error with its interval; see the module.

    Args:
        stated: (n, K) each row sums to 1.
        happened: (n,) the level that came true.
        clusters: (n,) the person of each; NaN is returned with fewer than two persons.
        confidence: in (0, 1).
    """
    people = np.unique(clusters, return_inverse=True)[1].astype(np.int64)
    persons, n = int(people.max(initial=-1)) + 1, len(stated)
    if persons < 2:
        return CalibrationError(math.nan, None, math.nan)
    gaps = stated - np.eye(stated.shape[1])[happened]
    by_level = []
    for p, errors in zip(stated.T, gaps.T, strict=True):
        of = bins(p)
        level, cases = np.zeros((2, persons, int(of.max()) + 1))
        np.add.at(level, (people, of), errors)
        np.add.at(cases, (people, of), 1)
        size = cases.sum(axis=0)
        apart = size**2 - (cases**2).sum(axis=0)
        # A bin of one person has no such pair, and says nothing.
        pairs = np.where(apart > 0, size / np.maximum(apart, 1), 0.0)
        by_level.append(level * np.sqrt(pairs / (2 * n)))
    sums = np.concatenate(by_level, axis=1)
    whole, own = sums.sum(axis=0), (sums**2).sum(axis=1)
    scale = persons / (persons - 1)
    squared = float(whole @ whole - own.sum())
    interval = None
    if persons >= FEWEST_PERSONS:
        centred = sums - sums.mean(axis=0)
        spread = scale * centred.T @ centred
        alike = float(((centred**2).sum(axis=1) ** 2).sum()) * scale**2
        variance = max(0.0, 2 * (float((spread**2).sum()) - alike))
        slope = 4 * float(whole @ spread @ whole) / max(float(whole @ whole), SMALLEST)
        t = clusters_quantile(np.bincount(people), confidence)
        below, above = score_limits(squared, variance, slope, t)
        low, high = max(0.0, squared - float(below)), max(0.0, squared + float(above))
        interval = (math.sqrt(low), min(1.0, math.sqrt(high)))
    return CalibrationError(math.sqrt(min(max(0.0, squared), 1.0)), interval, squared)


def sharpness(stated: Floats) -> Floats:
    """Return (n,) the entropy of each distribution in nats, from 0, sharp, to ln K, flat."""
    positive = np.where(stated > 0, stated, 1.0)
    return np.asarray(-(stated * np.log(positive)).sum(axis=1), dtype=np.float64)
