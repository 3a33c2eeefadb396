"""Importance weights: means and rates under other probabilities than those rows were drawn with.

**Estimate.** A row drawn with chances q instead of the probabilities p that a mean is wanted for
has the weight W = Π p/q over its draws (importance sampling). The mean of its values y under p is

    μ = Σ W y / Σ W,

self-normalised, between the smallest and the largest value, with a bias of the order 1/n. Source:
Owen 2013, ch. 9.

**Variance.** That of the delete-one-cluster jackknife of this ratio (`clusters.variance_of_mean`).

**Interval of a mean.** μ ± t √V, with t of one degree of freedom less than Kish's effective number
of clusters, (Σ W_g)² / Σ W_g². Where few rows carry much weight, that number is too large in most
samples, as the heaviest rows are not in them. Where the distributions that were drawn from are
known, they say what it is on average: a row's squared weight is expected to be C = Π Σ_k p_k²/q_k
over its draws. Where the sample shows more than that, the interval is wider by the ratio.

**Interval of a rate.** Wilson's at an effective size: p(1 − p)/V, where V rests on at least
`TRUSTED_HITS` hits and as many misses, counted as (Σ (W y)²)³ / (Σ (W y)³)² over clusters: as many
equal ones have a sum as skew. Elsewhere V is too small too often, and the size is at most Kish's.
Which interval covers was found by simulation; see docs/stress-statistics.md. Sources: Kish 1965;
Johnson 1978; Dean and Pagano 2015.

**Refusal.** Where few rows carry the weight, the estimate and its own variance fail together:
the rows that would have carried most of it were not drawn. Then there is no number. k̂ does not
decide where the distributions say that the weights are nearly equal (`STEADY_SHARE`): weights of
.98 to 1.02 times an outcome that is heaped on 0, 1 and 2 have a tail of any shape. There it is that
of the outcome alone, which is refused where k̂ says that it has no mean. In 2,241 samples of 200
with a share of .95 to .98, k̂ of weight times outcome would have refused 57, whose intervals held
the truth as often as those of the others (95 and 94 of 100).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from simulate.statistics.clusters import effective_size, variance_of_mean
from simulate.statistics.confidence import CONFIDENCE, Interval, quantile, student_quantile
from simulate.statistics.pareto import NO_MEAN, largest_k, pareto_k
from simulate.statistics.proportions import wilson
from simulate.statistics.rows import Floats, Rows

SMALLEST_SIZE = 60.0
"""The effective size that is always enough for a rate, if it is `SMALLEST_SHARE` of the clusters.
"""
SMALLEST_SHARE = 0.1
"""The smallest effective size that is believed, as a share of the clusters."""
ENOUGH_SHARE = 0.5
"""The effective size, as a share of the clusters, that is believed however few they are."""
LARGEST_SHARE = 0.1
"""The largest share of the weight that one cluster may carry; of a rate, unless half of the size
is left."""
TRUSTED_HITS = 10.0
"""How many hits, and how many misses, the variance must rest on to be trusted alone."""
NEEDED_SIZE = 50.0
"""The smallest effective size from which a mean is estimated."""
STEADY_SHARE = 0.9
"""Weights that leave so large a share of the clusters, as the distributions imply too, have no tail
to be afraid of: what is heavy is the outcome's."""
REMEDY = "choose a rule nearer to the one that was drawn by, fewer turns, or more personas"
REMEDY_OF_PEOPLE = "choose people nearer to the run's, broader groups, or more personas"
"""Where personas weigh differently before anything was drawn."""


@dataclass(frozen=True, slots=True)
class WeightedRate:
    """A rate under the probabilities that rows are weighed to.

    Attributes:
        value: in [0, 1]; None where refused.
        interval: None where refused.
        n: rows that it is from.
        effective_n: Kish's effective size of the weights, over clusters; None where n = 0.
        largest: the share of the weight that the heaviest cluster carries; None where n = 0.
        refused: why there is no number; None where there is one.
    """

    value: float | None
    interval: Interval | None
    n: int
    effective_n: float | None
    largest: float | None
    refused: str | None


@dataclass(frozen=True, slots=True)
class WeightQuality:
    """How well rows carry what they are weighed to.

    Attributes:
        n: rows.
        clusters: independent ones, S.
        effective_n: Kish's effective number of clusters; None where there are no weights.
        implied_n: what it is on average, by the distributions that were drawn from; None where
            they are not known.
        khat: Pareto k̂ of the weights, or of weight times value where that is larger; None where
            neither has a tail to fit.
        largest: the share of the weight that the heaviest cluster carries; None without any.
        refused: why no number can be had; None where one can.
    """

    n: int
    clusters: int
    effective_n: float | None
    implied_n: float | None
    khat: float | None
    largest: float | None
    refused: str | None

    @property
    def size(self) -> float:
        """The smaller one of the effective numbers."""
        found = [size for size in (self.effective_n, self.implied_n) if size is not None]
        return min(found, default=0.0)

    @property
    def widening(self) -> float:
        """By what factor intervals are wider, as the sample has too few heavy rows; at least 1."""
        return (self.effective_n or 0.0) / self.size if self.size > 0 else 1.0


