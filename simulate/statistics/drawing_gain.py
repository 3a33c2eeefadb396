"""Does drawing n times from stated distributions come nearer to a truth than asking n times?

**Expected TV.** The TV of n draws from p to q, ½ Σ_k |X_k/n − q_k|, has an expectation in closed
form, since each count X_k is binomial:

    E(p, n) = ½ Σ_k E|Bin(n, p_k)/n − q_k|

n draws, each from a distribution that is stated anew, are n draws from the mean stated one, so
E(p̄, n) is what drawing gives. The TV of the n direct answers has by definition the expectation
that asking has. The **gain** is the second less the first.

**Interval.** Two things are samples. The *direct answers*: their TV around its expectation is
simulated with their own shares d, and with p̄, where both would be alike; the wider end of the two
is taken, as with d alone "worse" or "better" is said too often (in up to 23 % of trials at
equality, where all of few answers are the same). d has one answer more, spread as q is. The
*stated distributions*: the jackknife's standard error of E(p̄, n) over R of them, times Student's t
with R − 1 degrees of freedom. docs/methods.md has size and power.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulate.statistics.confidence import Interval
from simulate.statistics.distances import tv
from simulate.statistics.intervals import percentile_interval
from simulate.statistics.support import Support

DRAWS = 2000
Masses = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class DrawingGain:
    """What n draws give, and n direct answers.

    Attributes:
        drawn: expected TV of n draws from the stated distributions, in [0, 1].
        direct: TV of the n direct answers.
        value: direct − drawn.
        interval: 95 %; None with fewer than two stated distributions.
    """

    drawn: float
    direct: float
    value: float
    interval: Interval | None


def expected_tv(p: Masses, q: Masses, n: int) -> float:
    """Return the expected TV of n draws from p to q, in [0, 1]; see the module.

    Args:
        p: (K,) shares that are drawn from, sum to 1.
        q: (K,) shares they are held against.
        n: ≥ 1.
    """
    from scipy.stats import binom

    counts = np.arange(n + 1)[:, None]
    return float((binom.pmf(counts, n, p) * np.abs(counts / n - q)).sum() / 2)


def drawing_gain(
    stated: Masses, answers: Masses, q: Masses, rng: np.random.Generator
) -> DrawingGain:
    """Return the gain of drawing over asking, with its interval; see the module.

    Args:
        stated: (R, K) stated distributions, at least one.
        answers: (K,) how many direct answers were which; n in all, at least one.
        q: (K,) the true shares.
        rng: for the interval.
    """
    n, repeats = int(answers.sum()), len(stated)
    mean, given = stated.mean(axis=0), answers / n
    levels = Support.of_levels(len(q))
    drawn, direct = expected_tv(mean, q, n), float(tv(given, q, levels))
    if repeats < 2:
        return DrawingGain(drawn, direct, direct - drawn, None)
    left_out = np.maximum(stated.sum(axis=0) - stated, 0) / (repeats - 1)
    without = np.array([expected_tv(p, q, n) for p in left_out])
    error = float(np.sqrt((repeats - 1) * without.var()))
    noise = rng.standard_t(repeats - 1, size=DRAWS) * error
    ends = []
    for shares in ((n * given + q) / (n + 1), mean):
        again = tv(rng.multinomial(n, shares / shares.sum(), size=DRAWS) / n, q, levels)
        ends.append(percentile_interval(again - expected_tv(shares, q, n) - noise))
    low, high = min(low for low, _ in ends), max(high for _, high in ends)
    gain = direct - drawn
    return DrawingGain(drawn, direct, gain, (gain - high, gain - low))
