"""Logistic regression: on differences without an intercept, and with a penalty on many features.

On differences, P(1) = 1 / (1 + exp(−Σ_j α_j Δ_j)) by maximum likelihood; with a penalty, the
coefficients β and intercept that minimise Σ_i w_i ln(1 + exp(−s_i (β·x_i + b))) + λ/2 |β|²; for
more than two classes those of the multinomial likelihood, with the same penalty.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

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


def ridge_slopes(
    features: csr_array | NDArray[np.float64],
    labels: NDArray[np.bool_],
    penalty: float = 1.0,
) -> NDArray[np.float64]:
    """Return the coefficients that tell two classes apart, as heavy as each other; see the module.

    Args:
        features: (n, p) of each observation.
        labels: (n,) the class, neither without an observation. Each class weighs n/2 in all.
        penalty: λ > 0; the intercept is free of it.

    Returns:
        (p,); the larger β·x, the likelier is the class True.
    """
    from scipy.optimize import minimize
    from scipy.special import expit

    n, p = features.shape
    weights = np.where(labels, n / 2 / labels.sum(), n / 2 / (~labels).sum())
    signs = np.where(labels, 1.0, -1.0)
    transposed = features.T

    def loss(at: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        margins = signs * (features @ at[:p] + at[p])
        pull = -weights * signs * expit(-margins)
        value = float(weights @ np.logaddexp(0.0, -margins) + penalty / 2 * at[:p] @ at[:p])
        return value, np.append(transposed @ pull + penalty * at[:p], pull.sum())

    found = minimize(loss, np.zeros(p + 1), jac=True, method="L-BFGS-B", options={"ftol": 1e-8})
    return np.asarray(found.x[:p], dtype=np.float64)


def multinomial_ridge(
    features: csr_array | NDArray[np.float64],
    labels: NDArray[np.int64],
    classes: int,
    penalty: float = 1.0,
) -> NDArray[np.float64]:
    """Return the coefficients of a multinomial logistic regression with a penalty.

    Args:
        features: (n, p) of each observation.
        labels: (n,) the class of each, from 0.
        classes: K ≥ 2.
        penalty: λ > 0; the intercepts, of which only differences matter, have a thousandth of it.

    Returns:
        (p + 1, K); the last row has the intercepts.
    """
    from scipy.optimize import minimize
    from scipy.special import log_softmax

    n, p = features.shape
    came, transposed = np.eye(classes)[labels], features.T
    shrunk = np.full((p + 1, 1), penalty)
    shrunk[p] = penalty / 1000

    def loss(at: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        slopes = at.reshape(p + 1, classes)
        logs = log_softmax(features @ slopes[:p] + slopes[p], axis=1)
        over = np.exp(logs) - came
        gradient = np.vstack([transposed @ over, over.sum(axis=0)]) + shrunk * slopes
        value = -logs[np.arange(n), labels].sum() + (shrunk * slopes**2).sum() / 2
        return float(value), gradient.ravel()

    start = np.zeros((p + 1) * classes)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"ftol": 1e-8})
    return np.asarray(found.x, dtype=np.float64).reshape(p + 1, classes)
