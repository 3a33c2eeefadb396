"""A histogram of a few bars that humans and cells share, for who looks once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from math import ceil, floor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulate.comparison.sample import Sample
from simulate.reference import Reference, Variable
from simulate.statistics.support import Support
from simulate.terminal.numbers import number

MOST_BARS = 6
STEPS = (1, 2, 5, 10, 20, 50)
"""How many bins of the histogram of distances become one bar."""

_Side = tuple[str, int | None, NDArray[np.float64], NDArray[np.float64]]
"""Name, number of dialogues, values and weights."""


@dataclass(frozen=True, slots=True)
class Group:
    """The bars of humans, or of a cell.

    Attributes:
        name: of whom.
        n: dialogues with a value; None where only shares are known.
        mean: in the variable's unit; None where it says nothing, or without a value.
        shares: of each bar, which sum to 1; all 0 without a value.
    """

    name: str
    n: int | None
    mean: float | None
    shares: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class SmallHistogram:
    """Bars that several groups share.

    Attributes:
        bars: what each stands for; `from .5` reaches up to where the next one begins.
        groups: the humans first, where there are any, then cells.
    """

    bars: tuple[str, ...]
    groups: tuple[Group, ...]

    @property
    def highest(self) -> float:
        """The largest share of all bars, in [0, 1]."""
        return max((share for group in self.groups for share in group.shares), default=0.0)

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {"bars": list(self.bars), "groups": [asdict(group) for group in self.groups]}


def small_histogram(
    variable: Variable, reference: Reference | None, samples: Sequence[Sample]
) -> SmallHistogram | None:
    """Return the bars of humans and samples; None where nobody has a value."""
    sides: list[_Side] = [(s.name, s.n, s.rows.values, s.rows.value_weights) for s in samples]
    if reference is not None:
        n = None if reference.declared else reference.n
        sides.insert(0, (reference.noun, n, reference.values, reference.shares))
    codes = [values for _, _, values, _ in sides]
    if not any(map(len, codes)):
        return None
    points = np.unique(np.concatenate(codes))
    mass = [
        np.bincount(np.searchsorted(points, values), weights, len(points)) / (weights.sum() or 1.0)
        for _, _, values, weights in sides
    ]
    bars, place = _bars(variable, points, np.sum(mass, axis=0))
    groups = []
    for (name, size, values, weights), masses in zip(sides, mass, strict=True):
        shares = np.bincount(place, masses, len(bars))
        mean = variable.mean_of(values, weights)
        groups.append(Group(name, size, mean, tuple(shares.tolist())))
    return SmallHistogram(bars, tuple(groups))


def _bars(
    variable: Variable, points: NDArray[np.float64], mass: NDArray[np.float64]
) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Return what the bars stand for, and the bar of each point.

    Args:
        variable: what is measured.
        points: (K,) codes, ascending and distinct.
        mass: (K,) of all groups together, which says which words have bars of their own.
    """
    if variable.categories is not None:
        return _of_levels(variable, points.astype(np.int64), mass)
    whole = bool((points == np.floor(points)).all()) and variable.discrete
    if len(points) <= MOST_BARS and (whole or len(points) < 3):
        return tuple(_shown(point, whole) for point in points), np.arange(len(points))
    edges = variable.histogram_edges(points)
    bins = len(edges) - 1
    apart = int(variable.above_zero is not None and points[0] == 0 and not whole)
    step = next(s for s in (*STEPS, bins) if ceil(bins / s) <= MOST_BARS - 1)
    kept = np.append(edges[:-1:step], edges[-1])
    place = Support.of_numbers(points, kept).bins + apart
    if whole:
        ends = [(ceil(a), floor(np.nextafter(b, a))) for a, b in pairwise(kept)]
        return tuple(f"{a}" if a == b else f"{a} to {b}" for a, b in ends), place
    labels = [f"from {_shown(edge, False)}" for edge in kept[:-1]]
    if apart:
        place[points == 0] = 0
        labels = ["0", "above 0", *labels[1:]]
    return tuple(labels), place


def _of_levels(
    variable: Variable, points: NDArray[np.int64], mass: NDArray[np.float64]
) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    levels = variable.categories or ()
    if len(levels) <= MOST_BARS + 1:
        return levels, points
    if variable.scale == "ordered":
        step = ceil(len(levels) / MOST_BARS)
        parts = [levels[at : at + step] for at in range(0, len(levels), step)]
        labels = [part[0] if len(part) == 1 else f"{part[0]} to {part[-1]}" for part in parts]
        return tuple(labels), points // step
    most = points[np.argsort(-mass, kind="stable")][: MOST_BARS - 1]
    own = sorted(most.tolist())
    place = np.array([own.index(p) if p in own else len(own) for p in points.tolist()])
    return (*(levels[p] for p in own), f"{len(levels) - len(own):,} others"), place


def _shown(point: float, whole: bool) -> str:
    text = f"{point:,.0f}" if whole else number(point, 2)
    return text.rstrip("0").rstrip(".") or "0" if "." in text and "e" not in text else text
