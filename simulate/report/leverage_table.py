"""Turn leverage on the terminal."""

from __future__ import annotations

from functools import partial

from rich.console import Console
from rich.table import Table
from rich.text import Text

from simulate.comparison.leverage import Leverage
from simulate.report.tables import new_table, print_notes, right
from simulate.terminal.numbers import ends, number, signed

MOST_SHOWN = 40
"""Turns; of more, those of the largest leverage are shown."""


def leverage_rows(found: Leverage) -> list[tuple[str, ...]]:
    """Return a row for each explored turn: turn, replies, rollouts, mean, surprise, leverage."""
    four = partial(number, digits=4)
    rows: list[tuple[str, ...]] = []
    for each, of in found.largest(MOST_SHOWN):
        rows.append(
            (
                found.name_of(each),
                f"{len(each.candidates)}",
                f"{sum(of.rollouts):,}",
                number(of.mean),
                f"{signed(of.surprise)}{ends(of.surprise_interval, signed)}",
                f"{four(of.leverage)}{ends(of.leverage_interval, four)}",
            )
        )
    return rows


COLUMNS = ("turn", "replies", "rollouts", "expected", "surprise", "leverage")


def leverage_table(found: Leverage) -> Table:
    """Return the explored turns."""
    table = new_table(COLUMNS[0], *right(*COLUMNS[1:]))
    for row in leverage_rows(found):
        table.add_row(*row)
    return table


def print_leverage(found: Leverage, console: Console) -> None:
    """Print what to quote, the turns, and what must be known."""
    console.print(Text(found.sentence, style="bold"))
    if found.found:
        console.print(leverage_table(found))
        if (more := len(found.found) - MOST_SHOWN) > 0:
            console.print(f"{more:,} turns of smaller leverage are not shown; --json has all")
    print_notes(found.notes, console)
