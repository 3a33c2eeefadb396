"""What forcing another reply at one turn does: surprise and leverage, from rollouts.

**Setting.** At a turn the history h has candidates k with the stated weights w_k, Σ w_k = 1, of
which c was drawn. From each candidate, n_k ≥ 2 rollouts go on to the end, with the outcomes y_kj.

**Estimates.** With the means ȳ_k and the variances v_k = s_k²/n_k of them,

    M = Σ w_k ȳ_k,   surprise = ȳ_c − M,   leverage = Σ w_k ȳ_k² − M² − Σ w_k (1 − w_k) v_k,

which are unbiased for M(h) = Σ w_k E[Y | h, k], for E[Y | h, c] − M(h) and for
Var_k E[Y | h, k] = Σ w_k (E[Y | h, k] − M(h))²: E[Σ w_k ȳ_k² − M²] is the leverage plus
Σ w_k (1 − w_k) Var(ȳ_k), the rollouts' own noise, which is subtracted. Where there is no leverage,
the estimate lies below 0 about half of the time. It is not cut off there: a mean over turns of what
is cut off would be too large.

**Allocation.** Rollouts are shared out by n_k ∝ a_k s̃_k / √cost, with a_k = w_k, and
max(w_c, 1 − w_c) for the drawn reply, which is Neyman's allocation for M and the surprise
(Neyman 1934; Cochran 1977, ch. 5). The s̃_k come from pilot rollouts, which take no part in any
estimate: else a candidate whose pilot happened to agree would get few rollouts and keep its error.

**Intervals.** Each variance is drawn to that over all candidates of its turn, which counts for four
degrees of freedom. Surprise: Student's t with the degrees of freedom of Welch and Satterthwaite.
Leverage is a quadratic form Q = ȳᵀ A ȳ, A = diag(w) − w wᵀ, with under normal means the variance
4 μᵀ A V A μ + 2 tr(A V A V), V = diag(v), to which that of what is subtracted is added. The first
part grows with the leverage itself. At the lower end ȳ stands for μ; at the upper end that part is
the one that belongs to the end, as in Wilson's interval of a share. So the interval is rather too
wide. Several turns: each interval has the level (1 − α)^(1/m) (Šidák 1967), exact for independent
rollouts. What all this covers was found by simulation on enumerated trees; see
docs/recorded-distributions/branch.md.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulate.errors import StatisticsError
from simulate.statistics.confidence import CONFIDENCE, Interval, student_quantile
from simulate.statistics.rows import Floats

FEWEST = 2
"""Rollouts of a candidate, in the pilot and afterwards."""
FEWEST_FOR_INTERVAL = 4
"""With fewer, all rollouts of a candidate agree too often where they need not."""
SHRUNK = 4.0
"""Degrees of freedom that the variance over all candidates of a turn counts for."""


@dataclass(frozen=True)
class TurnEffects:
    """What forcing each listed reply does at one turn.

    Attributes:
        mean: M(h).
        means: (K,) E[Y | h, k].
        surprise: E[Y | h, drawn] − M(h).
        surprise_interval: simultaneous over the turns; None where no rollout differs from another
            of its candidate, or a candidate has fewer than `FEWEST_FOR_INTERVAL`.
        leverage: Var_k E[Y | h, k], unbiased: it may lie below 0.
        leverage_interval: likewise.
        rollouts: (K,) how many the means are of.
    """

    mean: float
    means: tuple[float, ...]
    surprise: float
    surprise_interval: Interval | None
    leverage: float
    leverage_interval: Interval | None
    rollouts: tuple[int, ...]


@dataclass(frozen=True)
class Rollouts:
    """The outcomes behind each candidate of a turn.

    Attributes:
        weights: (K,) > 0, sum to 1.
        drawn: the candidate that was drawn.
        values: of each candidate, (n_k,) outcomes.
    """

    weights: Floats
    drawn: int
    values: Sequence[Floats]

    @property
    def means(self) -> Floats:
        """(K,) mean outcome of each candidate."""
        return np.array([each.mean() for each in self.values])

    @property
    def counts(self) -> NDArray[np.int64]:
        """(K,) rollouts of each candidate."""
        return np.array([len(each) for each in self.values])

    @property
    def noise(self) -> Floats:
        """(K,) variance of each mean, s²/n."""
        return np.array([_variance(each) / len(each) for each in self.values])

    @property
    def steady_noise(self) -> Floats:
        """(K,) the same from variances that are drawn to that of all candidates."""
        freedom = self.counts - 1
        variances = self.noise * self.counts
        pooled = float((freedom * variances).sum() / freedom.sum())
        drawn = (freedom * variances + SHRUNK * pooled) / (freedom + SHRUNK)
        return np.asarray(drawn / self.counts, dtype=np.float64)


def _variance(values: Floats) -> float:
    """Return s², which is exactly 0 where all are alike."""
    return float(values.var(ddof=1)) if np.ptp(values) else 0.0


def turn_effects(turns: Sequence[Rollouts], confidence: float = CONFIDENCE) -> list[TurnEffects]:
    """Estimate surprise and leverage of turns, with intervals that hold for all of them at once.

    Args:
        turns: with at least two rollouts of each candidate.
        confidence: of all intervals together, in (0, 1), for surprise and for leverage each.

    Raises:
        StatisticsError: a candidate has fewer than two rollouts.
    """
    level = confidence ** (1 / max(len(turns), 1))
    return [_effects(turn, level) for turn in turns]


def _effects(turn: Rollouts, level: float) -> TurnEffects:
    counts, w = turn.counts, turn.weights
    if counts.min() < FEWEST:
        raise StatisticsError(f"a candidate has {counts.min()} rollouts; it needs {FEWEST}")
    means, noise = turn.means, turn.noise
    mean = float(w @ means)
    shares = -w.copy()
    shares[turn.drawn] += 1
    surprise = float(shares @ means)
    leverage = float(w @ means**2 - mean**2 - (w * (1 - w)) @ noise)
    return TurnEffects(
        mean,
        tuple(means.tolist()),
        surprise,
        _interval(surprise, shares**2 * turn.steady_noise, counts, level),
        leverage,
        _leverage_interval(leverage, turn, level),
        tuple(counts.tolist()),
    )


def _interval(
    value: float, parts: Floats, counts: NDArray[np.int64], level: float
) -> Interval | None:
    """Return Welch's interval of a sum of means, whose variances `parts` are independent."""
    variance = float(parts.sum())
    if variance <= 0 or counts.min() < FEWEST_FOR_INTERVAL:
        return None
    freedom = variance**2 / float((parts**2 / (counts - 1)).sum())
    reach = student_quantile(level, freedom) * math.sqrt(variance)
    return value - reach, value + reach


