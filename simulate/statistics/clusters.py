"""Rows in clusters: how many clusters count, and how well their rows' mean is known.

**Effective number.** Kish's (Σ w)² / Σ w² of G clusters of weights (or sizes) w: G where all weigh
the same, 1 where one has all the weight.

**Variance of the mean.** The mean over all rows is a ratio of two sums over clusters, so clusters
of any size may take part, and their sizes may have to do with their values. The variance is that
of the delete-one-cluster jackknife: with m_g rows in cluster g, e_g the sum of their deviations
from the mean, and n rows in all,

    V = (G − 1)/G · Σ_g (e_g / (n − m_g))²

With equal sizes it is the usual G/(G − 1) · Σ e_g² / n². Intervals take the quantile of Student's
t with one degree of freedom less than the effective number of clusters. Sources: Kish 1965; Bell
and McCaffrey 2002 (as CR3).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulate.statistics.confidence import CONFIDENCE, Interval, student_quantile


def effective_size(weights: NDArray[np.float64]) -> float:
    """Return Kish's effective size (Σ w)² / Σ w²: how many carry the weight; 0 without any.

    Args:
        weights: (G,) ≥ 0, of clusters.
    """
    squares = float((weights**2).sum())
    return float(weights.sum()) ** 2 / squares if squares > 0 else 0.0


def variance_of_mean(
    values: NDArray[np.float64],
    index: NDArray[np.int64],
    weights: NDArray[np.float64] | None = None,
) -> float:
    """Return the variance of the mean of rows in clusters; see the module.

    Args:
        values: (n,) of rows.
        index: (n,) the cluster of each, from 0, at least two with a weight.
        weights: (n,) ≥ 0 of rows, which then count as m_g and n do; all 1 for `None`.
    """
    sizes = np.bincount(index, weights)
    deviations = values - np.average(values, weights=weights)
    if weights is not None:
        deviations = weights * deviations
    found = np.bincount(index, weights=deviations) / (sizes.sum() - sizes)
    return (len(sizes) - 1) / len(sizes) * float((found**2).sum())


def independent_rows(
    values: NDArray[np.float64],
    index: NDArray[np.int64],
    weights: NDArray[np.float64] | None = None,
) -> float:
    """Return how many independent rows would give the mean as well, Σ s² / Σ V, from 1 to n.

    n over it is the design effect (Kish 1965). Where nothing varies between clusters it is n.

    Args:
        values: (n, L) of rows; sums are over the columns.
        index: (n,) the cluster of each, from 0, at least two.
        weights: (n,) ≥ 0 of rows; all 1 for `None`.
    """
    n = len(values) if weights is None else effective_size(weights)
    centred = values - np.average(values, axis=0, weights=weights)
    spread = float(np.average(centred**2, axis=0, weights=weights).sum()) * n / max(1.0, n - 1)
    variance = sum(variance_of_mean(each, index, weights) for each in values.T)
    return n if variance * n <= spread else max(1.0, spread / variance)


def clusters_quantile(sizes: NDArray[Any], confidence: float = CONFIDENCE) -> float:
    """Return t > 0 such that Student's variable lies in ±t with this probability.

    Args:
        sizes: (G,) rows, or weight, of each cluster; their effective number less 1 is the degrees
            of freedom.
        confidence: in (0, 1).

    Returns:
        Infinite where nearly all rows are of one cluster.
    """
    freedom = effective_size(sizes.astype(np.float64)) - 1
    found = student_quantile(confidence, freedom) if freedom > 0 else math.inf
    return found if math.isfinite(found) else math.inf


def interval_of_mean(
    values: NDArray[np.float64],
    index: NDArray[np.int64],
    confidence: float = CONFIDENCE,
    weights: NDArray[np.float64] | None = None,
) -> Interval:
    """Return the interval mean ± t √V of rows in clusters; see the module.

    Args:
        values: (n,) of rows.
        index: (n,) the cluster of each, from 0, at least two.
        confidence: in (0, 1).
        weights: (n,) ≥ 0 of rows; all 1 for `None`.
    """
    half = clusters_quantile(np.bincount(index, weights), confidence)
    half *= math.sqrt(variance_of_mean(values, index, weights))
    middle = float(np.average(values, weights=weights))
    return middle - half, middle + half
