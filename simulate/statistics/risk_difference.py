"""Shares: risk difference with Newcombe's interval, and the SimBench score."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulate.compare.result import Share
from simulate.reference import Variable
from simulate.statistics.distances import tv
from simulate.statistics.inference import Bootstrap
from simulate.statistics.resampling import Side
from simulate.statistics.support import Space

__all__ = ["newcombe", "share_above_zero", "simbench"]

NO_VARIANCE = 1e-20


def newcombe(
    share: float, n: float, other: float, m: float, confidence: float
) -> tuple[float, float]:
    """Return Newcombe's hybrid score interval of `share − other`.

    From the Wilson limits l, u of each share:
    [d − √((a − l₁)² + (u₂ − b)²), d + √((u₁ − a)² + (b − l₂)²)], d = a − b. In [−1, 1].
    Source: Newcombe 1998, method 10; Wilson limits by `scipy.stats.binomtest`.

    Args:
        share: in [0, 1].
        n: size it is from; > 0, an effective size may be fractional and is rounded.
        other: in [0, 1].
        m: size it is from.
        confidence: in (0, 1).
    """
    from scipy.stats import binomtest

    def wilson(p: float, size: float) -> tuple[float, float, float]:
        trials = max(1, round(size))
        hits = min(trials, round(p * trials))
        limits = binomtest(hits, trials).proportion_ci(confidence, method="wilson")
        return hits / trials, float(limits.low), float(limits.high)

    a, low_a, high_a = wilson(share, n)
    b, low_b, high_b = wilson(other, m)
    difference = share - other
    below = np.hypot(a - low_a, high_b - b)
    above = np.hypot(high_a - a, b - low_b)
    return float(max(-1.0, difference - below)), float(min(1.0, difference + above))


def share_above_zero(
    variable: Variable, ours: Side, theirs: Side, drawn: Bootstrap, confidence: float
) -> Share | None:
    """Return the share above zero (of yes), and how it differs from the humans'.

    Personas with several dialogues make the sample worth less than its size: Newcombe's formula
    gets the effective size p(1 − p)/variance of the resampled share (Rao and Scott 1992), at
    most the number of dialogues, or the number of personas where nothing varies.

    Returns:
        `None` for an ordinal or a choice, and where the support does not begin at zero.
    """
    if variable.kind in ("ordinal", "choice"):
        return None
    if variable.numeric and not (variable.support and variable.support[0] == 0):
        return None
    above = drawn.space.points > 0
    shares, sizes = [], []
    for side, resampled in ((ours, drawn.p_drawn), (theirs, drawn.q_drawn)):
        share = float(side.mass[side.space.points > 0].sum())
        variance = float(np.var(resampled[:, above].sum(axis=1)))
        # A share of 0 or 1 varies by rounding errors only, and their quotient is noise.
        size = share * (1 - share) / variance if variance > NO_VARIANCE else side.clusters
        shares.append(share)
        sizes.append(min(float(size), float(len(side.index))))
    interval = newcombe(shares[0], sizes[0], shares[1], sizes[1], confidence)
    return Share(shares[0], shares[0] - shares[1], interval)


def simbench(
    p: NDArray[np.float64], q: NDArray[np.float64], space: Space, variable: Variable
) -> float | None:
    """Return the SimBench score 100 · (1 − TV(p, q) / TV(uniform, q)), at most 100.

    0 is as far from the humans as a uniform answer, 100 is equal. Over the levels, or over the
    bins of the declared histogram. `None` where the humans are uniform, as nothing divides it.
    Source: Hu et al. 2025, SimBench, arXiv 2510.17516.
    """
    even = np.full(space.bin_count, 1 / space.bin_count)
    apart = float(np.abs(space.binned(q) - even).sum() / 2)
    return 100 * (1 - float(tv(p, q, space)) / apart) if apart > 0 else None
