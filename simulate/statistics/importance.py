"""Importance weights: a rate under other probabilities than those that rows were drawn with.

**Estimate.** A row drawn with chances c instead of the probabilities w that a rate is wanted for
has the weight W = Π w/c over its draws (importance sampling). The rate under w is

    p = Σ W y / Σ W,   y = the value of the row, 1 or 0,

self-normalised, in [0, 1], with a bias of the order 1/n. Source: Owen 2013, ch. 9.

**Interval.** Wilson's at an effective size. With V the variance of a ratio over G clusters,

    V = G/(G − 1) · Σ_g (Σ_{i in g} W_i (y_i − p))² / (Σ W)²,

the size is p(1 − p)/V, at most the number of rows, where V rests on at least
`TRUSTED_HITS` hits, counted as (Σ W y)² / Σ (W y)² over clusters. Elsewhere V is too small
too often, and the size is at most Kish's, (Σ W_g)² / Σ W_g². Which interval covers was found by
simulation; see docs/stress-statistics.md. Sources: Kish 1965; Dean and Pagano 2015.

**Refusal.** Where few rows carry the weight, the estimate and its own variance fail together:
the rows that would have carried most of it were not drawn. Then there is no number.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from simulate.statistics.clusters import effective_size
from simulate.statistics.confidence import CONFIDENCE, Interval, quantile, student_quantile
from simulate.statistics.proportions import wilson
from simulate.statistics.rows import Rows

SMALLEST_SIZE = 60.0
"""The effective size that is always enough, if it is `SMALLEST_SHARE` of the clusters."""
SMALLEST_SHARE = 0.1
"""The smallest effective size that is believed, as a share of the clusters."""
ENOUGH_SHARE = 0.5
"""The effective size, as a share of the clusters, that is believed however few they are."""
LARGEST_SHARE = 0.1
"""The largest share of the weight that one cluster may carry, unless half of the size is left."""
TRUSTED_HITS = 10.0
"""How many hits the variance must rest on to be trusted alone."""


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
    total = float(weights.sum())
    size = effective_size(rows.cluster_weights)
    largest = float(rows.cluster_weights.max() / total)
    refused = _refusal(n, rows.cluster_count, size, largest)
    if refused:
        return WeightedRate(None, None, n, size, largest, refused)
    # Rounding must not make a share of 1 + 2e-16.
    rate = min(1.0, float((weights * y).sum() / total))
    informed = _informed_size(rows, rate, confidence)
    used = size if informed is None else min(informed, float(n))
    hits = np.bincount(rows.clusters, weights=weights * y).astype(np.float64)
    if informed is None or effective_size(hits) < TRUSTED_HITS:
        used = min(used, size)
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


def _informed_size(rows: Rows, rate: float, confidence: float) -> float | None:
    """Return the effective size by the variance of the ratio; None where it says nothing."""
    sums = np.bincount(rows.clusters, weights=rows.weights * (rows.means - rate))
    clusters, spread = len(sums), float((sums**2).sum())
    if clusters < 2 or spread <= 0 or not 0 < rate < 1:
        return None
    variance = clusters / (clusters - 1) * spread / float(rows.weights.sum()) ** 2
    students = student_quantile(confidence, clusters - 1)
    return rate * (1 - rate) / variance * (quantile(confidence) / students) ** 2
