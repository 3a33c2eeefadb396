"""Spearman's rank correlation of values that a Gaussian copula makes, and the way back.

Two attributes are quantile functions of two standard normal scores that correlate by r. With ties,
ranks are mid-ranks: the grade of a value x is G(x) = P(X < x) + P(X = x) / 2, and Spearman's ρ is
Pearson's correlation of the grades. G is a step function of the score, with a jump d_j at each
threshold h_j; by Plackett (1954, Biometrika 41) ∂E[G₁G₂]/∂r = Σ_jl d_j d_l φ₂(h_j, h_l; r), the
bivariate normal density, so that the covariance of the grades is its integral from 0 to r. With
r = sin θ the integrand is smooth (Drezner and Wesolowsky 1990), and a few nodes of Gauss and
Legendre do. For two binaries ρ is the phi coefficient, and r the tetrachoric correlation; for
continuous attributes r = 2 sin(πρ/6) (Pearson 1907).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MOST_STEPS = 100
"""Steps by which a marginal is represented; more, or a continuous one, are put together into steps
of equal probability, which takes at most 2/MOST_STEPS² off a correlation."""
CLOSE = 1e-6
"""How near a correlation comes to the one that was asked for."""
LARGEST_SCORE_CORRELATION = 0.9999


@dataclass(frozen=True, eq=False)
class Steps:
    """A marginal as its grades are a function of the normal score; the same one is one object.

    Attributes:
        thresholds: (m,) scores at which the value becomes the next one, increasing.
        jumps: (m,) by how much the grade rises there.
        probabilities: (m + 1,) of the values.
        variance: of the grades, ties and all: (1 − Σp³) / 12.
    """

    thresholds: Floats
    jumps: Floats
    probabilities: Floats
    variance: float

    @classmethod
    def of(cls, probabilities: Floats | None) -> Steps:
        """Return the steps of a marginal.

        Args:
            probabilities: of its values in their order; None for a continuous one.
        """
        return _steps(None if probabilities is None else probabilities.tobytes())


@lru_cache(maxsize=1024)
def _steps(given: bytes | None) -> Steps:
    from scipy.special import ndtri

    probabilities = None if given is None else np.frombuffer(given)
    equal: Floats = np.full(MOST_STEPS, 1 / MOST_STEPS)
    p = equal if probabilities is None else probabilities
    p = p[p > 0]
    p = p / p.sum()
    variance = 1 / 12 if probabilities is None else float(1 - (p**3).sum()) / 12
    if len(p) > MOST_STEPS:
        # Each value goes to the bin that holds its middle; a frequent one has its own.
        bins = np.floor((np.cumsum(p) - p / 2) * MOST_STEPS).astype(np.int64)
        together = np.bincount(bins, weights=p).astype(np.float64)
        p = together[together > 0]
    thresholds = ndtri(np.minimum(np.cumsum(p)[:-1], 1 - 2.0**-53))
    return Steps(thresholds, (p[1:] + p[:-1]) / 2, p, variance)


@cache
def _nodes(count: int) -> tuple[Floats, Floats]:
    return np.polynomial.legendre.leggauss(count)


def _covariance(a: Steps, b: Steps, r: float) -> float:
    """Return the covariance of the grades where the scores correlate by r, −1 < r < 1."""
    angle = math.asin(r)
    nodes, weights = _nodes(8 if abs(r) < 0.5 else 24 if abs(r) < 0.9 else 96)
    total = 0.0
    for node, weight in zip(nodes, weights, strict=True):
        total += weight * _slope(a, b, math.sin(angle * (node + 1) / 2))
    return total * angle / 2


def _slope(a: Steps, b: Steps, r: float) -> float:
    """Return d cov / dθ at r = sin θ."""
    left, room = 1 - r * r, 2 * (1 - r * r)
    squares = a.thresholds[:, None] ** 2 + b.thresholds**2
    density = np.exp((2 * r * np.outer(a.thresholds, b.thresholds) - squares) / room)
    return float(a.jumps @ density @ b.jumps) / (2 * math.pi) if left > 0 else 0.0


def rank_correlation(a: Steps, b: Steps, r: float) -> float:
    """Return Spearman's ρ of two marginals whose scores correlate by r, −1 < r < 1."""
    scale = math.sqrt(a.variance * b.variance)
    return _covariance(a, b, r) / scale if scale > 0 else 0.0


