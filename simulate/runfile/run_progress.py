"""How far a run is at one moment: its totals, cells, dialogues under way and latest turns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from simulate.runfile.answered_by import models_told
from simulate.runfile.branches import OF_PLAN
from simulate.runfile.column_rules import LATEST_TURN, check_row
from simulate.runfile.corruption import damage_told, reading
from simulate.runfile.reader import RunReader
from simulate.runfile.totals import Totals
from simulate.verbalized import WORDLESS

LATEST = 40
AT_ONCE = 20_000
"""Calls that one query counts, so that it stays short."""


class CellProgress(NamedTuple):
    """How far one cell is."""

    label: str
    ended: int
    failed: int
    dialogues: int


class InFlight(NamedTuple):
    """A dialogue that is under way."""

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


class BudgetLimits(NamedTuple):
    """What the run may spend; None for no limit."""

    usd: float | None
    tokens: int | None


class CallCounts(NamedTuple):
    """Retries and texts that could not be used, counted call by call as they come.

    Attributes:
        upto: the last call that is counted.
        last: the last call that is on file.
        retries: requests that had to be sent again.
        unusable: calls whose text could not be used.
    """

    upto: int = 0
    last: int = 0
    retries: int = 0
    unusable: int = 0

    @property
    def complete(self) -> bool:
        """Whether all calls on file are counted."""
        return self.upto >= self.last

    @property
    def share(self) -> float:
        """The share of calls that is counted, from 0 to 1."""
        return self.upto / self.last if self.last else 1.0


@dataclass(frozen=True, slots=True)
class RunProgress:
    """A run at one moment.

    Attributes:
        totals: of the whole run.
        cells: how far each is.
        in_flight: dialogues that are under way, the latest of them first.
        latest: the latest turns, the newest first.
        budget: what it may spend.
        models: their names.
        answered: what answered each of them, in sentences.
        told: what endpoints refuse, and what is odd about their answers, in sentences.
        most_turns: how many turns the run has at most, those given so far included.
    """

    totals: Totals
    cells: tuple[CellProgress, ...]
    in_flight: tuple[InFlight, ...]
    latest: tuple[LatestTurn, ...]
    budget: BudgetLimits
    models: tuple[str, ...]
    answered: tuple[str, ...]
    told: tuple[str, ...]
    most_turns: int


def count_calls(run: RunReader, counted: CallCounts) -> CallCounts:
    """Count the calls that have come since `counted`, at most 20,000 at once."""
    last = int(next(run.rows("SELECT coalesce(max(id), 0) FROM call"))[0])
    upto = min(counted.upto + AT_ONCE, last)
    sql = f"""SELECT coalesce(sum(tries - 1), 0), coalesce(sum(problem IS NOT NULL), 0)
        FROM call WHERE id > ? AND id <= ? AND {OF_PLAN}"""  # noqa: S608
    retries, unusable = next(run.rows(sql, (counted.upto, upto)))
    return CallCounts(upto, last, counted.retries + retries, counted.unusable + unusable)


@damage_told
def run_progress(run: RunReader, totals: Totals) -> RunProgress:
    """Read how far a run is; `totals` are those of the whole run."""
    labels = [cell.label for cell in run.cells]
    cells = []
    for index, found in run.counts().items():
        ended = found["completed"] + found["failed"]
        cells.append(CellProgress(labels[index], ended, found["failed"], sum(found.values())))
    sql = """SELECT id, cell, turns, started FROM dialogue WHERE status = 'running'
        ORDER BY started DESC LIMIT ?"""
    rows = run.rows(sql, (LATEST,))
    in_flight = tuple(InFlight(number, labels[cell], *rest) for number, cell, *rest in rows)
    sql = """SELECT t.dialogue, t.position, t.speaker, iif(t.text = '' AND t.ends, ?, t.text),
        t.entropy FROM
        (SELECT dialogue, turn, max(id) AS id FROM
            (SELECT dialogue, turn, id FROM call WHERE turn IS NOT NULL ORDER BY id DESC LIMIT ?)
            GROUP BY dialogue, turn) c
        JOIN turn t ON t.dialogue = c.dialogue AND t.position = c.turn ORDER BY c.id DESC LIMIT ?"""
    latest = tuple(LatestTurn(*row) for row in run.rows(sql, (WORDLESS, 3 * LATEST, LATEST)))
    for turn in latest:
        with reading("turn", dialogue=turn.dialogue, position=turn.position):
            check_row(LATEST_TURN, turn)
    budget = run.meta.get("budget") or {}
    models = dict.fromkeys(name for cell in run.meta.get("models", []) for name in cell.values())
    return RunProgress(
        totals,
        tuple(cells),
        in_flight,
        latest,
        BudgetLimits(budget.get("usd"), budget.get("tokens")),
        tuple(models),
        tuple(models_told(run)),
        tuple(run.endpoints_told()),
        run.given_turns()
        + totals.dialogues * sum(c.most_turns for c in run.cells) // len(run.cells),
    )
