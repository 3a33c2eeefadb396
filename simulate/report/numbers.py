"""Numbers as tables print them."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from simulate.terminal.numbers import ends, number

__all__ = ["ends", "number", "print_notes"]


def print_notes(lines: Sequence[str], console: Console) -> None:
    """Print what must be known to read the table above."""
    for line in lines:
        console.print(Text(line, style="dim"))
