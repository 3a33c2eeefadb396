"""How many dialogues and personas each cell of a run has, who met how many, and when."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from simulate.runfile.query import Queryable


class CellSize(NamedTuple):
    """The dialogues of a cell in the plan.

    Attributes:
        cell: the cell's index.
        dialogues: how many.
        personas: how many different personas of the first user they have.
        replicates: how many dialogues one of them has at most.
    """

    cell: int
    dialogues: int
    personas: int
    replicates: int


def cell_sizes(run: Queryable) -> list[CellSize]:
    """Return the dialogues of each cell that has some, in order."""
    sql = """SELECT cell, count(*), count(DISTINCT persona), max(replicate) + 1
        FROM dialogue GROUP BY cell ORDER BY cell"""
    return [CellSize(*row) for row in run.rows(sql)]


def cells_met(run: Queryable) -> dict[int, int]:
    """Return how many personas are in how many cells: number of cells to number of personas."""
    sql = """SELECT met, count(*) FROM (
            SELECT count(DISTINCT cell) AS met FROM dialogue GROUP BY persona
        ) GROUP BY met ORDER BY met"""
    return dict(run.rows(sql))


def dates(run: Queryable) -> tuple[datetime | None, datetime | None]:
    """Return when the first dialogue began and the last one ended, in UTC; None where none did."""
    first, last = next(run.rows("SELECT min(started), max(finished) FROM dialogue"))
    return _date(first), _date(last)


def _date(seconds: float | None) -> datetime | None:
    if seconds is None:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):  # of a damaged file
        return None


def first_dialogues(run: Queryable, cell: int, most: int = 3) -> list[int]:
    """Return the first dialogues of a cell that were completed, else the first that began."""
    sql = """SELECT id FROM dialogue WHERE cell = ? AND status <> 'planned'
        ORDER BY status <> 'completed', id LIMIT ?"""
    return [number for (number,) in run.rows(sql, (cell, most))]
