"""The result of a run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from simulate.errors import one_line
from simulate.notebook import Shown
from simulate.runfile import RunReader, open_run
from simulate.runfile.tables import TableName

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl


@dataclass(frozen=True, slots=True)
class RunResult(Shown):
    """The result of a run.

    Attributes:
        path: the run file.
        completed: dialogues completed, all invocations together.
        failed: dialogues failed.
        left: dialogues that are still to do; more than 0 where the run was interrupted.
        calls: model calls that are on file.
        prompt_tokens: tokens read.
        cached_tokens: those of them that a cache held.
        completion_tokens: tokens written.
        cost_usd: what the calls cost; None where it is unknown.
        seconds: how long this invocation took.
        why: what stopped the run: its budget, an endpoint that serves no more, or this machine.
    """

    path: Path
    completed: int
    failed: int
    left: int
    calls: int
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    cost_usd: float | None
    seconds: float
    why: str | None = None

    _view: ClassVar[str] = "run"

    def __repr__(self) -> str:
        cost = "" if self.cost_usd is None else f", ${self.cost_usd:.4f}"
        told = f"{self.progress}, {self.failed:,} failed, {self.calls:,} calls{cost}"
        return f"RunResult({one_line(str(self.path))}: {told})"

    @property
    def progress(self) -> str:
        """How many dialogues have ended, such as `7 of 10 dialogues`."""
        ended = self.completed + self.failed
        return f"{ended:,} of {ended + self.left:,} dialogues"

    def open(self) -> RunReader:
        """Open the run file for reading."""
        return open_run(self.path)

    def to_frame(self, table: TableName = "dialogues", *, prompts: bool = False) -> pl.DataFrame:
        """Return a tidy table as a polars frame; see `RunReader.to_frame`."""
        with self.open() as run:
            return run.to_frame(table, prompts=prompts)

    def to_pandas(self, table: TableName = "dialogues", *, prompts: bool = False) -> pd.DataFrame:
        """Return a tidy table as a pandas frame; see `RunReader.to_pandas`."""
        with self.open() as run:
            return run.to_pandas(table, prompts=prompts)


def result_of(path: Path, seconds: float, why: str | None) -> RunResult:
    """Return the result of a run whose file is closed.

    Args:
        path: the run file.
        seconds: see `RunResult`.
        why: likewise.
    """
    with open_run(path) as file:
        total = file.totals()
    spent = total.spent._asdict()
    return RunResult(
        path, total.completed, total.failed, total.left, seconds=seconds, why=why, **spent
    )
