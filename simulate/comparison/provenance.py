"""Where samples come from: what a report says about the runs behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulate.comparison.samples import split_spec
from simulate.reference.table_file import is_table

if TYPE_CHECKING:
    from simulate.runfile import Failure


@dataclass(frozen=True)
class Provenance:
    """A run, as a report tells it."""

    file: str
    """Name of the run file, without its folder."""
    run_id: str
    scenario: dict[str, Any]
    """The resolved scenario."""
    cells: list[tuple[str, dict[str, int]]]
    """Label of each cell, and its dialogues by status."""
    failures: list[Failure]
    """Why dialogues failed, the most frequent reason first."""
    answered: list[str]
    """What answered each of its models, in sentences."""
    told: list[str]
    """What endpoints refuse, and what is odd about their answers, in sentences."""


def provenance(specs: Sequence[str]) -> list[Provenance]:
    """Return what the run files among the SAMPLEs say about themselves; tables say nothing.

    Raises:
        ReferenceDataError: there is no such file.
        RunFileError: a run file cannot be read.
    """
    from simulate.runfile import open_run
    from simulate.runfile.answered_by import models_told

    found: dict[str, Provenance] = {}
    for spec in specs:
        path, _ = split_spec(spec)
        if is_table(path) or str(path) in found:
            continue
        with open_run(path) as run:
            counts = run.counts()
            found[str(path)] = Provenance(
                path.name,
                run.run_id,
                run.scenario.model_dump(mode="json", exclude_defaults=True),
                [(cell.label, counts[cell.index]) for cell in run.cells],
                run.failures(),
                models_told(run),
                run.endpoints_told(),
            )
    return list(found.values())
