"""A share of dialogues with its interval, also where several dialogues are of one persona.

**Interval.** Wilson's score interval: with share p, size n and z the normal quantile,

    (p + z²/2n ± z √(p(1 − p)/n + z²/4n²)) / (1 + z²/n),

in [0, 1], and never of width 0. Source: Wilson 1927; Brown, Cai and DasGupta 2001.

**Clusters.** Dialogues of one persona are alike, so n of them are worth less than n, and the
interval is Wilson's at the effective size n/deff. The design effect deff = V n / (p(1 − p)), V the
variance of the share over personas (`clusters.variance_of_mean`), is raised by (t/z)², with t the
quantile of Student's t for the effective number of personas, as V is itself an estimate; and it is
averaged with Σ m² / n, its value where all m dialogues of a persona end alike, as if one persona
more had been seen of which that holds: (k deff + Σ m²/n) / (k + 1), with k personas that show the
rarer end. Without this the interval covers too rarely when few dialogues fail
(docs/stress-statistics.md); where none does, it is what is left. The design effect is at least 1
and at most Σ m² / n, or what the personas show without any correction, Σ_g e_g² / (n p(1 − p)),
where that is more: it is so where the share has to do with the number of dialogues.
Sources: Kish 1965; Korn and Graubard 1998; Dean and Pagano 2015.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulate.statistics.clusters import clusters_quantile, variance_of_mean
from simulate.statistics.confidence import CONFIDENCE, Interval, quantile
from simulate.statistics.rows import Rows


@dataclass(frozen=True, slots=True)
class Proportion:
    """How many of n dialogues.

    Attributes:
        hits: how many.
        n: of how many.
        clusters: of how many personas.
        value: hits / n; None where n = 0: a share of nothing is missing, not 0.
        interval: None where n = 0.
        effective_n: how many independent dialogues would be worth as much; None where n = 0.
    """

    hits: int
    n: int
    clusters: int
    value: float | None
    interval: Interval | None
    effective_n: float | None


def wilson(share: float, n: float, confidence: float = CONFIDENCE) -> Interval:
    """Return Wilson's score interval; see the module.

    Args:
        share: in [0, 1].
        n: > 0; an effective size may be fractional.
        confidence: in (0, 1).

    Raises:
        ValueError: n is not positive, or the share outside [0, 1].
    """
    if not n > 0:
        raise ValueError(f"n must be > 0, got {n!r}")
    if not 0 <= share <= 1:
        raise ValueError(f"a share must lie in [0, 1], got {share!r}")
    square = quantile(confidence) ** 2 / n
    middle = (share + square / 2) / (1 + square)
    half = math.sqrt(square * share * (1 - share) + square * square / 4) / (1 + square)
    # At 0 and 1 the end is the share itself; only rounding says otherwise.
    low = 0.0 if share == 0 else max(0.0, middle - half)
    high = 1.0 if share == 1 else min(1.0, middle + half)
    return low, high


def exact(hits: float, n: int, confidence: float = CONFIDENCE) -> Interval:
    """Return the interval of Clopper and Pearson (1934), which never covers too rarely.

    For few trials, where Wilson's does. With values in [0, 1] instead of hits, `hits` is their sum:
    of all such values hits and misses vary the most.

    Args:
        hits: in [0, n].
        n: ≥ 1.
        confidence: in (0, 1).
    """
    from scipy.special import betaincinv

    half = (1 - confidence) / 2
    low = 0.0 if hits <= 0 else float(betaincinv(hits, n - hits + 1, half))
    high = 1.0 if hits >= n else float(betaincinv(hits + 1, n - hits, 1 - half))
    return low, high


def newcombe(
    share: float, n: float, other: float, m: float, confidence: float = CONFIDENCE
) -> Interval:
    """Return Newcombe's hybrid score interval of `share − other`.

    From the Wilson limits l, u of each share:
    [d − √((a − l₁)² + (u₂ − b)²), d + √((u₁ − a)² + (b − l₂)²)], d = a − b. In [−1, 1].
    Source: Newcombe 1998, method 10.

    Args:
        share: in [0, 1].
        n: size it is from; > 0, an effective size may be fractional and is rounded; infinite for a
            share that is known.
        other: in [0, 1].
        m: size it is from.
        confidence: in (0, 1).
    """

    def limits(p: float, size: float) -> tuple[float, float, float]:
        if np.isinf(size):
            return p, p, p
        trials = max(1, round(size))
        hits = min(trials, round(p * trials))
        return hits / trials, *wilson(hits / trials, trials, confidence)

    a, low_a, high_a = limits(share, n)
    b, low_b, high_b = limits(other, m)
    difference = share - other
    below = float(np.hypot(a - low_a, high_b - b))
    above = float(np.hypot(high_a - a, b - low_b))
    return max(-1.0, difference - below), min(1.0, difference + above)


def fisher(one: Proportion, other: Proportion) -> float:
    """Return the two-sided p-value of Fisher's exact test that two independent shares are equal."""
    from scipy.stats import fisher_exact

    table = np.array([[one.hits, one.n - one.hits], [other.hits, other.n - other.hits]])
    return float(fisher_exact(table).pvalue)


