"""What must be known to read a table, below it."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text


def print_notes(lines: Sequence[str], console: Console) -> None:
    """Print what must be known to read the table above."""
    for line in lines:
        console.print(Text(line, style="dim"))
