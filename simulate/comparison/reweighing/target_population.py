"""The personas of a run, raked to the margins of another population.

A margin is an attribute, or several that are crossed, in groups: the values that the population
has, or ranges of numbers. Raking gives each persona the weight under which the margins are met;
see `simulate.statistics.raking`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from simulate.errors import StatisticsError, first_of, one_line, quote
from simulate.files.conditions import condition_words
from simulate.population import Attributes, Population
from simulate.population.levels import MISSING, MOST_LEVELS, numbers
from simulate.population.persona import Value
from simulate.population.shares import Shares, group_of
from simulate.statistics.rows import Floats, Indices

MOST_MARGINS = 8
"""Of more attributes it must be said which ones are raked."""
BANDS = 4
"""Numbers of more values than `MOST_LEVELS` are put in as many ranges of equal shares."""
OUTSIDE = -1
"""The group of who is in none."""


@dataclass(frozen=True)
class _Grouping:
    """How the values of one attribute are grouped."""

    name: str
    labels: tuple[str, ...]
    places: Mapping[Value | None, int]
    edges: Floats | None = None
    """Where ranges begin, but for the first one; None where there are none."""
    declared: Shares | None = None
    """The groups, where the population declares them."""

    def place(self, value: Value | None) -> int:
        if value is not None and self.declared is not None:
            found = group_of(value, self.declared)
            return OUTSIDE if found is None else found
        if value is None or self.edges is None:
            return self.places.get(value, OUTSIDE)
        if isinstance(value, str | bool):
            return OUTSIDE
        return int(np.searchsorted(self.edges, float(value), side="right"))


@dataclass(frozen=True)
class Margin:
    """An attribute, or several that are crossed, in groups with their shares.

    Attributes:
        name: such as `age`, or `sex × age`.
        labels: of the groups.
        shares: (L,) in the population; sums to 1.
        parts: the attributes.
    """

    name: str
    labels: tuple[str, ...]
    shares: Floats
    parts: tuple[_Grouping, ...]

    def groups(self, people: Sequence[Attributes]) -> Indices:
        """Return (n,) the group of each person; `OUTSIDE` where it is none of the population's."""
        found = np.zeros(len(people), dtype=np.int64)
        outside = np.zeros(len(people), dtype=np.bool_)
        for part in self.parts:
            own = np.array([part.place(each.get(part.name)) for each in people], dtype=np.int64)
            outside |= own == OUTSIDE
            found = found * len(part.labels) + own
        return np.where(outside, OUTSIDE, found)


@dataclass(frozen=True)
class TargetPopulation:
    """A population that a run is raked to.

    Attributes:
        name: of the population.
        margins: that are met.
    """

    name: str
    margins: tuple[Margin, ...]

    @property
    def words(self) -> str:
        """What is raked to, in a few words."""
        return f"{self.name} ({', '.join(margin.name for margin in self.margins)})"


def target_population(
    population: Population, people: Sequence[Attributes], on: Sequence[str] = ()
) -> TargetPopulation:
    """Return the margins of a population that the personas of a run have, too.

    Args:
        population: whose margins they are.
        people: the attributes of the run's personas.
        on: attributes, crossed with `*`, each with the numbers at which ranges begin after a
            colon: `sex`, `sex*party`, `age:30,50`. All that both have in common without any.

    Raises:
        StatisticsError: an attribute is not there, or there are too many to rake them all.
        PopulationError: people cannot be drawn as is stated.
    """
    weighted = population.weighted()
    have = {name for each in people for name, value in each.items() if value is not None}
    asked = list(on) or [name for name in population.names if name in have]
    if not asked:
        raise StatisticsError(
            f"there is no attribute to weigh by: population {population.population} has "
            f"{first_of(population.names)}, and the run's personas have "
            f"{first_of(sorted(have)) or 'none'}"
        )
    if not on and len(asked) > MOST_MARGINS:
        raise StatisticsError(
            f"population {population.population} and the run's personas share {len(asked)} "
            f"attributes ({first_of(asked)}): name those to weigh by with --on"
        )
    margins = []
    for each in asked:
        parts = [_grouping(part, population, weighted, have) for part in each.split("*")]
        margins.append(_margin(parts, weighted))
    return TargetPopulation(population.population, tuple(margins))


