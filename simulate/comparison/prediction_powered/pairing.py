"""The people of each cell: those with human values, and the others, with what was simulated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simulate.comparison.human_effects.groups import Group, in_group, same
from simulate.comparison.prediction_powered.same_people import (
    Attributes,
    Weighting,
    weighting,
)
from simulate.comparison.sample import Sample
from simulate.reference.respondents import Respondents
from simulate.statistics.paired_people import PairedPeople
from simulate.statistics.rows import Indices
from simulate.terminal.safe_text import counted

if TYPE_CHECKING:
    from simulate.scenario import Cell


@dataclass(frozen=True, eq=False)
class CellPeople:
    """The people of a cell.

    Attributes:
        label: of the cell.
        arm: levels of the conditions that the human data hold.
        rest: levels of the other conditions.
        people: ids of those with human values.
        paired: their values, and those of the others.
        weighting: of the others.
        reruns: how many dialogues of each person the simulated values are means of.
        notes: what must be known.
    """

    label: str
    arm: tuple[tuple[str, str], ...]
    rest: tuple[tuple[str, str], ...]
    people: tuple[str, ...]
    paired: PairedPeople
    weighting: Weighting
    reruns: int
    notes: tuple[str, ...]


def people_of_cells(
    cells: Sequence[Cell],
    samples: Sequence[Sample],
    humans: Respondents,
    known: dict[str, Attributes],
    raked: Sequence[str],
) -> list[CellPeople]:
    """Return the people of each cell; the others are those with no human value in any.

    Conditions of which the human data have a column with some level are arms: a cell has the humans
    of its arm. Whoever has no value is told of the same for all cells.

    Args:
        cells: of the run.
        samples: of each cell.
        humans: rows of people of the run, with their columns.
        known: attributes of everybody in the run by id.
        raked: the attributes by which the others are weighted.

    Raises:
        StatisticsError: the others cannot be weighted like that.
    """
    with_values = set(humans.people)
    others = [person for person in known if person not in with_values]
    arms = _arms(cells, humans)
    return [
        _of_cell(cell, sample, humans, others, known, arms, raked)
        for cell, sample in zip(cells, samples, strict=True)
    ]


def _arms(cells: Sequence[Cell], humans: Respondents) -> dict[str, str]:
    """Return the conditions that are a column of the human data, as condition to column."""
    varied: dict[str, set[str | None]] = {}
    for cell in cells:
        for condition, level in cell.levels.items():
            varied.setdefault(condition, set()).add(same(level))
    return {
        condition: condition
        for condition, levels in varied.items()
        if levels & set(map(same, humans.columns.get(condition, ())))
    }


def _of_cell(
    cell: Cell,
    sample: Sample,
    humans: Respondents,
    others: Sequence[str],
    known: dict[str, Attributes],
    arms: dict[str, str],
    raked: Sequence[str],
) -> CellPeople:
    here = in_group(humans, arms, Group(cell.label, cell.levels))
    rows = humans.rows.subset(here)
    people = tuple(humans.people[i] for i in np.unique(humans.rows.clusters[here]))
    reruns, kept, more = _reruns(sample, {*people, *others})
    names = [sample.personas[i] for i in np.unique(sample.rows.clusters[kept])]
    place = {person: i for i, person in enumerate(names)}
    ours, theirs = ([known[person] for person in each] for each in (people, others))
    found = weighting(ours, theirs, raked if ours else ())
    paired = PairedPeople(
        rows,
        sample.rows.subset(kept),
        _places(people, place),
        _places(others, place),
        found.weights,
        found.margins,
    )
    without = [int((each < 0).sum()) for each in (paired.place, paired.others)]
    notes = [*sample.notes]
    if any(without):
        notes.append(
            f"{counted(without[0], 'human')} and {counted(without[1], 'other')} have no simulated "
            f"value of {counted(reruns, 'dialogue')}, and count with the mean of all who have one"
        )
    if more:
        notes.append(
            f"the first {counted(reruns, 'dialogue')} of each person count, so that all have as "
            "many"
        )
    if found.alone:
        notes.append(f"{counted(found.alone, 'other')} like no human weigh 0")
    return CellPeople(
        label=cell.label,
        arm=tuple((c, level) for c, level in cell.levels.items() if c in arms),
        rest=tuple((c, level) for c, level in cell.levels.items() if c not in arms),
        people=people,
        paired=paired,
        weighting=found,
        reruns=reruns,
        notes=tuple(notes),
    )


def _reruns(sample: Sample, wanted: set[str]) -> tuple[int, NDArray[np.bool_], bool]:
    """Return the number of dialogues that each person counts with, (n,) which rows count, and
    whether somebody has more.

    It is the one with which most rows count, where whoever has fewer counts with none: a mean of
    more dialogues would vary less, and be another covariate.
    """
    clusters = sample.rows.clusters
    taking_part = np.array([person in wanted for person in sample.personas], dtype=np.bool_)
    rows = taking_part[clusters] if len(clusters) else np.zeros(0, dtype=np.bool_)
    sizes = np.bincount(clusters[rows], minlength=len(sample.personas))
    if not rows.any():
        return 0, rows, False
    numbers = np.unique(sizes[sizes > 0])
    reruns = int(max(numbers, key=lambda r: (r * (sizes >= r).sum(), r)))
    order = np.argsort(clusters, kind="stable")
    first = np.searchsorted(clusters[order], np.arange(len(sample.personas)))
    rank = np.empty(len(clusters), dtype=np.int64)
    rank[order] = np.arange(len(clusters)) - first[clusters[order]]
    kept = rows & (rank < reruns) & (sizes[clusters] >= reruns)
    return reruns, kept, bool(sizes.max() > reruns)


def _places(people: Sequence[str], place: dict[str, int]) -> Indices:
    return np.array([place.get(person, -1) for person in people], dtype=np.int64)