@lru_cache(maxsize=8192)
def reach(a: Steps, b: Steps) -> tuple[float, float]:
    """Return the smallest and the largest ρ that two marginals can have, whatever their copula."""
    scale = math.sqrt(a.variance * b.variance)
    if scale == 0:
        return 0.0, 0.0
    return -_comonotone(a, b, turned=True) / scale, _comonotone(a, b, turned=False) / scale


def _comonotone(a: Steps, b: Steps, *, turned: bool) -> float:
    """Return the covariance of the grades where one value rises with the other."""
    p, q = a.probabilities, b.probabilities[::-1] if turned else b.probabilities
    ends = [np.minimum(np.cumsum(each), 1.0) for each in (p, q)]
    middles = [end - each / 2 for end, each in zip(ends, (p, q), strict=True)]
    cuts = np.unique(np.concatenate([[0.0], *ends, [1.0]]))
    widths, inside = np.diff(cuts), (cuts[:-1] + cuts[1:]) / 2
    grades = [
        middle[np.minimum(np.searchsorted(end, inside), len(end) - 1)]
        for end, middle in zip(ends, middles, strict=True)
    ]
    return float((widths * (grades[0] - 0.5) * (grades[1] - 0.5)).sum())


@lru_cache(maxsize=8192)  # a file is read several times, and many tables share marginals
def score_correlation(a: Steps, b: Steps, rank: float) -> float:
    """Return by what the scores must correlate for Spearman's ρ to be `rank`.

    By Newton's method, which the slope makes exact, within a bracket that halves where it would
    leave. At most 0.9999 in size: where that is found, see what it gives.

    Args:
        a: one marginal.
        b: the other one.
        rank: within `reach`.
    """
    low, high = -LARGEST_SCORE_CORRELATION, LARGEST_SCORE_CORRELATION
    scale = math.sqrt(a.variance * b.variance)
    r = min(max(2 * math.sin(math.pi * rank / 6), low), high)
    for _ in range(60):
        beyond = rank_correlation(a, b, r) - rank
        if abs(beyond) < CLOSE or high - low < CLOSE * CLOSE:
            break
        low, high = (low, r) if beyond > 0 else (r, high)
        slope = _slope(a, b, r) / math.sqrt(1 - r * r) / scale
        nearer = r - beyond / slope if slope > 0 else math.inf
        r = nearer if low < nearer < high else (low + high) / 2
    return r


def nearest_correlation(matrix: Floats, least: float = 1e-6) -> Floats:
    """Return the correlation matrix nearest to a symmetric one, in the Frobenius norm.

    By alternating projections (Higham 2002, IMA J. Numer. Anal. 22) onto the matrices whose
    eigenvalues are at least `least`, and those with ones on the diagonal.
    """
    found, correction = matrix.copy(), np.zeros_like(matrix)
    for _ in range(1000):
        values, vectors = np.linalg.eigh(found - correction)
        positive = (vectors * np.maximum(values, least)) @ vectors.T
        correction = positive - (found - correction)
        nearer = positive.copy()
        np.fill_diagonal(nearer, 1.0)
        moved, found = float(np.abs(nearer - found).max()), nearer
        if moved < 1e-9:
            break
    values, vectors = np.linalg.eigh(found)
    found = (vectors * np.maximum(values, least)) @ vectors.T
    size = np.sqrt(np.diag(found))
    nearest: Floats = found / size[:, None] / size
    return nearest
