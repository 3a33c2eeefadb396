"""The floor: what as many fresh, independent humans would show.

A simulator that reached the floor could not be told from another group of people of this size.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulate.statistics.distances import SQUARED, Measure
from simulate.statistics.equality import Equality
from simulate.statistics.resampling import Known, Side


@dataclass(frozen=True)
class Floor:
    """Mean and 95th percentile of a distance between fresh humans and the humans at hand."""

    mean: float
    p95: float


def floors(
    measures: tuple[Measure, ...],
    humans: Side | Known,
    n: int,
    draws: int,
    rng: np.random.Generator,
) -> dict[str, Floor]:
    """Return the floor of each distance for n independent people.

    n values are drawn from the human distribution and set against an independent resample of the
    people (against the distribution itself, where it is known).

    Args:
        measures: the distances.
        humans: the reference.
        n: effective personas of the sample, ≥ 1.
        draws: number of repetitions.
        rng: the generator of this choice.
    """
    whole, where = humans.support.coarsened(humans.mass, humans.mass)
    theirs = humans.on(whole, where)
    fresh = Side(whole, np.zeros(n, dtype=np.int64), np.ones(n), np.arange(n), n)
    family = Equality(fresh, theirs, draws, rng, centre=theirs.mass)
    found = {}
    for measure in measures:
        values = family.distances(measure, 0.0)
        # D² of equal sides is 0 on average, since it is unbiased.
        mean = 0.0 if measure.name == SQUARED else float(values.mean())
        found[measure.name] = Floor(mean, float(np.quantile(values, 0.95)))
    return found
