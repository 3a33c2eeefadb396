"""The table of the effective size turn by turn on the terminal, and the same numbers as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from simulate.comparison.entropy_by_turn import EntropyByTurn
from simulate.report.tables import new_table, print_notes, right
from simulate.statistics.mean_contrasts import FEWEST_PERSONAS
from simulate.terminal.bars import sparkline
from simulate.terminal.numbers import ends, number
from simulate.terminal.safe_text import line


def _size(value: float | None) -> str:
    return number(value, 2)


def _labels(rows: Sequence[EntropyByTurn]) -> list[str]:
    """Name each row by its cell, and by its speaker where there are several."""
    several = len({row.speaker for row in rows}) > 1
    return [line(f"{row.cell} · {row.speaker}" if several else row.cell) for row in rows]


def entropy_table(rows: Sequence[EntropyByTurn]) -> Table:
    """Return one line a cell and speaker."""
    change, shape = (Column(title, no_wrap=True) for title in ("first / last", "by turn"))
    sizes = right("dialogues", "first", "middle", "last")
    table = new_table(Column("", overflow="fold"), *sizes, change, shape)
    labels = _labels(rows)
    top = max((at.effective_size for row in rows for at in row.by_reply), default=1.0)
    for row, label in zip(rows, labels, strict=True):
        ratio = f"×{_size(row.ratio)}{ends(row.interval, _size)}"
        table.add_row(
            label,
            f"{row.dialogues:,}",
            *map(_size, (row.first, row.middle, row.last)),
            "–" if row.ratio is None else ratio,
            sparkline([at.effective_size for at in row.by_reply], 1.0, top),
        )
    return table


def entropy_notes(rows: Sequence[EntropyByTurn]) -> list[str]:
    """Return what must be known to read the table."""
    lines = [
        "effective size: exp(entropy), how many equally likely replies would be as uncertain; "
        "geometric means over completed dialogues with at least two drawn turns",
        "first / last: paired within each dialogue, 95 % interval by persona; above 1 the last "
        "turn leaves fewer replies than the first. So does a talk that comes to its end",
    ]
    if any(len({at.dialogues for at in row.by_reply}) > 1 for row in rows):
        lines.append("by turn: over the dialogues that last so long, fewer from turn to turn")
    reasons = {
        False: "no turn of a completed dialogue was drawn from a distribution",
        True: "no completed dialogue has two drawn turns",
    }
    for drawn, why in reasons.items():
        cells = [
            label
            for row, label in zip(rows, _labels(rows), strict=True)
            if row.ratio is None and bool(row.by_reply) == drawn
        ]
        if cells:
            lines.append(f"—: {', '.join(cells)}: {why}")
    if equal := sorted({row.method for row in rows if row.by_reply and not row.stated}):
        lines.append(
            f"{', '.join(equal)}: all candidates weigh the same, so that the effective size only "
            "says how many of them differ"
        )
    if any(row.dialogues and row.interval is None for row in rows):
        lines.append(
            f"no interval: it needs {FEWEST_PERSONAS} effective personas and ratios that differ"
        )
    return lines


def print_entropy(rows: Sequence[EntropyByTurn], console: Console) -> None:
    """Print the table and its notes."""
    console.print(Text("Effective size of the user's reply distributions", style="bold"))
    console.print(entropy_table(rows))
    print_notes(entropy_notes(rows), console)


def entropy_dict(rows: Sequence[EntropyByTurn]) -> dict[str, Any]:
    """Return what `simulate diversity --json` prints of dialogues."""
    return {"entropy_by_turn": [asdict(row) for row in rows]}
