"""The columns of the tables, and where their rows come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.cells import cell_len

from simulate.errors import SimulateError
from simulate.reference import Variable
from simulate.runfile.dialogue_list import SAID, DialogueRow
from simulate.runfile.lock import is_live
from simulate.runfile.run_folder import RunSummary
from simulate.runfile.run_view import RunView
from simulate.runfile.troubles import Trouble
from simulate.scenario import DOES_NOT_APPLY, Outcome
from simulate.terminal.safe_text import line, shortened
from simulate.tui.dialogue_data import shown_value
from simulate.tui.widgets.line_table import Column

MARKS = {"planned": "·", "running": "…", "completed": "", "failed": "✗", "excluded": "○"}
"""What stands for a status; nothing for the one that most dialogues have."""
STYLES = {"planned": "table--dim", "running": "table--busy", "failed": "table--bad",
          "excluded": "table--dim"}  # fmt: skip
TYPES = {"amount": "#.#", "count": "##", "ordinal": "a<b", "choice": "abc", "yesno": "y/n"}
"""The mark of a type of outcome in its heading, by kind."""
OF_SCALE = {"numeric": "#.#", "ordered": "a<b", "nominal": "abc"}
LONGEST_PERSONA = 18
LEAST_SAID = 24
"""Cells for what was said; it takes all that is left of the table's width."""


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
        Column("status", "", 1, lambda r: MARKS[status(r)], style=lambda r: STYLES.get(status(r))),
        Column("cell", "cell", cell, lambda r: line(r.cell)),
    ]
    scenario = view.reader.scenario
    if scenario.checks:
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
    waves = scenario.waves.items()
    items = {item for name, wave in waves if name in view.outcomes for item in wave.items}
    for place, name in enumerate(view.outcomes):
        if name in items:  # the score tells of them, and there may be dozens
            continue
        columns.append(_outcome_column(place, name, scenario.outcomes[name], first))
    columns += [
        Column("said", "the user's last words", LEAST_SAID,
               lambda r: "" if r.said is None else shortened(r.said, SAID), sortable=False,
               grows=True),
        Column("turns", "turns", 5, lambda r: str(r.turns), right=True),
        Column("entropy", "entropy", 7, lambda r: _number(r.entropy, ".2f"), right=True),
        Column("tokens", "tokens", 8, lambda r: _number(r.tokens), right=True),
        Column("persona", "persona", min(persona, LONGEST_PERSONA),
               lambda r: shortened(r.persona, LONGEST_PERSONA)),
        Column("cost", "cost $", 8, lambda r: _number(r.cost_usd, ".4f"), right=True),
        Column("seconds", "seconds", 8, lambda r: _number(r.seconds, ",.1f"), right=True),
    ]  # fmt: skip
    return columns


def _outcome_column(
    place: int, name: str, outcome: Outcome, first: Sequence[DialogueRow]
) -> Column[DialogueRow]:
    """Return the column of an outcome; its numbers have as many decimals as the first rows need."""
    least = len(DOES_NOT_APPLY) if outcome.may_not_apply else 7
    mark = TYPES.get(outcome.kind) or OF_SCALE[Variable.of_outcome(name, outcome).scale]
    decimals = _decimals([row.outcomes[place] for row in first], outcome.kind == "amount")

    def text(row: DialogueRow) -> str:
        value = row.outcomes[place]
        if row.status != "completed" and value is None:
            return "–"
        if isinstance(value, int | float) and not isinstance(value, bool):
            return f"{value:,.{decimals}f}"
        return shortened(shown_value(value), max(least, 12))

    def style(row: DialogueRow) -> str | None:
        return "table--dim" if row.outcomes[place] is None else None

    title = f"{shortened(name, 12)} {mark}"
    return Column(name, title, max(least, cell_len(title)), text, right=True, style=style)


def _decimals(values: Sequence[Any], fractions: bool) -> int:
    """Return how many decimals show some numbers, at most 3; with `fractions`, 2 at least."""
    numbers = [value for value in values if isinstance(value, float) and value % 1]
    needed = [len(f"{value:.3f}".rstrip("0").partition(".")[2]) for value in numbers]
    return max([2 if fractions else 0, *needed])


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
