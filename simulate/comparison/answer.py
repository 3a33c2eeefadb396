"""What a run says of one outcome, in one look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from simulate.comparison.progress import Progress
from simulate.comparison.summary import OutcomeCells, outcome_cells
from simulate.runfile import RunReader


@dataclass(frozen=True, slots=True)
class Answer:
    """What a run says of one outcome.

    Attributes:
        outcome: what it came to in each cell.
    """

    outcome: OutcomeCells

    def to_dict(self) -> dict[str, Any]:
        """Return it as a mapping that can be written as JSON."""
        cells = [cell.to_dict() for cell in self.outcome.cells]
        return {"outcome": self.outcome.name, "cells": cells}


def answer(run: RunReader, outcome: str, progress: Progress) -> Answer:
    """Return what a run says of one of its outcomes."""
    progress(0, 1, "outcomes by cell")
    return Answer(next(each for each in outcome_cells(run) if each.name == outcome))
