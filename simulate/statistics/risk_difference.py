"""The share above zero against the reference's, and the SimBench score."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulate.statistics.confidence import Interval
from simulate.statistics.distances import tv
from simulate.statistics.intervals import FEWEST_PERSONAS
from simulate.statistics.proportions import newcombe
from simulate.statistics.resampling import Known, Masses, Side
from simulate.statistics.support import Support

NO_VARIANCE = 1e-20


@dataclass(frozen=True)
class Share:
    """Share above zero (or of yes), and its difference from the humans'."""

    value: float
    difference: float
    interval: Interval | None
    """Newcombe interval of the difference."""


def share_above_zero(
    ours: Side | Known,
    theirs: Side | Known,
    resampled: tuple[Masses, Masses],
    support: Support,
    confidence: float,
) -> Share:
    """Return the share above zero (of yes), and how it differs from the humans'.

    Personas with several dialogues make the sample worth less than its size: Newcombe's formula
    gets the effective size p(1 − p)/variance of the resampled share (Rao and Scott 1992), at
    most the number of values, or the number of effective personas where nothing varies. There
    is no interval with fewer than 30 of these on a side that is estimated.

    Args:
        ours: the sample.
        theirs: the reference.
        resampled: (draws, K) masses of resamples of both.
        support: of the resamples.
        confidence: of the interval, in (0, 1).
    """
    above = support.points > 0
    shares, sizes = [], []
    for side, drawn in zip((ours, theirs), resampled, strict=True):
        share = float(side.mass[side.support.points > 0].sum())
        variance = float(np.var(drawn[:, above].sum(axis=1)))
        # A share of 0 or 1 varies by rounding errors only, and their quotient is noise.
        size = share * (1 - share) / variance if variance > NO_VARIANCE else side.effective
        shares.append(share)
        sizes.append(size if isinstance(side, Known) else min(float(size), float(len(side.index))))
    if min(ours.effective, theirs.effective) < FEWEST_PERSONAS:
        return Share(shares[0], shares[0] - shares[1], None)
    interval = newcombe(shares[0], sizes[0], shares[1], sizes[1], confidence)
    return Share(shares[0], shares[0] - shares[1], interval)


def simbench(p: NDArray[np.float64], q: NDArray[np.float64], support: Support) -> float | None:
    """Return the SimBench score 100 · (1 − TV(p, q) / TV(uniform, q)), at most 100.

    0 is as far from the humans as a uniform answer, 100 is equal. Over the levels, or over the
    bins of the declared histogram. `None` where the humans are uniform, as nothing divides it.
    Source: Hu et al. 2025, SimBench, arXiv 2510.17516.
    """
    even = np.full(support.bin_count, 1 / support.bin_count)
    apart = float(np.abs(support.binned(q) - even).sum() / 2)
    return 100 * (1 - float(tv(p, q, support)) / apart) if apart > 0 else None
