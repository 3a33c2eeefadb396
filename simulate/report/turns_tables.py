"""How well users are told from people, and recognized by how they began: tables, and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from simulate.comparison.consistency import BEGINNING, Consistency
from simulate.comparison.telling_apart import FLOORS, CellToldApart
from simulate.report.tables import new_table, print_notes, right
from simulate.statistics.classifier_test import FOLDS
from simulate.statistics.mean_contrasts import FEWEST_PERSONAS
from simulate.terminal.bars import sparkline
from simulate.terminal.numbers import ends, number, signed
from simulate.terminal.safe_text import line


def _name() -> Column:
    """Return the column of names, which gives way last."""
    return Column("", overflow="fold", min_width=6)


def telling_apart_table(rows: Sequence[CellToldApart]) -> Table:
    """Return one line a cell."""
    area = Column("AUC", no_wrap=True)
    table = new_table(_name(), *right("people", "personas", "turns"), area, "people against people")
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


def consistency_table(rows: Sequence[Consistency]) -> Table:
    """Return one line a cell, with that of people where there are transcripts."""
    columns = (
        Column(title, no_wrap=True) for title in ("recognized", "last less first", "by turn")
    )
    table = new_table(_name(), *right("personas"), *columns, collapse_padding=True)
    for row in rows:
        shares = [at.share for at in row.by_place]
        edges = shares[:: max(len(shares) - 1, 1)]
        table.add_row(
            line(row.name),
            f"{row.personas:,}",
            Text(number(row.share) + ends(row.interval), style="bold"),
            signed(row.change) + ends(row.change_interval, signed),
            f"{sparkline(shares, 0.5, 1.0)} {' … '.join(number(share, 2) for share in edges)}",
        )
    return table


def consistency_notes(rows: Sequence[Consistency]) -> list[str]:
    """Return what must be known to read the table."""
    lines = [
        "recognized: how often a turn is nearer in words and letters to its own user's first "
        f"{BEGINNING} turns than to another's, from the third on; .5: it could be anybody's. Who "
        "repeats itself is always recognized: people are the measure, not 1",
    ]
    if any(row.share is None for row in rows):
        lines.append("–: fewer than two personas with three turns or more")
    if any(row.share is not None and row.interval is None for row in rows):
        lines.append(f"no interval: it needs {FEWEST_PERSONAS} personas that are not all alike")
    return lines


def print_turns(
    apart: Sequence[CellToldApart], alike: Sequence[Consistency], console: Console
) -> None:
    """Print how users are told from people, and how they are recognized, for each speaker."""
    for speaker in dict.fromkeys(row.speaker for row in apart):
        console.print(Text(f"told from people: turns of {line(speaker)}"))
        console.print(telling_apart_table([row for row in apart if row.speaker == speaker]))
    if apart:
        print_notes(telling_apart_notes(apart), console)
    for speaker in dict.fromkeys(row.speaker for row in alike):
        console.print(Text(f"recognized by how they began: turns of {line(speaker)}"))
        console.print(consistency_table([row for row in alike if row.speaker == speaker]))
    print_notes(consistency_notes(alike), console)


def turns_dict(
    apart: Sequence[CellToldApart], alike: Sequence[Consistency]
) -> dict[str, list[dict[str, Any]]]:
    """Return what `simulate compare --language --json` adds; `told_apart` with transcripts only."""
    found = {"consistency": [asdict(row) for row in alike]}
    return ({"told_apart": [asdict(row) for row in apart]} if apart else {}) | found
