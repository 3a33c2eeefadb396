"""Logistic regression on one difference without an intercept: P(1) = 1 / (1 + exp(−α Δ))."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

STEPS = 60


def slope_through_origin(
    delta: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the maximum-likelihood α of each row of weights, by bisection.

    The score Σ w Δ σ(−αΔ) falls in α, so bisection cannot fail; it looks from −50 to 50, and
    weights without a finite α get an end of that.

    Args:
        delta: (n,) Δ of each observation, of root mean square 1.
        weights: (draws, n) ≥ 0.

    Returns:
        (draws,) in [−50, 50].
    """
    low = np.full(len(weights), -50.0)
    high = np.full(len(weights), 50.0)
    weighted = weights * delta
    for _ in range(STEPS):
        middle = (low + high) / 2
        exponent = np.clip(middle[:, None] * delta, -500, 500)
        rising = (weighted / (1 + np.exp(exponent))).sum(axis=1) > 0
        low = np.where(rising, middle, low)
        high = np.where(rising, high, middle)
    return np.asarray((low + high) / 2, dtype=np.float64)
