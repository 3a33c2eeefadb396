"""What tables ask of an open run file, and the columns that all of them begin with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Protocol, TypeVar

from simulate.runfile.dialogue import Dialogue
from simulate.runfile.query import DialogueSource
from simulate.runfile.tables.column import Column
from simulate.scenario import Cell, Scenario

R = TypeVar("R")


class RecordedRun(DialogueSource, Protocol):
    """An open run file."""

    @property
    def path(self) -> Path:
        """The run file."""

    @property
    def run_id(self) -> str:
        """The run's id."""

    @property
    def scenario(self) -> Scenario:
        """What was simulated."""

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Its cells."""

    @property
    def meta(self) -> dict[str, Any]:
        """What the file says of the run."""

    @property
    def with_branches(self) -> bool:
        """Whether branches count as dialogues."""

    def root(self, persona: str) -> str:
        """Return the person behind a persona."""

    def read(self, ids: Iterable[int] | None = None) -> Iterator[Dialogue]:
        """Iterate over the dialogues that began."""


def identity(run: RecordedRun, of: Callable[[R], Dialogue]) -> list[Column[R]]:
    """Return the columns that say to which dialogue, cell and person a row belongs.

    Args:
        run: the run file.
        of: returns the dialogue of a record.
    """
    run_id = run.run_id
    labels = tuple(dict.fromkeys(cell.label for cell in run.cells))
    return [
        Column("run", "The run's id", lambda _: run_id),
        Column("dialogue", "The dialogue's id; joins the tables", lambda r: of(r).key),
        Column(
            "cell", "The cell: all levels together", lambda r: of(r).cell.label, "category",
            levels=labels,
        ),
        Column(
            "cluster",
            "The person behind the persona, the same for each draw of one row of a table: what "
            "standard errors are clustered by",
            lambda r: run.root(of(r).persona.id),
        ),
    ]  # fmt: skip
