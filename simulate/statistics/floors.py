"""The floor: how far apart two groups of humans are, at the sample's size.

A simulator that reached the floor could not be told from another group of people of this size.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from simulate.statistics.distances import Measure
from simulate.statistics.support import Support


@dataclass(frozen=True)
class Floor:
    """Mean and 95th percentile of a distance between two groups of humans."""

    mean: float
    p95: float
    method: str
    """`split` or `resampled`, see `floors`."""


def floors(
    measures: tuple[Measure, ...],
    support: Support,
    values: NDArray[np.float64],
    counts: NDArray[np.int64],
    n: int,
    draws: int,
    rng: np.random.Generator,
) -> dict[str, Floor]:
    """Return the floor of each distance for a sample of n dialogues.

    Up to half of the reference's size the human dialogues are split at random into n and the
    rest (`split`). Beyond that no such halves exist; then two groups of n and of the reference's
    size are drawn from the human distribution with replacement (`resampled`).

    Args:
        measures: the distances.
        support: of the human values.
        values: (k,) distinct human codes, all points of the support.
        counts: (k,) human dialogues per value, ≥ 1.
        n: size of the sample, ≥ 1.
        draws: number of splits.
        rng: the generator of this choice.
    """
    total = int(counts.sum())
    mass = support.mass(values, counts.astype(np.float64))
    coarse, where = support.coarsened(mass, mass)
    people = np.zeros(coarse.size, dtype=np.int64)
    np.add.at(people, where[support.index(values)], counts)
    if n <= total / 2:
        method, rest = "split", total - n
        taken = rng.multivariate_hypergeometric(people, n, size=draws)
        p, q = taken / n, (people - taken) / rest
    else:
        method, rest = "resampled", total
        p = rng.multinomial(n, people / total, size=draws) / n
        q = rng.multinomial(total, people / total, size=draws) / total
    sized = replace(coarse, n=n, m=rest)
    found = {}
    for measure in measures:
        values = measure.function(p, q, sized)
        found[measure.name] = Floor(float(values.mean()), float(np.quantile(values, 0.95)), method)
    return found
