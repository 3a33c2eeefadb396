"""Distances of wordings from humans, D², with intervals of their differences.

The mean of several D² of one criterion has as its interval the mean of their intervals' ends. As no
standard deviation of a mean exceeds the mean of the standard deviations, it is never too narrow,
however the variables hang together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from simulate.comparison.cell_contrasts import PAIR, masses_of_people
from simulate.comparison.sample import Sample, side_by_side
from simulate.comparison.settings import Settings
from simulate.randomness import generator
from simulate.reference import Reference
from simulate.statistics.confidence import Interval
from simulate.statistics.contrasts import squared_contrast, squared_distances
from simulate.statistics.ordered_criteria import Criterion

DRAWS = 1000
"""Resamples of each interval."""


@dataclass(frozen=True, eq=False)
class Distances:
    """D² of one variable under each of W wordings.

    Attributes:
        losses: (W,) estimates; they may be negative.
        difference: returns an interval of D²(a) − D²(b) at a confidence; None with fewer than 30
            effective personas or people.
        n: personas with a value under each wording.
    """

    losses: tuple[float, ...]
    difference: Callable[[int, int, float], Interval | None]
    n: int


def distances_of(samples: Sequence[Sample], reference: Reference, seed: int) -> Distances | None:
    """Return the distances of samples that met the same personas; None without two of them."""
    rows, people = side_by_side(samples)
    if len(people) < 2:
        return None
    settings = Settings(draws=DRAWS, seed=seed)
    masses, weights, humans, _ = masses_of_people(rows, reference, settings)
    losses = squared_distances(masses, humans, weights=weights)
    if losses is None:
        return None

    @lru_cache(maxsize=1024)
    def difference(a: int, b: int, confidence: float) -> Interval | None:
        found = squared_contrast(
            masses[[a, b]],
            PAIR,
            humans,
            weights=weights[[a, b]],
            draws=DRAWS,
            confidence=confidence,
            rng=generator(seed, f"wordings/{reference.variable.name}"),
        )
        return None if found is None else found.interval

    return Distances(tuple(map(float, losses)), difference, len(people))


def averaged(each: Sequence[Distances], name: str, margin: float) -> Criterion:
    """Return the criterion that the mean of some distances is, at least one."""

    def difference(a: int, b: int, confidence: float) -> Interval | None:
        ends = [one.difference(a, b, confidence) for one in each]
        if any(end is None for end in ends):
            return None
        low, high = np.mean(np.array(ends, dtype=np.float64), axis=0).tolist()
        return low, high

    losses = np.mean([one.losses for one in each], axis=0).tolist()
    return Criterion(name, margin, tuple(losses), difference, min(one.n for one in each))
