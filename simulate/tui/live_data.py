"""What is on file of a run that goes on, at one moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from simulate.tui.queries import RunView, Totals

__all__ = ["Budget", "CallCounts", "CellProgress", "InFlight", "LatestTurn", "Moment", "moment"]

LATEST = 40
AT_ONCE = 20_000
"""Calls that are counted in one look, so that a look stays short."""


class CellProgress(NamedTuple):
    """How far one cell is."""

    label: str
    ended: int
    failed: int
    dialogues: int


class InFlight(NamedTuple):
    """A dialogue that goes on."""

    dialogue: int
    cell: str
    turns: int
    started: float | None


class LatestTurn(NamedTuple):
    """A turn that was committed lately."""

    dialogue: int
    position: int
    speaker: str
    text: str
    entropy: float | None


class Budget(NamedTuple):
    """What the run may spend; None for no limit."""

    usd: float | None
    tokens: int | None


@dataclass
class CallCounts:
    """Retries and texts that could not be used, counted call by call as they come.

    Attributes:
        upto: the last call that is counted.
        last: the last call that is on file.
        retries: requests that had to be sent again.
        unused: calls whose text could not be used.
    """

    upto: int = 0
    last: int = 0
    retries: int = 0
    unused: int = 0

    def go_on(self, view: RunView) -> None:
        """Count the calls that have come since, not too many at once."""
        self.last = int(next(view.reader.rows("SELECT coalesce(max(id), 0) FROM call"))[0])
        end = min(self.upto + AT_ONCE, self.last)
        sql = """SELECT coalesce(sum(tries - 1), 0), coalesce(sum(problem IS NOT NULL), 0)
            FROM call WHERE id > ? AND id <= ?"""
        retries, unused = next(view.reader.rows(sql, (self.upto, end)))
        self.upto = end
        self.retries += retries
        self.unused += unused

    @property
    def share(self) -> float:
        """The share of calls that is counted, from 0 to 1."""
        return self.upto / self.last if self.last else 1.0


@dataclass(frozen=True, slots=True)
class Moment:
    """A run at one moment.

    Attributes:
        totals: of the whole run.
        cells: how far each is.
        in_flight: dialogues that go on, the first of them.
        latest: the latest turns, the newest first.
        budget: what it may spend.
        models: their names.
        most_turns: how many turns the plan has at most.
        refused: what the endpoints refuse.
    """

    totals: Totals
    cells: tuple[CellProgress, ...]
    in_flight: tuple[InFlight, ...]
    latest: tuple[LatestTurn, ...]
    budget: Budget
    models: tuple[str, ...]
    refused: tuple[str, ...]
    most_turns: int


def moment(view: RunView, totals: Totals) -> Moment:
    """Read what is on file now."""
    counts = view.reader.counts()
    cells = []
    for index, label in enumerate(view.cells):
        found = counts[index]
        ended = found["completed"] + found["failed"]
        cells.append(CellProgress(label, ended, found["failed"], sum(found.values())))
    sql = """SELECT id, cell, turns, started FROM dialogue WHERE status = 'running'
        ORDER BY started DESC LIMIT ?"""
    rows = list(view.reader.rows(sql, (LATEST,)))
    in_flight = tuple(InFlight(number, view.cells[cell], *rest) for number, cell, *rest in rows)
    sql = """SELECT t.dialogue, t.position, t.speaker, t.text, t.entropy FROM
        (SELECT dialogue, turn, max(id) AS id FROM
            (SELECT dialogue, turn, id FROM call WHERE turn IS NOT NULL ORDER BY id DESC LIMIT ?)
            GROUP BY dialogue, turn) c
        JOIN turn t ON t.dialogue = c.dialogue AND t.position = c.turn ORDER BY c.id DESC LIMIT ?"""
    latest = tuple(LatestTurn(*row) for row in view.reader.rows(sql, (3 * LATEST, LATEST)))
    meta, scenario = view.reader.meta, view.reader.scenario
    budget = meta.get("budget") or {}
    models = dict.fromkeys(name for cell in meta.get("models", []) for name in cell.values())
    refused = tuple(
        f"{model} refuses {what}" for model, told in view.reader.refusals().items() for what in told
    )
    return Moment(
        totals,
        tuple(cells),
        in_flight,
        latest,
        Budget(budget.get("usd"), budget.get("tokens")),
        tuple(models),
        refused,
        totals.dialogues * scenario.most_turns,
    )
