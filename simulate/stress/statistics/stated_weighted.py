"""The rate that the stated probabilities imply, from dialogues that were drawn flatter than stated.

**Estimate.** A dialogue drawn from flattened chances c instead of the stated weights w has the
weight W = Π w/c over the draws (importance sampling). The rate under the stated weights is

    p = Σ W y / Σ W,   y = 1 where the dialogue fails,

self-normalised, in [0, 1], with a bias of the order 1/n. Source: Owen 2013, ch. 9.

**Only draws that matter.** Where a failure is certain after some of the user's turns, whatever
comes later, W is the product up to there. This changes no expectation: W is then the ratio of
the chances of the dialogue *as far as it was needed* (optional stopping of a martingale of mean 1),
and the weights of later turns, which are noise, are gone. A dialogue that does not fail needs all
its turns. Source: per-decision importance sampling, Precup, Sutton and Singh 2000.

**Interval.** Wilson's at an effective size. With V the variance of a ratio over G personas,

    V = G/(G − 1) · Σ_g (Σ_{i in g} W_i (y_i − p))² / (Σ W)²,

the size is p(1 − p)/V, at most the number of dialogues, where V rests on at least
`TRUSTED_FAILURES` failures, counted as (Σ W y)² / Σ (W y)² over personas. Elsewhere V is too small
too often, and the size is at most Kish's, (Σ W_g)² / Σ W_g². Which interval covers was found by
simulation; see docs/stress-statistics.md. Sources: Kish 1965; Dean and Pagano 2015.

**Refusal.** Where few dialogues carry the weight, the estimate and its own variance fail together:
the dialogues that would have carried most of it were not drawn. Then there is no number.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulate.statistics.confidence import CONFIDENCE, Interval, quantile
from simulate.statistics.proportions import cluster_index, wilson
from simulate.stress.records import Observed

__all__ = [
    "ENOUGH_SHARE",
    "LARGEST_SHARE",
    "SMALLEST_SHARE",
    "SMALLEST_SIZE",
    "TRUSTED_FAILURES",
    "Natural",
    "log_weight",
    "natural",
]

SMALLEST_SIZE = 60.0
"""The effective size that is always enough, if it is `SMALLEST_SHARE` of the personas."""
SMALLEST_SHARE = 0.1
"""The smallest effective size that is believed, as a share of the personas."""
ENOUGH_SHARE = 0.5
"""The effective size, as a share of the personas, that is believed however few they are."""
LARGEST_SHARE = 0.1
"""The largest share of the weight that one persona may carry, unless half of the size is left."""
TRUSTED_FAILURES = 10.0
"""How many failures the variance must rest on to be trusted alone."""


@dataclass(frozen=True, slots=True)
class Natural:
    """A rate under the stated probabilities.

    Attributes:
        value: in [0, 1]; None where refused.
        interval: None where refused.
        n: dialogues that it is from.
        effective_n: Kish's effective size of the weights, over personas; None where n = 0.
        largest: the share of the weight that the heaviest persona carries; None where n = 0.
        refused: why there is no number; None where there is one.
    """

    value: float | None
    interval: Interval | None
    n: int
    effective_n: float | None
    largest: float | None
    refused: str | None


def log_weight(dialogue: Observed, failed: Sequence[str] = ()) -> float:
    """Return the logarithm of the weight of a dialogue, as far as it was needed.

    Args:
        dialogue: what was observed.
        failed: failed checks that are looked at; the earliest failure decides. Without one, or
            where it is not known when they failed, all turns are needed.

    Returns:
        −∞ for a weight of 0, NaN where no weight leads back.
    """
    needed = [dialogue.failed_after[c] for c in failed if c in dialogue.failed_after]
    if not needed or not dialogue.log_weights:
        return dialogue.log_weight
    return float(sum(dialogue.log_weights[: min(needed)]))


def natural(
    fails: Sequence[bool] | NDArray[np.bool_],
    logs: Sequence[float] | NDArray[np.float64],
    personas: Sequence[str],
    confidence: float = CONFIDENCE,
) -> Natural:
    """Return the rate under the stated probabilities, or why there is none; see the module.

    Args:
        fails: (n,) whether each dialogue fails.
        logs: (n,) the logarithm of each weight, as `log_weight` gives it.
        personas: (n,) whose dialogue each is.
        confidence: in (0, 1).
    """
    y, log = np.asarray(fails, dtype=np.float64), np.asarray(logs, dtype=np.float64)
    n = len(y)
    if not n:
        return Natural(None, None, 0, None, None, "no dialogue is decided")
    if np.isnan(log).any():
        count = int(np.isnan(log).sum())
        return Natural(
            None, None, n, None, None, f"{count:,} of {n:,} dialogues were drawn by a rule that "
            "never takes some of the candidates, so no weight leads back"
        )  # fmt: skip
    top = float(log.max())
    if top == -math.inf:
        return Natural(
            None, None, n, 0.0, None, "each dialogue has a draw of the stated probability 0"
        )
    index = cluster_index(personas)
    weights = np.exp(log - top)
    total = float(weights.sum())
    sums = np.bincount(index, weights=weights)
    size = _counted(weights, index)
    largest = float(sums.max() / total)
    refused = _refusal(n, len(sums), size, largest)
    if refused:
        return Natural(None, None, n, size, largest, refused)
    # Rounding must not make a share of 1 + 2e-16.
    rate = min(1.0, float((weights * y).sum() / total))
    informed = _informed_size(weights, y, index, rate, confidence)
    used = size if informed is None else min(informed, float(n))
    if informed is None or _counted(weights * y, index) < TRUSTED_FAILURES:
        used = min(used, size)
    return Natural(rate, wilson(rate, used, confidence), n, size, largest, None)


def _counted(weights: NDArray[np.float64], index: NDArray[np.int64]) -> float:
    """Return (Σ w)² / Σ w² over personas: how many of them carry the weight; 0 without any."""
    sums = np.bincount(index, weights=weights)
    squares = float((sums**2).sum())
    return float(sums.sum()) ** 2 / squares if squares > 0 else 0.0


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


def _informed_size(
    weights: NDArray[np.float64],
    y: NDArray[np.float64],
    index: NDArray[np.int64],
    rate: float,
    confidence: float,
) -> float | None:
    """Return the effective size by the variance of the ratio; None where it says nothing."""
    sums = np.bincount(index, weights=weights * (y - rate))
    clusters, spread = len(sums), float((sums**2).sum())
    if clusters < 2 or spread <= 0 or not 0 < rate < 1:
        return None
    from scipy.special import stdtrit

    variance = clusters / (clusters - 1) * spread / float(weights.sum()) ** 2
    students = float(stdtrit(clusters - 1, (1 + confidence) / 2))
    return rate * (1 - rate) / variance * (quantile(confidence) / students) ** 2
