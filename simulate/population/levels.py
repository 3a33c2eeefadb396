"""The values of an attribute, one by one or in ranges, so that shares of them can be told."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulate.population.persona import Value

Floats = NDArray[np.float64]
Weighted = Sequence[tuple[Value | None, float]]
"""Values with their weights."""

MOST_LEVELS = 12
"""Values that are told one by one; numbers with more are told in ranges."""
RANGES = 10
MISSING = "no value"
OTHERS = "others"


@dataclass(frozen=True)
class Levels:
    """The values of an attribute as they are told.

    Attributes:
        labels: of the values or ranges.
        places: value to its label's place, from 0; empty where there are ranges.
        edges: (k − 1,) of ranges: the largest number of each but the last; None without ranges.
    """

    labels: tuple[str, ...]
    places: Mapping[Value | None, int]
    edges: Floats | None = None

    def shares(self, values: Weighted) -> Floats:
        """Return the share of each label, (k,); sums to 1."""
        found = np.zeros(len(self.labels))
        for value, weight in values:
            found[self._place(value)] += weight
        shares: Floats = found / found.sum()
        return shares

    def _place(self, value: Value | None) -> int:
        if self.edges is None or value is None:
            return self.places.get(value, len(self.labels) - 1)
        return int(np.searchsorted(self.edges, float(value)))


def numbers(values: Weighted) -> Floats | None:
    """Return values as numbers, (n,); None where one is none. Missing ones are left out."""
    known = [value for value, _ in values if value is not None]
    if not known or any(isinstance(v, str | bool) for v in known):
        return None
    return np.array(known, float)


def levels_of(values: Weighted, order: Sequence[Value] | None) -> Levels:
    """Return how the values of an attribute are told.

    Args:
        values: all that there are, with their weights.
        order: the values that the attribute has, in their order; None where there is none.
    """
    weights: dict[Value | None, float] = {}
    for value, weight in values:
        weights[value] = weights.get(value, 0.0) + weight
    missing = [MISSING] if None in weights else []
    found = numbers(values)
    if found is not None and len(weights) - len(missing) > MOST_LEVELS:
        edges = _edges({float(v): w for v, w in weights.items() if v is not None})
        ranges = _ranges(edges, np.unique(found))
        return Levels((*ranges, *missing), {None: len(ranges)}, edges)
    if found is not None:
        known = sorted((v for v in weights if v is not None), key=float)
    elif order is not None:
        known = [value for value in order if value in weights]
    else:
        known = sorted((v for v in weights if v is not None), key=lambda v: (-weights[v], str(v)))
    shown = known if len(known) <= MOST_LEVELS or order is not None else known[:MOST_LEVELS]
    labels = (*map(str, shown), *missing)
    places: dict[Value | None, int] = {value: i for i, value in enumerate(shown)}
    if missing:
        places[None] = len(labels) - 1
    return Levels((*labels, OTHERS) if len(shown) < len(known) else labels, places)


def _edges(weights: Mapping[float, float]) -> Floats:
    """Return where ranges end that have about equal shares."""
    values = np.array(sorted(weights))
    reached = np.cumsum([weights[value] for value in values.tolist()])
    wanted = np.arange(1, RANGES) / RANGES * reached[-1]
    ends = values[np.minimum(np.searchsorted(reached, wanted * (1 - 1e-9)), len(values) - 1)]
    edges: Floats = np.unique(ends[ends < values[-1]])
    return edges


def _ranges(edges: Floats, values: Floats) -> list[str]:
    """Write each range by the smallest and the largest value in it; values are increasing."""
    first = [0, *(np.searchsorted(values, edges, side="right").tolist())]
    ends = [values[np.array(first)], np.append(edges, values[-1])]
    spread = float(values[-1] - values[0])
    most = min(max(2 - math.floor(math.log10(spread)), 0), 6)
    every = np.concatenate(ends)
    digits = next((d for d in range(most) if np.array_equal(np.round(every, d), every)), most)
    return [
        f"{low:,.{digits}f}" if low == high else f"{low:,.{digits}f} – {high:,.{digits}f}"
        for low, high in zip(*(end.tolist() for end in ends), strict=True)
    ]
