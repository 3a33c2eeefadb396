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
cells, together with an independent resample of the people; t has n − 1 degrees of freedom.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from simulate.statistics.confidence import Interval
from simulate.statistics.equality import widening
from simulate.statistics.intervals import FEWEST_PERSONAS
from simulate.statistics.resampling import Known, Masses, Side
from simulate.statistics.squared_distance import (
    features,
    growth,
    noise_in_square,
    own_product,
    score_limits,
)

BLOCK = 250
STEPS = 40
LARGEST_T = 40.0


@dataclass(frozen=True)
class Contrast:
    """A contrast of squared distances."""

    value: float
    interval: Interval | None
    """None with fewer than 30 effective personas or people."""
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
    draws: int,
    confidence: float,
    rng: np.random.Generator,
) -> Contrast | None:
    """Return Σ s_c D²_c over cells; for two cells and signs (1, −1) the paired difference.

    Each persona counts once.

    Args:
        cells: (C, G, K) what each of G personas put on each point of the reference's support, in
            each cell; sums to 1 over the points.
        signs: (C,) sum to 0.
        reference: the humans, or a known distribution.
        draws: bootstrap resamples.
        confidence: of the interval, in (0, 1).
        rng: the generator of this choice.

    Returns:
        None with fewer than two personas.
    """
    from scipy.special import stdtr, stdtrit

    count = cells.shape[1]
    if count < 2:
        return None
    own = features(cells, reference.support)
    mean = own.mean(axis=1)
    apart = mean - features(reference.mass, reference.support)
    self_products = (own**2).sum(axis=(1, 2))
    # |φ(q)|² is the same for all cells and cancels out.
    products = (count**2 * (mean**2).sum(axis=1) - self_products) / (count * (count - 1))
    estimates = products - 2 * mean @ (mean[0] - apart[0])
    value = float(signs @ estimates)
    if min(count, reference.effective) < FEWEST_PERSONAS:
        return Contrast(value, None, None, count)
    curved, straight = _deviations(own - mean[:, None, :], apart, reference, draws, rng)
    at = estimates + (own_product(reference) or 0.0)
    slope = growth(straight, apart)
    variance = np.var(curved, axis=1)
    joint = _correlations(curved + straight)

    def ends(t: float) -> Interval:
        below, above = score_limits(at, variance, slope, t)
        down = signs * np.where(signs > 0, below, above)
        up = signs * np.where(signs > 0, above, below)
        return value - float(down @ joint @ down) ** 0.5, value + float(up @ joint @ up) ** 0.5

    interval = ends(float(stdtrit(count - 1, (1 + confidence) / 2)))
    low, high = 0.0, LARGEST_T
    for _ in range(STEPS):
        middle = (low + high) / 2
        first, last = ends(middle)
        low, high = (low, middle) if first <= 0 <= last else (middle, high)
    return Contrast(value, interval, float(2 * stdtr(count - 1, -low)), count)


def _deviations(
    centred: Masses,
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
        times = np.bincount(drawn.ravel(), minlength=size * count).reshape(size, count) / count
        for cell in range(cells):
            delta = widening(count) * (times @ centred[cell]) - gamma[used]
            own = widening(count) ** 2 * (times @ (centred[cell] ** 2).sum(axis=1)) / count
            curved[cell, used] = (delta**2).sum(axis=1) - own - spread[used]
            straight[cell, used] = 2 * delta @ apart[cell]
    return curved, straight


def _correlations(deviations: Masses) -> Masses:
    """Return (C, C) correlations of (C, draws) deviations; those of a constant are 0."""
    centred = deviations - deviations.mean(axis=1, keepdims=True)
    norms = np.sqrt((centred**2).sum(axis=1, keepdims=True))
    unit = np.divide(centred, norms, out=np.zeros_like(centred), where=norms > 0)
    return np.asarray(unit @ unit.T, dtype=np.float64)
