"""Contrasts of D² between cells that met the same personas under common random numbers.

With D²_c the squared distance of cell c from the reference and signs s_c that sum to 0, the
contrast Σ s_c D²_c is estimated without bias, see `squared_distance`: it does not matter whether
one cell draws single values and another states distributions. Which of two cells has the smaller
estimate says nothing by itself: near equality D̂² is skewed, the less so the more each persona
states.

**Interval.** Let δ and γ be the deviations of a cell's and the reference's features, and
θ = φ_c − φ_q. D̂² deviates from D² by |δ − γ|² less its expectation, which is there even at D² = 0,
and by 2 θ·(δ − γ), whose variance κ D² grows with D². Each cell's limits take the variance at the
limit (`score_limits`), and are combined with the correlations of the deviations (MOVER, Zou and
Donner 2008). Variances and correlations are those of a bootstrap of the personas, the same in all
cells, together with an independent resample of the people; t has n − 1 degrees of freedom, n the
effective personas. Personas weigh in each cell what they weigh in its row of the table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from simulate.statistics.clusters import effective_size
from simulate.statistics.confidence import Interval, student_quantile
from simulate.statistics.equality import widening
from simulate.statistics.intervals import enough
from simulate.statistics.one_thread import product
from simulate.statistics.resampling import Known, Masses, Side
from simulate.statistics.squared_distance import (
    features,
    growth,
    noise_in_square,
    own_product,
    score_limits,
)
from simulate.statistics.support import Support

BLOCK = 250
STEPS = 40
LARGEST_T = 40.0


@dataclass(frozen=True)
class Contrast:
    """A contrast of squared distances."""

    value: float
    interval: Interval | None
    """None with fewer than 30 effective personas or people, or one of more than a tenth."""
    p: float | None
    """Two-sided, of no difference; below α exactly where the interval leaves out 0."""
    n: int
    """Personas that all cells have."""

    def to_dict(self) -> dict[str, Any]:
        """Return the contrast for machines."""
        return {
            "value": self.value,
            "interval": list(self.interval) if self.interval else None,
            "p": self.p,
            "personas": self.n,
        }


def squared_contrast(
    cells: Masses,
    signs: Masses,
    reference: Side | Known,
    *,
    weights: Masses | None = None,
    sampled: Sequence[bool] | None = None,
    draws: int,
    confidence: float,
    rng: np.random.Generator,
) -> Contrast | None:
    """Return Σ s_c D²_c over cells; for two cells and signs (1, −1) the paired difference.

    Args:
        cells: (C, G, K) what each of G personas put on each point of the reference's support, in
            each cell; sums to 1 over the points.
        signs: (C,) sum to 0.
        reference: the humans, or a known distribution.
        weights: (C, G) ≥ 0 of each persona in each cell; each persona counts once for `None`.
        sampled: (C,) whether a cell is sampled, as a constant baseline is not; all for `None`.
        draws: bootstrap resamples.
        confidence: of the interval, in (0, 1).
        rng: the generator of this choice.

    Returns:
        None where a cell has fewer than two personas of positive weight.
    """
    from scipy.special import stdtr

    count = cells.shape[1]
    given = np.ones(cells.shape[:2]) if weights is None else weights
    if count < 2 or not (np.count_nonzero(given, axis=1) > 1).all():
        return None
    parts = given / given.sum(axis=1, keepdims=True)
    own = features(cells, reference.support)
    estimates, apart = _but_for_reference(own, parts, reference)
    # What differs by rounding alone is equal.
    value = round(float(signs @ estimates), 12) + 0.0
    known = isinstance(reference, Known) or enough(reference.cluster_weights)
    if not (known and all(enough(each) for each in parts)):
        return Contrast(value, None, None, count)
    size = float(1 / (parts**2).sum(axis=1).max())
    uncertain = [True] * len(cells) if sampled is None else sampled
    centred, drawn_from = _with_pseudo_personas(own, parts, reference.support, uncertain)
    curved, straight = _deviations(centred, drawn_from, apart, reference, draws, rng)
    at = estimates + (own_product(reference) or 0.0)
    slope = growth(straight, apart)
    variance = np.var(curved, axis=1)
    joint = _correlations(curved + straight)

    def ends(t: float) -> Interval:
        below, above = score_limits(at, variance, slope, t)
        down = signs * np.where(signs > 0, below, above)
        up = signs * np.where(signs > 0, above, below)
        reach = [max(float(way @ joint @ way), 0.0) ** 0.5 for way in (down, up)]
        return value - reach[0], value + reach[1]

    interval = ends(student_quantile(confidence, size - 1))
    low, high = 0.0, LARGEST_T
    for _ in range(STEPS):
        middle = (low + high) / 2
        first, last = ends(middle)
        low, high = (low, middle) if first <= 0 <= last else (middle, high)
    return Contrast(value, interval, float(2 * stdtr(size - 1, -low)), count)


def squared_distances(
    cells: Masses, reference: Side | Known, *, weights: Masses | None = None
) -> Masses | None:
    """Return (C,) the estimate of each cell's D², whose differences `squared_contrast` gives.

    The arguments are as there. None where a cell or the reference has one persona only.
    """
    given = np.ones(cells.shape[:2]) if weights is None else weights
    own = own_product(reference)
    if own is None or not (np.count_nonzero(given, axis=1) > 1).all():
        return None
    parts = given / given.sum(axis=1, keepdims=True)
    found, _ = _but_for_reference(features(cells, reference.support), parts, reference)
    return found + own


def _but_for_reference(
    own: Masses, parts: Masses, reference: Side | Known
) -> tuple[Masses, Masses]:
    """Return (C,) each cell's D̂² less the reference's |φ|², the same for all, and (C, L) φ − φ."""
    mean = (parts[:, None, :] @ own)[:, 0]
    human = features(reference.mass, reference.support)
    alone = (parts**2).sum(axis=1)
    self_products = (parts**2 * (own**2).sum(axis=2)).sum(axis=1)
    products = ((mean**2).sum(axis=1) - self_products) / (1 - alone)
    return products - 2 * mean @ human, mean - human


def _with_pseudo_personas(
    own: Masses, parts: Masses, support: Support, sampled: Sequence[bool]
) -> tuple[Masses, Masses]:
    """Return centred features (C, G', L) and parts (C, G') of personas and of pseudo-personas.

    Where nearly all personas of a cell answer alike, what others answer may not be in the sample,
    and a bootstrap does not see that. Each sampled cell gets two pseudo-personas of its own: at
    both ends of the support, or spread over levels without an order (as the adjusted Wald interval
    adds two successes and two failures, Agresti and Coull 1998). They widen intervals only.
    """
    points = np.eye(support.size)
    ends = features(points if support.scale == "nominal" else points[[0, -1]], support)
    size = len(ends)
    count = own.shape[1]
    features_of = np.zeros((len(own), count + size * len(own), own.shape[2]))
    weights = np.zeros(features_of.shape[:2])
    features_of[:, :count], weights[:, :count] = own, parts
    for cell in np.flatnonzero(sampled):
        added = slice(count + size * cell, count + size * (cell + 1))
        features_of[cell, added] = ends
        weights[cell, added] = 2 / size / effective_size(parts[cell])
    weights /= weights.sum(axis=1, keepdims=True)
    mean = weights[:, None, :] @ features_of
    return features_of - mean, weights


def _deviations(
    centred: Masses,
    parts: Masses,
    apart: Masses,
    reference: Side | Known,
    draws: int,
    rng: np.random.Generator,
) -> tuple[Masses, Masses]:
    """Return (C, draws) deviations of each D̂²: the part that is there at D² = 0, and the other."""
    cells, count, _ = centred.shape
    people = reference.resampled(draws, rng)
    gamma = features(people - reference.mass, reference.support)
    if not reference.simple:
        gamma = widening(reference.effective) * gamma
    spread = noise_in_square(people, gamma, reference)
    curved, straight = np.empty((cells, draws)), np.empty((cells, draws))
    for start in range(0, draws, BLOCK):
        used = slice(start, min(start + BLOCK, draws))
        size = used.stop - used.start
        drawn = rng.integers(count, size=(size, count)) + count * np.arange(size)[:, None]
        times = np.bincount(drawn.ravel(), minlength=size * count).reshape(size, count)
        for cell in range(cells):
            weights = times * parts[cell]
            wide = widening(effective_size(parts[cell])) / weights.sum(axis=1)
            squares = parts[cell] * (centred[cell] ** 2).sum(axis=1)
            sums = product(weights, np.column_stack([centred[cell], squares]))
            delta = wide[:, None] * sums[:, :-1] - gamma[used]
            own = wide**2 * sums[:, -1]
            curved[cell, used] = (delta**2).sum(axis=1) - own - spread[used]
            straight[cell, used] = 2 * delta @ apart[cell]
    return curved, straight


def _correlations(deviations: Masses) -> Masses:
    """Return (C, C) correlations of (C, draws) deviations; those of a constant are 0."""
    centred = deviations - deviations.mean(axis=1, keepdims=True)
    norms = np.sqrt((centred**2).sum(axis=1, keepdims=True))
    unit = np.divide(centred, norms, out=np.zeros_like(centred), where=norms > 0)
    return np.asarray(unit @ unit.T, dtype=np.float64)
