"""The table of how well users are told from people, and the same numbers as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from simulate.comparison.telling_apart import FLOORS, CellToldApart
from simulate.report.tables import new_table, print_notes, right
from simulate.statistics.classifier_test import FOLDS
from simulate.statistics.mean_contrasts import FEWEST_PERSONAS
from simulate.terminal.numbers import ends, number
from simulate.terminal.safe_text import line


def telling_apart_table(rows: Sequence[CellToldApart]) -> Table:
    """Return one line a cell."""
    area = Column("AUC", no_wrap=True)
    table = new_table("", *right("people", "personas", "turns"), area, "people against people")
    for row in rows:
        found, floor = row.found, row.floor
        chance = "" if floor is None else f"{number(floor.mean)}, up to {number(floor.highest)}"
        table.add_row(
            line(row.cell),
            *(f"{count:,}" for count in (*found.persons, found.observations[1])),
            Text(number(found.area) + ends(found.interval), style="bold"),
            chance,
        )
    return table


def telling_apart_notes(rows: Sequence[CellToldApart]) -> list[str]:
    """Return what must be known to read the table."""
    lines = [
        "AUC: how often a logistic classifier of words, letters and habits of typing ranks a "
        f"simulated turn above a human one at the same place; {FOLDS} folds of whole people; .5: it"
        " cannot tell them apart. Another classifier may: it is a lower bound of what can be told",
        f"people against people: mean and highest of {FLOORS} random halves of the people",
    ]
    if any(row.found.area is None for row in rows):
        lines.append(f"–: fewer than {FOLDS} people or personas, or no turn at the same place")
    if any(row.found.area is not None and row.found.interval is None for row in rows):
        lines.append(f"no interval: it needs {FEWEST_PERSONAS} effective people and personas")
    return lines


def print_telling_apart(rows: Sequence[CellToldApart], console: Console) -> None:
    """Print the table of each speaker, and the notes."""
    for speaker in dict.fromkeys(row.speaker for row in rows):
        console.print(Text(f"told from people: turns of {line(speaker)}"))
        console.print(telling_apart_table([row for row in rows if row.speaker == speaker]))
    print_notes(telling_apart_notes(rows), console)


def telling_apart_dict(rows: Sequence[CellToldApart]) -> list[dict[str, Any]]:
    """Return what `simulate compare --language --json` prints under `told_apart`."""
    return [asdict(row) for row in rows]
