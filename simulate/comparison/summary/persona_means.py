"""What the personas of a run gave on average in each cell, and who met which cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simulate.comparison.humans_of_groups import cells_told_apart, humans_of
from simulate.comparison.progress import Progress, untold
from simulate.comparison.sample import Sample, pooled, together
from simulate.comparison.samples import expected_and_drawn
from simulate.scenario.cell import cells_called
from simulate.statistics.mean_contrasts import MeanContrast, linear_contrast
from simulate.statistics.rows import Floats, persona_means

if TYPE_CHECKING:
    from simulate.reference import Variable
    from simulate.runfile import RunReader
    from simulate.scenario import Cell

MEAN = "mean"
"""What a contrast is of, unless it is of the share of a level."""


@dataclass(frozen=True, eq=False)
class SummaryCell:
    """A cell as the summary shows it.

    Those that differ in a random factor only count as one, and those of groups of a protected
    attribute of which the reference has too few humans.

    Attributes:
        label: its levels, joined.
        levels: of factors that are not random.
        sample: its values.
        drawn: the values that were drawn; None where they are the same.
        cells: of the run that it is made of.
    """

    label: str
    levels: Mapping[str, str]
    sample: Sample
    drawn: Sample | None
    cells: tuple[Cell, ...]


@dataclass(frozen=True, eq=False)
class PersonaMeans:
    """The mean of each persona in each cell.

    Attributes:
        cells: C cells.
        people: ids of G personas with a value.
        means: (C, G, L); NaN where a persona has no value in a cell.
        members: (C, G) who met which cell, with a value or not.
        of: the L quantities: `mean`, or levels of words, whose shares they are.
        shares: whether they are shares.
    """

    cells: tuple[SummaryCell, ...]
    people: tuple[str, ...]
    means: Floats
    members: NDArray[np.bool_]
    of: tuple[str, ...]
    shares: bool

    def contrast(
        self, weights: Sequence[float], at: int, among: NDArray[np.bool_] | None = None
    ) -> MeanContrast:
        """Return a contrast of one quantity.

        Args:
            weights: (C,) of the cells.
            at: which of the quantities.
            among: (G,) the personas that take part; all for None.
        """
        kept = slice(None) if among is None else among
        return linear_contrast(
            self.means[:, kept, at], self.members[:, kept], weights, shares=self.shares
        )

    def weights(self, first: Sequence[int], second: Sequence[int] = ()) -> list[float]:
        """Return (C,) weights of the mean over some cells, less that over others."""
        found = [0.0] * len(self.cells)
        for places, sign in ((first, 1.0), (second, -1.0)):
            for place in places:
                found[place] += sign / len(places)
        return found

    def places(self, label: str) -> list[int]:
        """Return the cells that a label stands for, by their place; none for no such cell."""
        alone = [i for i, each in enumerate(self.cells) if each.label == label]
        called = cells_called(label, [cell for each in self.cells for cell in each.cells])
        named = {cell.index for cell in called}
        return alone or [
            i for i, each in enumerate(self.cells) if named.issuperset(c.index for c in each.cells)
        ]


def summary_cells(
    run: RunReader,
    outcome: str,
    variable: Variable,
    asked: Sequence[Cell],
    progress: Progress = untold,
) -> tuple[SummaryCell, ...]:
    """Return the cells of a run that are asked for, with the values of an outcome.

    `progress` is told how many dialogues were read.

    Raises:
        StatisticsError: they are some groups of a protected attribute without humans of these.
    """
    as_one = cells_told_apart(run, asked, lambda: humans_of(run, outcome, variable), random=False)
    expected, drawn = expected_and_drawn(run, outcome, variable, asked, progress)
    place = {cell.index: i for i, cell in enumerate(asked)}
    found = []
    for each in as_one:
        sample, of_draws = (
            pooled([samples[place[cell.index]] for cell in each.cells], each.label)
            for samples in (expected, drawn)
        )
        sample = replace(sample, notes=(*sample.notes, *each.notes))
        differs = len(sample.rows.values) > sample.rows.n
        found.append(
            SummaryCell(each.label, each.levels, sample, of_draws if differs else None, each.cells)
        )
    return tuple(found)


def persona_means_of(
    run: RunReader, cells: Sequence[SummaryCell], variable: Variable
) -> PersonaMeans:
    """Return the means of the personas of some cells."""
    rows, people = together([cell.sample for cell in cells])
    shares = variable.scale == "nominal" and variable.categories is not None
    if shares:
        levels = variable.categories or ()
        # Of two levels each share says what the other does.
        of = tuple(levels[1:] if len(levels) == 2 else levels)
        means = persona_means(rows, len(levels))[..., len(levels) - len(of) :]
    else:
        of = (MEAN,)
        means = persona_means(rows.recoded(variable.scored(rows.values)))
    whole = np.full((len(cells), len(people), len(of)), np.nan)
    whole[: len(means)] = means
    number = {person: i for i, person in enumerate(people)}
    place = {cell.index: i for i, each in enumerate(cells) for cell in each.cells}
    members = ~np.isnan(whole[..., 0])
    for planned, _ in run.planned():
        at, person = place.get(planned.cell), number.get(run.root(planned.persona))
        if at is not None and person is not None:
            members[at, person] = True
    return PersonaMeans(tuple(cells), people, whole, members, of, shares)
