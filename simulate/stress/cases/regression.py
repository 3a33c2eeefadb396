"""Shrink a failure of each check, and keep it as a regression case."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulate.engine.targets import BASELINE, VERSION
from simulate.errors import CaseError, InputError
from simulate.runfile import RunReader
from simulate.scenario.reserved_names import RESPONDS
from simulate.stress.cases.case import write_case
from simulate.stress.cases.case_making import case_of
from simulate.stress.cases.shrinking import Shrunk, shrink


@dataclass(frozen=True, slots=True)
class Kept:
    """A failure that was shrunk.

    Attributes:
        cell: the cell's label.
        check: the check that fails.
        dialogue: the id of the dialogue.
        shrunk: the result.
        path: of the regression case; None where none could be written.
        problem: why there is no case; empty where there is one.
    """

    cell: str
    check: str
    dialogue: str
    shrunk: Shrunk
    path: Path | None = None
    problem: str = ""


async def keep(file: RunReader, folder: Path, **options: Any) -> tuple[list[Kept], list[str]]:
    """Shrink the shortest failure of each check in each cell but the baseline's.

    Without a judge, checks that a model judges are left out. `options` are those of `shrink`;
    `max_calls` is for each failure.

    Returns:
        What was kept, and what could not be shrunk with the reason.

    Raises:
        EndpointError: no request to the target can succeed.
    """
    kept: list[Kept] = []
    problems: list[str] = []
    for cell, check, number, key in _failures(file):
        try:
            shrunk = await shrink(file, number, check, **options)
        except InputError as error:
            problems.append(f"{check}: {error}")
            continue
        try:
            path = write_case(case_of(file, number, shrunk), folder)
        except CaseError as error:
            kept.append(Kept(cell, check, key, shrunk, None, str(error)))
        else:
            kept.append(Kept(cell, check, key, shrunk, path))
    return kept, problems


def _failures(file: RunReader) -> Iterator[tuple[str, str, int, str]]:
    """Iterate over the shortest failing dialogue of each check of each cell."""
    first: dict[tuple[int, str], tuple[int, str]] = {}
    for failure in file.target_failures():
        first.setdefault((failure.cell, RESPONDS), (failure.dialogue, failure.key))
    for at in file.verdicts():
        said = at.verdict
        if said.verdict == "fail" and said.attributed_to == "target":
            first.setdefault((at.cell, said.check), (at.dialogue, at.key))
    for (index, check), (number, key) in sorted(first.items()):
        cell = file.cells[index]
        if cell.levels.get(VERSION) != BASELINE:
            yield cell.label, check, number, key