@dataclass(frozen=True, slots=True)
class WeightedMean:
    """A mean under the probabilities that rows are weighed to.

    Attributes:
        value: None where refused.
        interval: None where refused, and where nothing varies.
        weights: how well the rows carry it.
    """

    value: float | None
    interval: Interval | None
    weights: WeightQuality

    @property
    def refused(self) -> str | None:
        """Why there is no number; None where there is one."""
        return self.weights.refused


def weight_quality(
    rows: Rows,
    values: Floats | None = None,
    squares: Floats | None = None,
    expected: Floats | None = None,
) -> WeightQuality:
    """Return how well rows carry what they are weighed to; see the module and `pareto`.

    Args:
        rows: with their log weights.
        values: (n, L) what means are wanted of; the means of the rows for `None`.
        squares: (n,) `C` of the module, of each row; None where it is not known.
        expected: (n,) the weight that each row was expected to have before anything was drawn, such
            as that of its person; all 1 for `None`.
    """
    if not rows.n:
        return WeightQuality(0, 0, 0.0, None, None, None, "no dialogue has a value")
    clusters, weights = rows.cluster_count, rows.cluster_weights
    if not weights.sum() > 0:
        reason = f"none of {rows.n:,} dialogues could have come about in this way"
        return WeightQuality(rows.n, clusters, 0.0, None, None, None, reason)
    size, largest = effective_size(weights), float(weights.max() / weights.sum())
    implied = None if squares is None else _implied_size(rows, squares, expected)
    found = rows.means[:, None] if values is None else values
    tails = {"the weights": _largest_khat(rows), "weight times outcome": _largest_khat(rows, found)}
    khat = max((k for k in tails.values() if k is not None), default=None)
    most = largest_k(clusters)
    if implied is not None and min(size, implied) >= STEADY_SHARE * clusters:
        even = replace(rows, log_weights=np.zeros(rows.n))
        tails, most = {"the outcome": _largest_khat(even, found)}, NO_MEAN
    heavy = {name: k for name, k in tails.items() if k is not None and k > most}
    least, which = min((size, ""), (math.inf if implied is None else implied, " on average"))
    remedy = REMEDY if expected is None or np.ptp(expected) == 0 else REMEDY_OF_PEOPLE
    refused = None
    if clusters < NEEDED_SIZE:
        refused = (
            f"there are {clusters:,} personas, and {NEEDED_SIZE:.0f} are needed: take more people "
            "(more dialogues of the same ones do not help)"
        )
    elif least < NEEDED_SIZE:
        refused = (
            f"{clusters:,} personas are worth only {least:.1f}{which} with these weights, and "
            f"{NEEDED_SIZE:.0f} are needed: {remedy}"
        )
    elif heavy:
        what, k = next(iter(heavy.items()))
        refused = (
            f"the tail of {what} is too heavy: Pareto k̂ is {k:.2f}, and at most "
            f"{most:.2f} is trusted with {clusters:,} personas: "
            f"{'take more people' if what == 'the outcome' else remedy}"
        )
    elif largest > LARGEST_SHARE:
        refused = (
            f"one persona of {clusters:,} carries {largest:.0%} of the weight, more than "
            f"{LARGEST_SHARE:.0%}: {remedy}"
        )
    return WeightQuality(rows.n, clusters, size, implied, khat, largest, refused)


def weighted_mean(
    rows: Rows,
    confidence: float = CONFIDENCE,
    *,
    share: bool = False,
    squares: Floats | None = None,
    quality: WeightQuality | None = None,
    variance: float | None = None,
) -> WeightedMean:
    """Return the weighted mean of rows, or why there is none; see the module.

    Args:
        rows: with their log weights, none NaN.
        confidence: of the interval, in (0, 1).
        share: whether values lie in [0, 1], and the mean is a rate.
        squares: see `weight_quality`.
        quality: what that returned, where it was asked before.
        variance: of the mean, where the weights were estimated; else that of the jackknife.
    """
    quality = weight_quality(rows, None, squares) if quality is None else quality
    if quality.refused:
        return WeightedMean(None, None, quality)
    weights, values = rows.weights, rows.means
    mean = float(np.average(values, weights=weights))
    if variance is None:
        several = rows.cluster_count > 1
        variance = variance_of_mean(values, rows.clusters, weights) if several else 0.0
    variance *= quality.widening**2
    if share:
        mean = min(1.0, max(0.0, mean))  # rounding must not make a share of 1 + 2e-16
        size = _trusted_size(rows, mean, variance, quality.size, confidence)
        return WeightedMean(mean, wilson(mean, size, confidence), quality)
    half = student_quantile(confidence, quality.size - 1) * math.sqrt(variance)
    varies = half > 1e-12 * max(1.0, abs(mean))
    return WeightedMean(mean, (mean - half, mean + half) if varies else None, quality)


