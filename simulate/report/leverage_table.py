"""Turn leverage on the terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from simulate.comparison.leverage import Leverage
from simulate.comparison.leverage.result import shown_surprise
from simulate.report.tables import new_table, print_notes, right
from simulate.terminal.numbers import ends, number

MOST_SHOWN = 40
"""Turns; of more, those of the largest leverage are shown."""


def leverage_rows(found: Leverage) -> list[tuple[str, ...]]:
    """Return a row for each explored turn: turn, replies, rollouts, mean, surprise, leverage."""
    rows: list[tuple[str, ...]] = []
    for each in found.largest(MOST_SHOWN):
        of = each.effects
        assert of is not None  # noqa: S101  # it is one of those found
        rows.append(
            (
                found.name_of(each),
                f"{len(each.candidates)}",
                f"{sum(of.rollouts):,}",
                number(of.mean),
                shown_surprise(of),
                f"{number(of.leverage, 4)}{ends(of.leverage_interval, _four)}",
            )
        )
    return rows


COLUMNS = ("turn", "replies", "rollouts", "expected", "surprise", "leverage")


def _four(value: float | None) -> str:
    return number(value, 4)


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
