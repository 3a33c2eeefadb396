"""Contrasts: which cells are set against each other, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from simulate.errors import first_of
from simulate.files.strict import Strict
from simulate.scenario.cell import Cell, cells_called
from simulate.scenario.design import Design
from simulate.verbalized.spec import Name


class Contrast(Strict):
    """Two cells whose distances to the humans are compared: D²(first) − D²(second)."""

    cells: Annotated[list[str], Field(min_length=2, max_length=2)]
    """The labels of two cells; the difference is above 0 where the second is closer. Some of the
    levels, such as `polite`, or `tone=polite`, stand for all cells that have them."""
    meaning: Annotated[str, Field(min_length=1)]
    """What the difference says, in one sentence; shown with it."""
    # Left out of dumps where it is not given, so that files begun before keep their identity.
    outcomes: Annotated[list[Name], Field(max_length=1000, exclude_if=lambda v: not v)] = []
    """For which outcomes it is planned; by default the primary ones, else all."""

    def check(
        self, field: str, cells: Sequence[Cell], outcomes: Sequence[str], *, in_part: bool
    ) -> None:
        """Refuse a contrast of cells, or for outcomes, that the scenario does not have.

        Args:
            field: where it stands.
            cells: of the scenario.
            outcomes: of the scenario.
            in_part: whether a fraction of all combinations is played.

        Raises:
            ValueError: the message begins with the field.
        """
        sides = [cells_called(label, cells) for label in self.cells]
        for label, side in zip(self.cells, sides, strict=True):
            if not side:
                known = first_of([cell.label for cell in cells])
                why = " (the fraction leaves it out)" if in_part else ""
                raise ValueError(
                    f"{field}.cells: there is no cell “{label}”{why}; there are: {known}, "
                    "and their levels"
                )
        if any(cell in sides[1] for cell in sides[0]):
            raise ValueError(
                f"{field}.cells: name two different cells, or parts without a common cell"
            )
        for name in self.outcomes:
            if name not in outcomes:
                known = first_of(outcomes) or "none"
                raise ValueError(
                    f"{field}.outcomes: there is no outcome “{name}”; there are: {known}"
                )

    def paired(self, cells: Sequence[Cell], design: Design) -> bool:
        """Tell whether it is of two single cells that meet the same personas."""
        sides = [cells_called(label, cells) for label in self.cells]
        if [len(side) for side in sides] != [1, 1]:
            return False
        return design.shares_personas(sides[0][0].levels, sides[1][0].levels)
