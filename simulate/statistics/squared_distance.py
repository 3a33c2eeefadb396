"""The signed squared distance D², and its unbiased estimate over personas.

For values on the line, or levels in order, with F and G the cumulative shares of codes that are
scaled to [0, 1],

    D² = ∫ (F − G)² dx,

the Cramér distance, half the squared energy distance (Székely 2002). For levels without an order
it is Σ (p − q)², the squared L2 distance of the shares. Both are squared Euclidean distances
between *features* φ of the two distributions, D² = |φ(p) − φ(q)|².

The mean of persona features estimates φ(p) with noise, which |φ(p̂) − φ(q̂)|² adds to D²: the more,
the fewer personas there are and the fewer values each of them states. The estimate here leaves out
each persona's product with itself (a U-statistic, Hoeffding 1948; Székely and Rizzo 2004),

    D̂² = (|Σ w φ|² − Σ w² |φ_g|²) / ((Σ w)² − Σ w²) + likewise for q − 2 φ(p̂)·φ(q̂),

so that its expectation is D² whether personas give one value or state a distribution. It can be
negative, and is about as often as not where the two sides are equal.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from simulate.statistics.resampling import Known, Masses, Side
from simulate.statistics.support import Support

SMALLEST = 1e-300
FEWEST_EFFECTIVE = 1.5
"""With fewer effective personas one of them has nearly all the weight, and says nothing of D²."""


def features(masses: Masses, support: Support) -> Masses:
    """Return (…, L) the features of (…, K) masses: D² is their squared Euclidean distance."""
    if support.scale == "nominal":
        return masses
    steps = np.diff(support.points) / support.span
    return np.asarray(np.cumsum(masses, axis=-1)[..., :-1] * np.sqrt(steps), dtype=np.float64)


def squared_distance(ours: Side | Known, theirs: Side | Known) -> float | None:
    """Return the unbiased estimate of D²; it may be negative.

    Returns:
        None where a side has one persona only, or one with nearly all the weight.
    """
    first, second = own_product(ours), own_product(theirs)
    if first is None or second is None:
        return None
    p, q = features(ours.mass, ours.support), features(theirs.mass, theirs.support)
    return float(first + second - 2 * p @ q)


PSEUDO_PERSONAS = 5
"""By how many personas of single values the variance between personas is drawn to theirs."""


def information(side: Side | Known) -> float:
    """Return how many single values the mean distribution of a side is worth.

    It is the effective number of personas, times the variance of a single value over that of a
    persona's mean, which few personas do not tell well: it is drawn towards 1.
    """
    if isinstance(side, Known) or side.simple:
        return side.effective
    whole = features(side.mass, side.support)
    square = float(whole @ whole)
    single = float(side.mass @ _singles(side.support)) - square
    between = _self_products(side, per_weight=True) / float(side.weights.sum()) - square
    if single <= SMALLEST:
        return side.effective
    size = side.effective
    ratio = min(1.0, max(between / single, 0.0))
    return size * (size + PSEUDO_PERSONAS) / (size * ratio + PSEUDO_PERSONAS)


def _singles(support: Support) -> Masses:
    """Return (K,) |φ|² of each point."""
    return np.asarray((features(np.eye(support.size), support) ** 2).sum(axis=-1))


def noise_in_square(masses: Masses, noise: Masses, side: Side | Known) -> Masses:
    """Return (B,) by how much |φ|² of each resample is estimated to be too large.

    With one value per persona it follows from the masses, as it does in the data, which matters
    where a small side may happen to be constant. Else it is the mean over the resamples.

    Args:
        masses: (B, K) of resamples of a side.
        noise: (B, L) their features less their expectation.
        side: the side that was resampled.
    """
    if isinstance(side, Known):
        return np.zeros(len(masses))
    if not side.simple:
        return np.full(len(masses), (noise**2).sum(axis=-1).mean())
    single = _singles(side.support)
    whole = (features(masses, side.support) ** 2).sum(axis=-1)
    return np.asarray((masses @ single - whole) / max(side.cluster_count - 1, 1))


def growth(straight: Masses, apart: Masses) -> Masses:
    """Return (…) κ: by how much the variance of D̂² grows with D².

    Args:
        straight: (…, draws) 2 θ̂·noise in resamples, with θ̂ the difference of the features.
        apart: (…, L) θ̂.
    """
    squares = (apart**2).sum(axis=-1)
    return np.asarray(np.divide(np.var(straight, axis=-1), np.maximum(squares, SMALLEST)))


def score_limits(
    value: ArrayLike, variance: ArrayLike, slope: ArrayLike, t: float
) -> tuple[Masses, Masses]:
    """Return how far a lower and an upper limit of D² lie below and above its estimate.

    The variance of D̂² is V + κ D². As in Wilson's score interval (1927), it is taken at the limit
    and not at the estimate, whose error it shares: the limits x solve

        (x − D̂²)² = t² (V + κ max(x, 0)).

    Args:
        value: (…) D̂².
        variance: (…) V ≥ 0, its variance where D² = 0.
        slope: (…) κ ≥ 0, see `growth`.
        t: quantile, ≥ 0.
    """
    at = np.asarray(value, dtype=np.float64)
    fixed = t * np.sqrt(np.asarray(variance, dtype=np.float64))
    half = t**2 * np.asarray(slope, dtype=np.float64) / 2
    root = np.sqrt(np.maximum(half**2 + 2 * half * at, 0.0) + fixed**2)
    below = at + half - root
    below = np.where(below > 0, below, np.minimum(at - fixed, 0.0))
    return np.maximum(at - below, 0.0), np.maximum(half + root, fixed)


def own_product(side: Side | Known) -> float | None:
    """Return the unbiased estimate of |φ|²; None with fewer than 1.5 effective personas."""
    whole = features(side.mass, side.support)
    if isinstance(side, Known):
        return float(whole @ whole)
    weights = side.cluster_weights
    total, squares = float(weights.sum()), float((weights**2).sum())
    if total**2 < FEWEST_EFFECTIVE * squares:
        return None
    return (total**2 * float(whole @ whole) - _self_products(side)) / (total**2 - squares)


def _self_products(side: Side, *, per_weight: bool = False) -> float:
    """Return Σ w² |φ_g|² over the personas, or Σ w |φ_g|²."""
    size = side.support.size
    cells, where = np.unique(side.clusters * size + side.index, return_inverse=True)
    weights = np.bincount(where, weights=side.weights)
    owner = side.cluster_weights[cells // size]
    scale = np.divide(1.0, owner, out=np.zeros(len(owner)), where=owner > 0) if per_weight else 1.0
    if side.support.scale == "nominal":
        return float((scale * weights**2).sum())
    persona, points = cells // size, side.support.points[cells % size]
    cumulative = np.cumsum(weights)
    before = np.concatenate([[0.0], cumulative[:-1]])
    first = np.concatenate([[True], persona[1:] != persona[:-1]])
    within = cumulative - before[first][np.cumsum(first) - 1]
    last = np.concatenate([first[1:], [True]])
    following = np.where(last, side.support.points[-1], np.append(points[1:], 0.0))
    return float((scale * within**2 * (following - points)).sum() / side.support.span)
