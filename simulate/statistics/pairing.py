"""Two rates over the same pairs: their difference, its interval, a test, and how many pairs tell.

**Test.** With d_g the hits of the first side less those of the second among the pairs of cluster g,
each d_g is as likely +|d_g| as −|d_g| if the sides are equal. The distribution of Σ d_g over these
signs is computed exactly. With one pair a cluster this is McNemar's exact test of the discordant
pairs. The p-value is the two-sided mid-p: the chance of a sum that is farther, plus half the chance
of one as far; the exact value is too large with few pairs (Fagerland, Lydersen and Laake 2013).

**Interval** of the difference of the rates: with b and c the pairs in which only the first and only
the second side has a hit, and n pairs worth n′ = n/deff independent ones (over clusters),

    d ± z √((p + q − (p − q)²) / (n′ + 2)),   p = (b n′/n + 1)/(n′ + 2), q likewise,

around d = p − q (Bonett and Price 2012). The bootstrap over clusters was tried: with few discordant
pairs it covers too rarely, and with none it is of width 0; see docs/stress-statistics.md.

**How many.** From the observed shares of discordant pairs, p and q, a test at level α with power
1 − β takes about (z_α √(p + q) + z_β √(p + q − (p − q)²))² / (p − q)² independent pairs (Connor
1987), times deff.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulate.statistics.clusters import variance_of_mean
from simulate.statistics.confidence import CONFIDENCE, Interval, quantile

POWER = 0.8


@dataclass(frozen=True, slots=True)
class PairedDifference:
    """Two rates over the same pairs.

    Attributes:
        n: pairs.
        clusters: of how many clusters.
        first_only: pairs in which only the first side has a hit.
        second_only: pairs in which only the second side has one.
        both: pairs in which both have one.
        difference: the first rate less the second, in [−1, 1]; None without a pair.
        interval: of it; None without a pair.
        p: two-sided mid-p; None without a pair.
        design_effect: by how much clusters widen the variance of the difference, ≥ 1.
    """

    n: int
    clusters: int
    first_only: int
    second_only: int
    both: int
    difference: float | None
    interval: Interval | None
    p: float | None
    design_effect: float


def paired_difference(
    first: NDArray[np.int64],
    second: NDArray[np.int64],
    clusters: NDArray[np.int64],
    confidence: float = CONFIDENCE,
) -> PairedDifference:
    """Compare two sides pair by pair; see the module.

    Args:
        first: (n,) 1 for a hit of the first side, else 0.
        second: (n,) of the second side.
        clusters: (n,) the cluster of each pair, from 0.
        confidence: of the interval, in (0, 1).
    """
    n, b, c = len(first), int((first > second).sum()), int((second > first).sum())
    both = int((first & second).sum())
    if not n:
        return PairedDifference(0, 0, 0, 0, 0, None, None, None, 1.0)
    differences = first - second
    sums = np.bincount(clusters, weights=differences).astype(np.int64)
    deff = _design_effect(differences, clusters)
    return PairedDifference(
        n,
        len(sums),
        b,
        c,
        both,
        float(differences.mean()),
        _interval(b, c, n, deff, confidence),
        sign_flip_p(sums),
        deff,
    )


def sign_flip_p(differences: Sequence[int] | NDArray[np.int64]) -> float:
    """Return the exact two-sided mid-p value of Σ d under random signs of each d, in (0, 1].

    P(|S| > |s|) + P(|S| = |s|)/2, with S = Σ ±|d|. With each d in {−1, 0, 1} it is the mid-p of
    McNemar's exact test. It is 1 where all d are 0.
    """
    sizes = np.abs(np.asarray(differences, dtype=np.int64))
    observed = abs(int(np.sum(differences)))
    total = int(sizes.sum())
    if not total:
        return 1.0
    from scipy.special import gammaln

    # Distribution of Σ |d| over the positive signs, from 0 to `total`, one size at a time.
    chances = np.ones(1)
    for size, count in sorted(Counter(sizes[sizes > 0].tolist()).items()):
        spread = np.zeros(size * count + 1)
        k = np.arange(count + 1)
        logs = gammaln(count + 1) - gammaln(k + 1) - gammaln(count - k + 1) - count * math.log(2)
        spread[::size] = np.exp(logs)
        chances = np.convolve(chances, spread)
    sums = np.abs(2 * np.arange(total + 1) - total)
    farther, as_far = chances[sums > observed].sum(), chances[sums == observed].sum()
    return float(min(1.0, farther + as_far / 2))


def pairs_needed(p: float, q: float, level: float, design_effect: float = 1.0) -> int:
    """Return about how many pairs tell p from q; see the module.

    Args:
        p: share of the pairs in which only the first side has a hit.
        q: share of those in which only the second has one; not p.
        level: of the two-sided test, in (0, 1).
        design_effect: ≥ 1.
    """
    from scipy.special import ndtri

    both, difference = p + q, p - q
    tested = quantile(1 - level) * math.sqrt(both)
    wanted = float(ndtri(POWER)) * math.sqrt(both - difference**2)
    return math.ceil(design_effect * ((tested + wanted) / difference) ** 2)


def _design_effect(differences: NDArray[np.int64], index: NDArray[np.int64]) -> float:
    """Return by how much clusters of several pairs widen the variance of the mean, ≥ 1."""
    n, sizes = len(differences), np.bincount(index)
    clusters = len(sizes)
    if clusters == n:
        return 1.0
    most = float((sizes**2).sum()) / n
    spread = float(differences.var()) * n
    if spread <= 0 or clusters < 2:
        return most
    sums = np.bincount(index, weights=differences - differences.mean())
    found = variance_of_mean(differences.astype(np.float64), index) * n**2 / spread
    return min(max(most, float((sums**2).sum()) / spread), max(1.0, found))


def _interval(b: int, c: int, n: int, deff: float, confidence: float) -> Interval:
    size = n / deff
    p, q = ((count / deff + 1) / (size + 2) for count in (b, c))
    half = quantile(confidence) * math.sqrt((p + q - (p - q) ** 2) / (size + 2))
    return max(-1.0, p - q - half), min(1.0, p - q + half)
