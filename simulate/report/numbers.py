"""Numbers as tables print them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.console import Console
from rich.text import Text


def number(value: float | None, digits: int = 3) -> str:
    """Return a number without the zero before its point, or a dash for none."""
    if value is None:
        return "–"
    text = f"{value:.{digits}f}" if abs(value) < 100 else f"{value:.1f}"
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


def ends(interval: tuple[float, float] | None, shown: Callable[[float], str] = number) -> str:
    """Return an interval as it stands behind its value; nothing for none."""
    return "" if interval is None else " [{}, {}]".format(*map(shown, interval))


def print_notes(lines: Sequence[str], console: Console) -> None:
    """Print what must be known to read the table above."""
    for line in lines:
        console.print(Text(line, style="dim"))