def _leverage_interval(value: float, turn: Rollouts, level: float) -> Interval | None:
    w, means, v = turn.weights, turn.means, turn.steady_noise
    if not v.sum() > 0 or turn.counts.min() < FEWEST_FOR_INTERVAL:
        return None
    gradient = 2 * w * (means - float(w @ means))
    a = np.diag(w) - np.outer(w, w)
    av = a * v
    linear = gradient**2 * v
    quadratic = 2 * float(np.trace(av @ av))
    subtracted = (w * (1 - w)) ** 2 * 2 * v**2 / (turn.counts - 1)
    freedom = float(v.sum()) ** 2 / float((v**2 / (turn.counts - 1)).sum())
    reach = student_quantile(level, freedom)
    spread = float(means @ a @ means)
    slope = float(linear.sum()) / spread if spread > 0 else 0.0
    rest = quadratic + float(subtracted.sum())
    low = value - reach * math.sqrt(float(linear.sum()) + rest)
    inside = slope * value + rest + (reach * slope) ** 2 / 4
    return low, value + reach**2 * slope / 2 + reach * math.sqrt(max(inside, 0.0))


def importance_of(weights: Floats, drawn: int) -> Floats:
    """Return (K,) how much the noise of each candidate matters; see the module."""
    found = weights.copy()
    found[drawn] = max(weights[drawn], 1 - weights[drawn])
    return found


def pilot_spread(pilot: Sequence[Floats]) -> Floats:
    """Return (K,) standard deviations of candidates, drawn together where the pilot is small."""
    freedom = np.array([len(each) - 1 for each in pilot], dtype=np.float64)
    sums = np.array([((each - each.mean()) ** 2).sum() for each in pilot])
    pooled = sums.sum() / max(freedom.sum(), 1.0)
    return np.asarray(np.sqrt((sums + SHRUNK * pooled) / (freedom + SHRUNK)), dtype=np.float64)


def allocate(
    scores: Floats, costs: Floats, budget: float, least: int = FEWEST
) -> NDArray[np.int64]:
    """Share a budget out among candidates.

    Args:
        scores: (m,) ≥ 0, importance times standard deviation; all alike where all are 0.
        costs: (m,) > 0, of one rollout.
        budget: at least `least` times the sum of the costs.
        least: how many rollouts each gets at least.

    Returns:
        (m,) rollouts, which cost no more than the budget.
    """
    wanted = scores / np.sqrt(costs) if scores.sum() > 0 else np.ones_like(scores)
    free = np.ones(len(scores), dtype=bool)
    target = np.full(len(scores), float(least))
    while free.any():
        left = budget - least * float(costs[~free].sum())
        spread = float((wanted * costs)[free].sum())
        target[free] = left * wanted[free] / spread if spread > 0 else least
        short = free & (target < least)
        if not short.any():
            break
        free &= ~short
        target[~free] = least
    found = np.floor(target + 1e-9).astype(np.int64)
    left = budget - float(found @ costs)
    for place in np.argsort(found - target, kind="stable"):
        if costs[place] <= left and wanted[place] > 0:
            found[place] += 1
            left -= float(costs[place])
    return found