def _grouping(
    asked: str,
    population: Population,
    weighted: Sequence[tuple[Attributes, float]],
    have: set[str],
) -> _Grouping:
    name, colon, ends = (part.strip() for part in asked.partition(":"))
    if name not in population.names or name not in have:
        whose = "population " + population.population if name in have else "no persona of the run"
        verb = "does not have" if name in have else "has"
        raise StatisticsError(f"{quote(name, 40)}: {whose} {verb} this attribute")
    if colon:
        return _ranges(name, _edges(name, ends))
    if declared := population.margins.get(name):
        labels = tuple(one_line(condition_words(group.when)) for group in declared)
        return _Grouping(name, labels, {}, declared=declared)
    values = [(each.get(name), weight) for each, weight in weighted if weight > 0]
    known = dict.fromkeys(value for value, _ in values if value is not None)
    found = numbers(values)
    if found is not None and len(known) > MOST_LEVELS:
        return _ranges(name, _bands(values), missing=any(value is None for value, _ in values))
    order = sorted(known, key=float) if found is not None else list(known)
    levels: list[Value | None] = [*order, *([None] if any(v is None for v, _ in values) else [])]
    labels = tuple(MISSING if level is None else one_line(str(level)) for level in levels)
    return _Grouping(name, labels, {level: i for i, level in enumerate(levels)})


def _edges(name: str, ends: str) -> Floats:
    try:
        edges = np.array([float(end) for end in ends.split(",")])
    except ValueError:
        edges = np.array([math.nan])
    if not (np.isfinite(edges).all() and (np.diff(edges) > 0).all()):
        raise StatisticsError(
            f"{name}:{ends}: after the colon stand the numbers at which ranges begin, increasing, "
            "such as age:30,50"
        )
    return edges


def _bands(values: Sequence[tuple[Value | None, float]]) -> Floats:
    """Return where ranges of about equal shares begin."""
    pairs = sorted((float(v), w) for v, w in values if v is not None)
    numbers, weights = np.array([n for n, _ in pairs]), np.array([w for _, w in pairs])
    reached = np.cumsum(weights) / weights.sum()
    wanted = np.arange(1, BANDS) / BANDS
    edges = np.unique(numbers[np.searchsorted(reached, wanted, side="right")])
    kept: Floats = edges[edges > numbers[0]]
    return kept


def _ranges(name: str, edges: Floats, *, missing: bool = False) -> _Grouping:
    ends = [f"{edge:g}" for edge in edges]
    between = [f"{low} to under {high}" for low, high in itertools.pairwise(ends)]
    labels = [f"under {ends[0]}", *between, f"{ends[-1]} and over"]
    places: dict[Value | None, int] = {None: len(labels)} if missing else {}
    return _Grouping(name, (*labels, *([MISSING] if missing else [])), places, edges)


def _margin(parts: Sequence[_Grouping], weighted: Sequence[tuple[Attributes, float]]) -> Margin:
    labels = [f"{parts[0].name} {label}" for label in parts[0].labels]
    for part in parts[1:]:
        labels = [f"{one}, {part.name} {other}" for one in labels for other in part.labels]
    name = " × ".join(part.name for part in parts)
    margin = Margin(name, tuple(labels), np.zeros(len(labels)), tuple(parts))
    people, weights = zip(*weighted, strict=True)
    groups = margin.groups(people)
    inside = groups != OUTSIDE
    shares = np.bincount(groups[inside], np.array(weights)[inside], minlength=len(labels))
    return Margin(name, margin.labels, shares / shares.sum(), margin.parts)
