"""The look of all tables on the terminal, and of the notes below them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Column
from rich.text import Text

from simulate.report.value_table import ValueTable
from simulate.statistics.proportions import Proportion
from simulate.terminal.numbers import ends


def new_table(*columns: str | Text | Column, **options: Any) -> ValueTable:
    """Return a table without rows whose values are never cut; `options` are rich's `Table`'s."""
    headed = (c if isinstance(c, Column) else Column(c) for c in columns)
    return ValueTable(*headed, box=box.SIMPLE_HEAD, pad_edge=False, **options)


def right(*titles: str) -> list[Column]:
    """Return columns of numbers, which stand to the right and are never wrapped."""
    return [Column(title, justify="right", no_wrap=True) for title in titles]


def print_notes(lines: Iterable[str], console: Console) -> None:
    """Print what must be known to read the table above."""
    for line in lines:
        console.print(Text(line, style="dim"))


def percent(share: float) -> str:
    """Return a share as a percentage with a sensible number of digits."""
    return f"{100 * share:.1f} %"


def percent_ends(interval: tuple[float, float] | None) -> str:
    """Return the interval of a share as it stands behind its percentage; nothing for none."""
    return ends(interval, lambda end: f"{100 * end:.1f}")


def proportion_words(found: Proportion) -> str:
    """Return a share with its interval, in percent."""
    return "–" if found.value is None else percent(found.value) + percent_ends(found.interval)