def size_needed(most: float, share: float = 0.0, confidence: float = CONFIDENCE) -> int | None:
    """Return how many independent rows bring the upper end of Wilson's interval to `most`.

    Wilson's interval inverts the score test, so its upper end comes under P from a share p < P
    exactly with n ≥ z² P (1 − P) / (P − p)². With no hit that is n ≥ z² (1 − P) / P: about
    3.84/P at 95 %, a rule of three for the two-sided interval.

    Args:
        most: in [0, 1].
        share: that is seen, in [0, 1].
        confidence: of the interval, in (0, 1).

    Returns:
        None where no number does, as `share` ≥ `most`.
    """
    if most >= 1:
        return 1
    if share >= most:
        return None
    least = quantile(confidence) ** 2 * most * (1 - most) / (most - share) ** 2
    n = max(1, math.ceil(least))
    # Where `least` is a whole number, rounding may put the upper end just above.
    return n if wilson(share, n, confidence)[1] <= most else n + 1


def clustered_size(
    values: NDArray[np.float64], index: NDArray[np.int64], confidence: float = CONFIDENCE
) -> float:
    """Return how many independent rows are worth as much as these, in [1, n].

    Args:
        values: (n,) each in [0, 1]: 1 for a hit, 0 for none, or a share.
        index: (n,) the cluster of each, from 0.
        confidence: of the interval that it is for.
    """
    sizes = np.bincount(index)
    n, clusters = len(values), len(sizes)
    if clusters == n:
        return float(n)
    alike = float((sizes**2).sum()) / n
    share = float(values.mean())
    deviations = np.bincount(index, weights=values - share)
    plain = float((deviations**2).sum()) / n
    if clusters < 2 or plain <= 0 or not 0 < share < 1:
        return n / alike
    plain /= share * (1 - share)
    ratio = clusters_quantile(sizes, confidence) / quantile(confidence)
    seen = variance_of_mean(values, index) * n / (share * (1 - share)) * ratio**2
    rarer = min(
        np.count_nonzero(np.bincount(index, weights=values)),
        np.count_nonzero(np.bincount(index, weights=1 - values)),
    )
    most = max(alike, plain)
    return float(n / min(most, max(1.0, (rarer * seen + alike) / (rarer + 1))))


def proportion(rows: Rows, confidence: float = CONFIDENCE) -> Proportion:
    """Return a share of dialogues with its interval, as they were drawn; see the module.

    Args:
        rows: whose values are 1 (a hit) or 0; log weights do not count.
        confidence: in (0, 1).
    """
    n = rows.n
    if not n:
        return Proportion(0, 0, 0, None, None, None)
    share = float(rows.means.mean())
    size = clustered_size(rows.means, rows.clusters, confidence)
    interval = wilson(share, size, confidence)
    return Proportion(int(rows.means.sum()), n, rows.cluster_count, share, interval, size)
