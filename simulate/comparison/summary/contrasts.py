"""Contrasts between cells: those that were planned, those that are asked for, and the others.

The scenario's `contrasts` come first, with their meaning; each side may stand for several cells.
Then, unless cells are many, any two cells that differ in one factor. Cells of different strata are
no contrast: nobody assigned people to them (see `simulate.comparison.summary.effects`). p-values
are adjusted by Holm among the planned contrasts, and among the others.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from simulate.comparison.nuisance import claims_of
from simulate.comparison.progress import Progress, untold
from simulate.comparison.summary.persona_means import (
    PersonaMeans,
    persona_means_of,
    summary_cells,
)
from simulate.errors import StatisticsError, first_of, quote
from simulate.statistics.mean_contrasts import MeanContrast
from simulate.statistics.permutation import holm

if TYPE_CHECKING:
    from simulate.comparison.nuisance import Claims
    from simulate.reference import Variable
    from simulate.runfile import RunReader
    from simulate.scenario import Cell

MOST_ALL_PAIRS = 8
"""Of a factor with more levels, each is set against the first only."""


@dataclass(frozen=True)
class CellDifference:
    """The difference of two cells, or of the means of several.

    Attributes:
        a: the label of the cell that is subtracted from.
        b: the other's.
        of: `mean`, or the level whose share it is.
        contrast: over the personas, in the unit of the mean, or of shares.
        p_holm: adjusted over the planned contrasts of the outcome, or over the others.
        name: as the scenario calls it; empty where it plans no such contrast.
        meaning: what it says, as the scenario declares it.
    """

    a: str
    b: str
    of: str
    contrast: MeanContrast
    p_holm: float | None = None
    name: str = ""
    meaning: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON."""
        planned = {"name": self.name, "meaning": self.meaning} if self.name else {}
        names = {"a": self.a, "b": self.b, "of": self.of}
        return {**planned, **names, **asdict(self.contrast), "p_holm": self.p_holm}


def cell_differences(
    run: RunReader, means: PersonaMeans, claims: Claims | None, asked: Sequence[str] = ()
) -> tuple[CellDifference, ...]:
    """Return the contrasts of a run; `asked` are `A,B` of the command line.

    Raises:
        StatisticsError: what is asked for names no two cells.
    """
    planned: list[CellDifference] = []
    others: list[CellDifference] = []
    seen: set[frozenset[str]] = set()
    for name, declared in run.scenario.contrasts.items():
        a, b = declared.cells
        sides = means.places(a), means.places(b)
        if not all(sides):  # only some cells are looked at
            continue
        seen.add(frozenset((a, b)))
        planned += _of(means, a, b, sides, claims, name, declared.meaning)
    for text in asked:
        a, comma, b = (part.strip() for part in text.partition(","))
        if not comma:
            raise StatisticsError(f"--contrast {quote(text)}: write two cells as A,B")
        sides = means.places(a), means.places(b)
        for label, side in zip((a, b), sides, strict=True):
            if not side:
                have = first_of([cell.label for cell in means.cells])
                raise StatisticsError(
                    f"--contrast {quote(text)}: there is no cell {quote(label)}; there are: {have}"
                )
        if set(sides[0]) & set(sides[1]):
            raise StatisticsError(f"--contrast {quote(text)}: both sides have a cell in common")
        seen.add(frozenset((a, b)))
        others += _of(means, a, b, sides, claims)
    strata = set(run.scenario.design.strata)
    for one, other in _within_one_factor([each.levels for each in means.cells], strata):
        a, b = means.cells[one].label, means.cells[other].label
        if frozenset((a, b)) not in seen:
            others += _of(means, a, b, ([one], [other]), claims)
    return (*_adjusted(planned), *_adjusted(others))


def of_two_cells(
    run: RunReader,
    outcome: str,
    variable: Variable,
    a: Cell,
    b: Cell,
    progress: Progress = untold,
) -> tuple[CellDifference, ...]:
    """Return the contrast of two cells alone, one for each quantity; p-values are not adjusted.

    `progress` is told how many dialogues were read.

    None where no difference between them is claimed, or they differ in a random factor only.
    """
    cells = summary_cells(run, outcome, variable, (a, b), progress)
    if len(cells) < 2:
        return ()
    claims = claims_of(run, outcome, variable)
    means = persona_means_of(run, cells, variable)
    return tuple(_of(means, a.label, b.label, ([0], [1]), claims))


def _within_one_factor(
    levels: Sequence[Mapping[str, str]], strata: set[str]
) -> Iterator[tuple[int, int]]:
    """Yield the cells that differ in one factor, which is no stratum."""
    lines: dict[tuple[str, tuple[tuple[str, str], ...]], list[int]] = {}
    for place, cell in enumerate(levels):
        for factor in cell:
            if factor not in strata:
                rest = tuple((name, level) for name, level in cell.items() if name != factor)
                lines.setdefault((factor, rest), []).append(place)
    pairs: list[tuple[int, int]] = []
    for line in lines.values():
        if len(line) <= MOST_ALL_PAIRS:
            pairs += itertools.combinations(line, 2)
        else:
            pairs += [(line[0], place) for place in line[1:]]
    yield from sorted(pairs)


def _of(
    means: PersonaMeans,
    a: str,
    b: str,
    sides: tuple[Sequence[int], Sequence[int]],
    claims: Claims | None,
    name: str = "",
    meaning: str = "",
) -> Iterator[CellDifference]:
    """Yield a contrast of each quantity; none where a nuisance leaves it unclaimed."""
    levels = [_common([means.cells[i].levels for i in side]) for side in sides]
    if claims is not None and claims.withhold(*levels):
        return
    weights = means.weights(*sides)
    for at, of in enumerate(means.of):
        yield CellDifference(a, b, of, means.contrast(weights, at), None, name, meaning)


def _common(levels: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Return what all cells of a side have in common."""
    return {n: v for n, v in levels[0].items() if all(each[n] == v for each in levels)}


def _adjusted(found: Sequence[CellDifference]) -> list[CellDifference]:
    adjusted = holm([each.contrast.p for each in found])
    return [replace(each, p_holm=p) for each, p in zip(found, adjusted, strict=True)]
