"""Raking: weights of a sample, changed so that its margins are those of a population.

Iterative proportional fitting (Deming and Stephan 1940): each margin in turn, the weights of each
of its groups are multiplied so that the group has its share. Of all weights with these margins the
result is nearest to the ones that it began with, in Kullback and Leibler's sense.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MOST_ROUNDS = 5_000
MET = 1e-9
"""By how much a share may miss its target."""


@dataclass(frozen=True)
class Raked:
    """Weights with the margins of a population, or as near as they come.

    Attributes:
        weights: (n,), with the sum of those that raking began with.
        rounds: how many it took.
        missed: by how much the farthest share misses its target; 0 to rounding where all are met.
    """

    weights: Floats
    rounds: int
    missed: float


def rake(weights: Floats, groups: Sequence[NDArray[np.int64]], shares: Sequence[Floats]) -> Raked:
    """Change weights so that each group of each margin has its share.

    Args:
        weights: (n,) of the people, at least 0.
        groups: for each margin, the group of each person, from 0.
        shares: for each margin, the share of each group; sums to 1. A group with a share has a
            person with a weight.
    """
    # People who are alike in all margins change alike.
    cells, cell = np.unique(np.stack(groups), axis=1, return_inverse=True)
    begun = np.bincount(cell, weights) / weights.sum()
    found, missed, rounds = begun.copy(), np.inf, 0
    while missed > MET and rounds < MOST_ROUNDS:
        rounds += 1
        missed = 0.0
        for group, share in zip(cells, shares, strict=True):
            there = np.bincount(group, found, minlength=len(share))
            missed = max(missed, float(np.abs(there - share).max()))
            factor = np.divide(share, there, out=np.zeros_like(share), where=there > 0)
            found = found * factor[group]
    change = np.divide(found, begun, out=np.zeros_like(begun), where=begun > 0)
    return Raked(weights * change[cell], rounds, missed)
