"""A reply distribution as a table with bars."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from simulate.terminal.safe_text import block as shown

__all__ = ["bar", "distribution_table", "shown"]

EIGHTHS = " ▏▎▍▌▋▊▉█"


def bar(share: float, width: int = 12) -> str:
    """Draw a share from 0 to 1 as a bar of at most `width` cells."""
    eighths = round(min(max(share, 0.0), 1.0) * width * 8)
    full, rest = divmod(eighths, 8)
    return "█" * full + (EIGHTHS[rest] if rest else "")


def distribution_table(
    candidates: Sequence[tuple[str, float | None, float]], chosen: int | None, title: str = ""
) -> Table:
    """Return candidates with stated probability and weight, the drawn one marked.

    Args:
        candidates: text, stated probability (or None) and weight of each.
        chosen: the index of the drawn candidate, or None.
        title: above the table.
    """
    table = Table(title=title or None, title_justify="left", title_style="bold", show_edge=False)
    table.add_column("", width=1)
    table.add_column("stated", justify="right")
    table.add_column("weight", justify="right")
    table.add_column("", width=12)
    table.add_column("candidate", overflow="fold")
    for index, (text, probability, weight) in enumerate(candidates):
        drawn = index == chosen
        table.add_row(
            "▶" if drawn else "",
            "–" if probability is None else f"{probability:.2f}",
            f"{weight:.2f}",
            bar(weight),
            Text(shown(text), style="bold" if drawn else ""),
        )
    return table
