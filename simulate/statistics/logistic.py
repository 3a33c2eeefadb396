"""Logistic regression on differences without an intercept: P(1) = 1 / (1 + exp(−Σ_j α_j Δ_j))."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

STEPS = 80
LONGEST_STEP = 1.0
LARGEST = 25.0
"""A coefficient beyond it, for Δ of root mean square 1, means that there is no finite one."""
_RIDGE = 1e-12  # keeps the step defined where all is told apart


def slopes_through_origin(
    deltas: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the maximum-likelihood coefficients of each row of weights.

    By Newton's method from 0 with steps of length 1 at most; the likelihood is concave.

    Args:
        deltas: (n, p) Δ of each observation, each column of root mean square 1, none of them a
            combination of the others.
        weights: (draws, n) ≥ 0.

    Returns:
        (draws, p); ±∞ where the likelihood has no finite maximum, as where the signs of Δ tell
        all observations.
    """
    from scipy.special import expit

    n, p = deltas.shape
    products = (deltas[:, :, None] * deltas[:, None, :]).reshape(n, p * p)
    found = np.zeros((len(weights), p))
    for _ in range(STEPS):
        chance = expit(-(found @ deltas.T))
        score = (weights * chance) @ deltas
        information = ((weights * chance * (1 - chance)) @ products).reshape(-1, p, p)
        step = np.linalg.solve(information + _RIDGE * np.eye(p), score[:, :, None])[:, :, 0]
        length = np.linalg.norm(step, axis=1, keepdims=True)
        found += step / np.maximum(1, length / LONGEST_STEP)
        if length.max() < 1e-9:
            break
    return np.where(np.abs(found) > LARGEST, np.sign(found) * np.inf, found)
