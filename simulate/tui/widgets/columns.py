"""The columns of the tables, and where their rows come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.cells import cell_len

from simulate.errors import SimulateError
from simulate.runfile.dialogue_list import DialogueRow
from simulate.runfile.lock import is_live
from simulate.runfile.run_folder import RunSummary
from simulate.runfile.run_view import RunView
from simulate.runfile.troubles import Trouble
from simulate.scenario import DOES_NOT_APPLY
from simulate.terminal.safe_text import line, shortened
from simulate.tui.dialogue_data import shown_value
from simulate.tui.widgets.line_table import Column

SIGNS = {"planned": "· planned", "running": "… running", "completed": "✓ completed",
         "failed": "✗ failed", "excluded": "○ excluded"}  # fmt: skip
STYLES = {"planned": "table--dim", "running": "table--busy", "completed": "table--good",
          "failed": "table--bad", "excluded": "table--dim"}  # fmt: skip
LONGEST_PERSONA = 18


@dataclass
class DialogueSource:
    """The dialogues of an order, read page by page."""

    view: RunView
    ids: Sequence[int]

    def __len__(self) -> int:
        return len(self.ids)

    def read(self, start: int, stop: int) -> Sequence[DialogueRow]:
        """Return some rows; none where the file cannot be read any more."""
        try:
            return self.view.dialogues(self.ids[start:stop])
        except SimulateError:
            return ()


@dataclass
class Listed:
    """Rows that are at hand."""

    rows: Sequence[Any]

    def __len__(self) -> int:
        return len(self.rows)

    def read(self, start: int, stop: int) -> Sequence[Any]:
        """Return some rows."""
        return self.rows[start:stop]


def _number(value: float | None, form: str = ",.0f") -> str:
    return "–" if value is None else format(value, form)


def dialogue_columns(view: RunView, first: Sequence[DialogueRow]) -> list[Column[DialogueRow]]:
    """Return the columns of dialogues.

    Args:
        view: the run, for its cells and outcomes.
        first: some rows, from which the width of persona ids is taken.
    """
    cell = min(max(4, *(cell_len(line(label)) for label in view.cells)), 24)
    persona = max([7, *(cell_len(line(row.persona)) for row in first)])

    def status(row: DialogueRow) -> str:
        return row.status if view.rule_of(row) is None else "excluded"

    columns: list[Column[DialogueRow]] = [
        Column("id", "#", max(4, len(str(view.highest()))), lambda r: str(r.id), right=True),
        Column(
            "status", "status", 11, lambda r: SIGNS[status(r)], style=lambda r: STYLES[status(r)]
        ),
        Column("cell", "cell", cell, lambda r: line(r.cell)),
        Column("turns", "turns", 5, lambda r: str(r.turns), right=True),
    ]
    if view.reader.scenario.checks:
        columns.append(
            Column(
                "fails",
                "fails",
                5,
                lambda r: _number(r.fails),
                right=True,
                style=lambda r: "table--bad" if r.fails else None,
            )
        )
    waves = view.reader.scenario.waves.items()
    items = {item for name, wave in waves if name in view.outcomes for item in wave.items}
    for place, name in enumerate(view.outcomes):
        if name in items:  # the score tells of them, and there may be dozens
            continue
        may_not_apply = view.reader.scenario.outcomes[name].may_not_apply
        least = len(DOES_NOT_APPLY) if may_not_apply else 7
        columns.append(_outcome_column(place, name, least))
    columns += [
        Column("entropy", "entropy", 7, lambda r: _number(r.entropy, ".2f"), right=True),
        Column("tokens", "tokens", 8, lambda r: _number(r.tokens), right=True),
        Column(
            "persona",
            "persona",
            min(persona, LONGEST_PERSONA),
            lambda r: shortened(r.persona, LONGEST_PERSONA),
        ),
        Column("cost", "cost $", 8, lambda r: _number(r.cost_usd, ".4f"), right=True),
        Column("seconds", "seconds", 8, lambda r: _number(r.seconds, ",.1f"), right=True),
    ]
    return columns


def _outcome_column(place: int, name: str, least: int) -> Column[DialogueRow]:
    def text(row: DialogueRow) -> str:
        if row.status != "completed" and row.outcomes[place] is None:
            return "–"
        return shortened(shown_value(row.outcomes[place]), max(least, 12))

    def style(row: DialogueRow) -> str | None:
        return "table--dim" if row.outcomes[place] is None else None

    width = max(least, min(cell_len(line(name)), 12))
    return Column(name, shortened(name, 12), width, text, right=True, style=style)


def run_columns(open_: Path | None, runs: Sequence[RunSummary]) -> list[Column[RunSummary]]:
    """Return the columns of runs; the open one is marked."""
    width = min(max([8, *(cell_len(line(row.path.stem)) + 2 for row in runs)]), 36)

    def name(row: RunSummary) -> str:
        here = open_ is not None and row.path.resolve() == open_.resolve()
        return ("▸ " if here else "  ") + line(row.path.stem)

    def state(row: RunSummary) -> str:
        if row.problem:
            return "! newer simulate needed"
        if row.left:
            word = "running" if is_live(row.path) else "stopped"
            return f"… {row.completed + row.failed:,}/{row.dialogues:,} {word}"
        return f"{row.completed:,} ✓" + (f" {row.failed:,} ✗" if row.failed else "")

    def style(row: RunSummary) -> str | None:
        return "table--bad" if row.problem else "table--busy" if row.left else None

    return [
        Column("name", "  run", width, name, sortable=False),
        Column("state", "dialogues", 24, state, style=style, sortable=False),
        Column("scenario", "scenario", 16, lambda r: line(r.scenario), sortable=False),
        Column("created", "created (UTC)", 16, lambda r: r.created[:16].replace("T", " "),
               sortable=False),
    ]  # fmt: skip


def trouble_columns(width: int) -> list[Column[Trouble]]:
    """Return the columns of what did not go as it was asked for, for a screen of some width."""
    room = max(width - 44, 24)
    return [
        Column("count", "times", 7, lambda r: f"{r.times:,}", right=True, sortable=False),
        Column("kind", "what", 18, lambda r: r.kind, sortable=False,
               style=lambda r: "table--bad" if r.kind == "failed" else None),
        Column("reason", "why", room, lambda r: shortened(r.what, room), sortable=False),
        Column("dialogues", "dialogues", 9, lambda r: f"{len(r.dialogues):,}", right=True,
               sortable=False),
    ]  # fmt: skip