def weighted_rate(rows: Rows, confidence: float = CONFIDENCE) -> WeightedRate:
    """Return the weighted rate of rows, or why there is none; see the module.

    Args:
        rows: whose values are 1 (a hit) or 0, or shares between.
        confidence: of the interval, in (0, 1).
    """
    n, log = rows.n, rows.log_weights
    if not n:
        return WeightedRate(None, None, 0, None, None, "no dialogue is decided")
    if np.isnan(log).any():
        count = int(np.isnan(log).sum())
        return WeightedRate(
            None, None, n, None, None, f"{count:,} of {n:,} dialogues were drawn by a rule that "
            "never takes some of the candidates, so no weight leads back"
        )  # fmt: skip
    if log.max() == -math.inf:
        return WeightedRate(
            None, None, n, 0.0, None, "each dialogue has a draw of the stated probability 0"
        )
    weights, y = rows.weights, rows.means
    size = effective_size(rows.cluster_weights)
    largest = float(rows.cluster_weights.max() / weights.sum())
    refused = _refusal(n, rows.cluster_count, size, largest)
    if refused:
        return WeightedRate(None, None, n, size, largest, refused)
    rate = min(1.0, float(np.average(y, weights=weights)))
    variance = variance_of_mean(y, rows.clusters, weights) if rows.cluster_count > 1 else 0.0
    used = min(_trusted_size(rows, rate, variance, size, confidence), n)
    return WeightedRate(rate, wilson(rate, used, confidence), n, size, largest, None)


def _refusal(n: int, clusters: int, size: float, largest: float) -> str | None:
    if size >= ENOUGH_SHARE * clusters:
        return None
    most = min(ENOUGH_SHARE * clusters, max(SMALLEST_SIZE, SMALLEST_SHARE * clusters))
    if size < most:
        return (
            f"{n:,} dialogues of {clusters:,} personas are worth only {size:.1f} when weighed back "
            f"to the stated probabilities, and {most:.0f} are needed: draw less flat, take fewer "
            "turns, or more dialogues"
        )
    if largest > LARGEST_SHARE:
        return (
            f"one persona of {clusters:,} carries {largest:.0%} of the weight, more than "
            f"{LARGEST_SHARE:.0%}: draw less flat, take fewer turns, or more dialogues"
        )
    return None


def _trusted_size(
    rows: Rows, rate: float, variance: float, kish: float, confidence: float
) -> float:
    """Return the effective size by the variance of a rate; Kish's where that says too little."""
    clusters = rows.cluster_count
    if not (clusters > 1 and variance > 0 and 0 < rate < 1):
        return kish
    students = student_quantile(confidence, clusters - 1)
    informed = rate * (1 - rate) / variance * (quantile(confidence) / students) ** 2
    trusted = all(
        _equal_ones(rows, share) >= TRUSTED_HITS for share in (rows.means, 1 - rows.means)
    )
    return informed if trusted else min(informed, kish)


def _equal_ones(rows: Rows, share: Floats) -> float:
    """Return how many clusters of equal weight have a weighted share as skew as this one."""
    weights = np.bincount(rows.clusters, rows.weights * share).astype(np.float64)
    weights /= weights.max(initial=0.0)
    return float((weights**2).sum() ** 3 / (weights**3).sum() ** 2)


def _implied_size(rows: Rows, squares: Floats, expected: Floats | None) -> float:
    """Return Kish's effective number of clusters if weights had the squares that are expected.

    A cluster of rows, independent given who it is, has the squared weight (Σ E)² + Σ E² (C − 1).
    """
    each = np.ones(rows.n) if expected is None else expected
    sums = np.bincount(rows.clusters, weights=each)
    wanted = sums**2 + np.bincount(rows.clusters, weights=each**2 * (squares - 1))
    return float(each.sum() ** 2 / wanted.sum())


def _largest_khat(rows: Rows, values: Floats | None = None) -> float | None:
    """Return k̂ of clusters' weights, or the largest of weight times value on either side."""
    products = rows.weights[:, None] if values is None else rows.weights[:, None] * values
    sides = [*np.maximum(products, 0).T, *np.maximum(-products, 0).T]
    count = rows.cluster_count
    sums = (np.bincount(rows.clusters, weights=side, minlength=count) for side in sides)
    fitted = [k for each in sums if (k := pareto_k(each.astype(np.float64))) is not None]
    return max(fitted, default=None)
