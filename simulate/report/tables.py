"""The look of all tables on the terminal, and of the notes below them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text


def new_table(*columns: str | Text | Column, **options: Any) -> Table:
    """Return a table without rows; `options` are those of rich's `Table`."""
    headed = (c if isinstance(c, Column) else Column(c) for c in columns)
    return Table(*headed, box=box.SIMPLE_HEAD, pad_edge=False, **options)


def right(*titles: str) -> list[Column]:
    """Return columns of numbers, which stand to the right and are never wrapped."""
    return [Column(title, justify="right", no_wrap=True) for title in titles]


def print_notes(lines: Iterable[str], console: Console) -> None:
    """Print what must be known to read the table above."""
    for line in lines:
        console.print(Text(line, style="dim"))
