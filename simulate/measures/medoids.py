"""Medoids: the few texts that stand for many, each the one nearest to those around it.

Weighted k-medoids: the first medoid is the weighted 1-median, each further one the item that takes
most off the weighted sum of distances to the nearest medoid (BUILD of Kaufman and Rousseeuw 1990);
then items go to their nearest medoid and medoids move to the 1-median of theirs, until nothing
changes. Nothing is drawn: the same texts give the same medoids, whatever their order but for ties.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ROUNDS = 20
Matrix = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Medoids:
    """Items and what they are represented by.

    Attributes:
        chosen: index of each medoid, that with most weight around it first.
        owner: (n,) the place in `chosen` of each item's nearest medoid.
        weights: of the items around each medoid, in the unit of the weights given.
        spread: mean distance of these items from their medoid, by weight.
    """

    chosen: tuple[int, ...]
    owner: NDArray[np.int64]
    weights: tuple[float, ...]
    spread: tuple[float, ...]


def medoids(distances: Matrix, weights: Matrix, k: int) -> Medoids:
    """Return at most k medoids; fewer where there are fewer items, or further ones change nothing.

    Args:
        distances: (n, n) ≥ 0, symmetric, 0 on the diagonal; n ≥ 1.
        weights: (n,) ≥ 0.
        k: ≥ 1.
    """
    near = np.full(len(distances), np.inf)
    chosen: list[int] = []
    for _ in range(min(k, len(distances))):
        costs = weights @ np.minimum(near[:, None], distances)
        best = int(np.argmin(costs))
        if chosen and weights @ near - costs[best] <= 0:
            break
        chosen.append(best)
        near = np.minimum(near, distances[:, best])
    owner = np.argmin(distances[:, chosen], axis=1)
    for _ in range(ROUNDS):
        moved = [_median(distances, weights, owner == place, at) for place, at in enumerate(chosen)]
        if moved == chosen:
            break
        chosen = moved
        owner = np.argmin(distances[:, chosen], axis=1)
    sums = np.bincount(owner, weights=weights, minlength=len(chosen))
    far = distances[np.arange(len(owner)), np.array(chosen)[owner]]
    apart = np.bincount(owner, weights=weights * far, minlength=len(chosen))
    order = np.argsort(-sums, kind="stable")
    place = np.argsort(order, kind="stable")
    return Medoids(
        tuple(chosen[i] for i in order),
        place[owner].astype(np.int64),
        tuple(float(sums[i]) for i in order),
        tuple(float(apart[i] / sums[i]) if sums[i] > 0 else 0.0 for i in order),
    )


def _median(distances: Matrix, weights: Matrix, inside: NDArray[np.bool_], before: int) -> int:
    """Return the item inside with the smallest weighted sum of distances to the others there."""
    items = np.flatnonzero(inside)
    if not len(items):
        return before
    costs = weights[items] @ distances[np.ix_(items, items)]
    return int(items[np.argmin(costs)])
