"""Two samples told apart by a classifier: the area under its ROC curve, of persons it has not seen.

A logistic regression with a ridge (`logistic.ridge_slopes`) learns to tell the samples apart from
four fifths of the persons of each and scores the observations of the others (K = 5 folds of whole
persons). The area under the curve is the share of pairs, one observation of each sample, that the
scores order rightly, ties counting half,

    A = Σ_pairs 1[score(second) > score(first)] / pairs,

over pairs of the same fold, since scores of two fits are not on one scale, and of the same stratum,
so that what differs between strata, such as the turn, tells nothing. ½: this classifier cannot tell
them apart. Another one may: A is a lower bound of what can be told.

**Interval.** With N_g of the D_g pairs of person g ordered rightly, each sample's persons add
G/(G − 1) Σ_g (N_g − A D_g)² / D² to the variance of A, as if the classifiers were given (Obuchowski
1997). They are not: where the samples are equal, the score of a fold is as much due to the others
as the others' are due to it, and to second order the variance of the mean over K folds is twice
that, for any K. So it is doubled, which is exact at equality, and errs on the safe side elsewhere.
One person is added to each sample of whose pairs half are ordered rightly, so that the interval has
a width where all are. The quantile is Student's with Welch and Satterthwaite's degrees of freedom.

Sources: Lopez-Paz and Oquab 2017 (ICLR), who train on one half and test on the other; Obuchowski
1997 (Biometrics 53).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simulate.statistics.clusters import effective_size
from simulate.statistics.confidence import CONFIDENCE, Interval, student_quantile
from simulate.statistics.logistic import ridge_slopes
from simulate.statistics.mean_contrasts import FEWEST_PERSONAS

if TYPE_CHECKING:
    from scipy.sparse import csr_array

FOLDS = 5
PENALTY = 10.0
CROSS_FITTED = 2.0
"""By how much the variance is larger than if the classifiers were given."""

Floats = NDArray[np.float64]
Index = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class ToldApart:
    """How well a classifier tells two samples apart.

    Attributes:
        area: under the curve, in [0, 1]; None with fewer than five persons in a sample, or without
            a pair.
        interval: None with fewer than 20 effective persons in a sample.
        persons: of the first and of the second sample.
        observations: of the first and of the second sample.
    """

    area: float | None
    interval: Interval | None
    persons: tuple[int, int]
    observations: tuple[int, int]


def told_apart(
    features: csr_array | Floats,
    second: Flags,
    persons: Index,
    strata: Index,
    rng: np.random.Generator,
    confidence: float = CONFIDENCE,
) -> ToldApart:
    """Train and test the classifier; see the module.

    Args:
        features: (n, p) of each observation.
        second: (n,) whether it is of the second sample.
        persons: (n,) whose it is, from 0; each person is of one sample.
        strata: (n,) only observations of the same stratum are compared.
        rng: deals the persons into folds.
        confidence: in (0, 1).
    """
    owners = [np.unique(persons[second == side]) for side in (False, True)]
    counts = (len(owners[0]), len(owners[1]))
    sizes = (int((~second).sum()), int(second.sum()))
    none = ToldApart(None, None, counts, sizes)
    if min(counts) < FOLDS:
        return none
    fold = np.empty(int(persons.max()) + 1, dtype=np.int64)
    for own in owners:
        fold[rng.permutation(own)] = np.arange(len(own)) % FOLDS
    held = fold[persons]
    scores = np.empty(len(second))
    for number in range(FOLDS):
        out = held == number
        slopes = ridge_slopes(features[~out], second[~out], PENALTY)
        scores[out] = features[out] @ slopes
    area, interval = area_under_curve(
        scores, second, persons, strata * FOLDS + held, confidence, CROSS_FITTED
    )
    return replace(none, area=area, interval=interval)


def area_under_curve(
    scores: Floats,
    second: Flags,
    persons: Index,
    strata: Index,
    confidence: float = CONFIDENCE,
    inflation: float = 1.0,
) -> tuple[float | None, Interval | None]:
    """Return the area over pairs of the same stratum, and its interval by persons; see the module.

    Args:
        scores: (n,) the higher, the likelier of the second sample.
        second: (n,) whether it is.
        persons: (n,) whose it is, from 0; each person is of one sample.
        strata: (n,) only observations of the same stratum make a pair.
        confidence: in (0, 1).
        inflation: what the variance is multiplied by.

    Returns:
        No area without a pair; no interval with fewer than 20 effective persons in a sample, or
        where all scores are the same.
    """
    right, pairs = np.zeros(len(scores)), np.zeros(len(scores))
    for stratum in np.unique(strata):
        here = strata == stratum
        first, other = np.flatnonzero(here & ~second), np.flatnonzero(here & second)
        right[first] = len(other) - _below(scores[first], scores[other])
        right[other] = _below(scores[other], scores[first])
        pairs[first], pairs[other] = len(other), len(first)
    total = float(pairs[second].sum())
    if not total:
        return None, None
    area = float(right[second].sum()) / total
    sides = [_of_persons(persons[side], right[side], pairs[side]) for side in (~second, second)]
    if min(effective_size(size) for _, size in sides) < FEWEST_PERSONAS:
        return area, None
    return area, _interval(area, total, sides, confidence, inflation)


def _below(scores: Floats, others: Floats) -> Floats:
    """Return how many of the others have a lower score than each, ties counting half."""
    ordered = np.sort(others)
    low, high = (np.searchsorted(ordered, scores, side) for side in ("left", "right"))
    return np.asarray((low + high) / 2, dtype=np.float64)


def _of_persons(persons: Index, right: Floats, pairs: Floats) -> tuple[Floats, Floats]:
    """Return (G,) pairs ordered rightly and (G,) pairs of each person that has a pair."""
    ordered = np.bincount(persons, weights=right).astype(np.float64)
    counted = np.bincount(persons, weights=pairs).astype(np.float64)
    return ordered[counted > 0], counted[counted > 0]


def _interval(
    area: float,
    total: float,
    sides: list[tuple[Floats, Floats]],
    confidence: float,
    inflation: float,
) -> Interval | None:
    added = [total / len(pairs) for _, pairs in sides]
    middle = (area * total + sum(added) / 2) / (total + sum(added))
    variances, freedoms = [], []
    for (right, pairs), more in zip(sides, added, strict=True):
        of_each = np.append(right, more / 2) - middle * np.append(pairs, more)
        size = len(of_each)
        squares = float(((of_each / (total + sum(added))) ** 2).sum())
        variances.append(inflation * size / (size - 1) * squares)
        freedoms.append(effective_size(pairs) - 1)
    variance = sum(variances)
    if not variance:
        return None
    parts = (v**2 / f for v, f in zip(variances, freedoms, strict=True))
    reach = student_quantile(confidence, variance**2 / sum(parts)) * math.sqrt(variance)
    return max(0.0, middle - reach), min(1.0, middle + reach)
