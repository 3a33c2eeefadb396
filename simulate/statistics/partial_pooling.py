"""Partial pooling: estimates of several groups drawn towards each other as far as they differ.

Groups l = 1 … L have estimates y_l with standard errors s_l. With y_l ~ N(θ_l, s_l²),
θ_l ~ N(μ, τ²) and flat μ, given τ the mean of θ_l is (y_l/s_l² + μ̂/τ²) / (1/s_l² + 1/τ²), where μ̂
is the mean of the y_l weighed by 1/(s_l² + τ²): what is little known is drawn to the middle. τ is
not taken for known, which few groups would not allow: everything is averaged over its posterior,

    p(τ | y) ∝ p(τ) V_μ^½ Π (s_l² + τ²)^−½ exp(−(y_l − μ̂)² / 2(s_l² + τ²)),  1/V_μ = Σ 1/(s_l² + τ²)

with p(τ) = s₀/(s₀ + τ)², s₀² the harmonic mean of the s_l²: τ/(s₀ + τ), about how little is drawn
in, is as likely to be anywhere in (0, 1). Intervals are between quantiles of θ_l, a mixture of
normal variables; as s_l are estimates themselves, they are taken t/z times as large, t the quantile
of Student's t for their degrees of freedom.
Sources: Gelman and others 2013, §5.4 (5.17 to 5.21); DuMouchel 1994 (the prior).

**Do the groups differ?** Welch's test of L means with unequal variances, from y_l, s_l and the
degrees of freedom ν_l of each: with w = 1/s², F = Σ w (y − ȳ_w)² / (L − 1) / (1 + 2(L − 2) A),
A = Σ (1 − w/Σw)² / ν / (L² − 1), and L − 1 and 1/(3A) degrees of freedom. Source: Welch 1951.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from simulate.statistics.confidence import CONFIDENCE, Interval, quantile
from simulate.statistics.rows import Floats

STEPS = 400
"""Values of τ that are averaged over."""
HALVINGS = 50


@dataclass(frozen=True, slots=True)
class PooledGroups:
    """Estimates of several groups, drawn together.

    Attributes:
        deviation: the standard deviation of groups, τ: its posterior mean.
        middle: what a group is expected to have, μ.
        values: of each group, drawn to the middle.
        intervals: of each.
        p: of the test that all groups are equal.
    """

    deviation: float
    middle: float
    values: tuple[float, ...]
    intervals: tuple[Interval, ...]
    p: float


def pooled_groups(estimates: Floats, errors: Floats, degrees: Floats) -> PooledGroups:
    """Return the estimates drawn together, and whether they differ; see the module.

    Args:
        estimates: (L,) L ≥ 2.
        errors: (L,) standard errors > 0.
        degrees: (L,) of freedom > 0.
    """
    from scipy.special import stdtrit

    tail = (1 - CONFIDENCE) / 2
    variances = (errors * stdtrit(degrees, 1 - tail) / quantile(CONFIDENCE)) ** 2
    scale = math.sqrt(len(errors) / float((1 / variances).sum()))
    place = (np.arange(STEPS) + 0.5) / STEPS
    spread = (scale * place / (1 - place))[:, None] ** 2  # (STEPS, 1) τ²
    total = variances + spread
    of_middle = 1 / (1 / total).sum(axis=1)
    middle = (estimates / total).sum(axis=1) * of_middle
    gaps = ((estimates - middle[:, None]) ** 2 / total).sum(axis=1)
    logs = (np.log(of_middle) - np.log(total).sum(axis=1) - gaps) / 2
    likely = np.exp(logs - logs.max())
    likely /= likely.sum()
    drawn = variances / total  # the share of the middle in each mean
    means = (1 - drawn) * estimates + drawn * middle[:, None]
    deviations = np.sqrt((1 - drawn) * variances + drawn**2 * of_middle[:, None])
    intervals = np.stack([_quantiles(likely, means, deviations, each) for each in (tail, 1 - tail)])
    return PooledGroups(
        float(likely @ np.sqrt(spread[:, 0])),
        float(likely @ middle),
        tuple((likely @ means).tolist()),
        tuple(zip(*intervals.tolist(), strict=True)),
        differ_p(estimates, errors, degrees),
    )


def _quantiles(likely: Floats, means: Floats, deviations: Floats, wanted: float) -> Floats:
    """Return (L,) the quantile of each mixture of normal variables, by bisection."""
    from scipy.special import ndtr

    low = (means - 9 * deviations).min(axis=0)
    high = (means + 9 * deviations).max(axis=0)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        below = likely @ ndtr((middle - means) / deviations) < wanted
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.asarray((low + high) / 2, dtype=np.float64)


def differ_p(estimates: Floats, errors: Floats, degrees: Floats) -> float:
    """Return the p-value of Welch's test that L independent estimates are of one value.

    Args:
        estimates: (L,) L ≥ 2.
        errors: (L,) standard errors > 0.
        degrees: (L,) of freedom > 0.
    """
    from scipy.special import fdtrc

    groups = len(estimates)
    weights = 1 / errors**2
    total = float(weights.sum())
    middle = float(weights @ estimates) / total
    spread = float(weights @ (estimates - middle) ** 2) / (groups - 1)
    a = float(((1 - weights / total) ** 2 / degrees).sum()) / (groups**2 - 1)
    return float(fdtrc(groups - 1, 1 / (3 * a), spread / (1 + 2 * (groups - 2) * a)))
