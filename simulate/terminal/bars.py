"""Shares as bars of text, and several numbers as a line of small columns."""

from __future__ import annotations

from collections.abc import Sequence

from simulate.terminal.safe_text import line

EIGHTHS = " ▏▎▍▌▋▊▉█"
HEIGHTS = "▁▂▃▄▅▆▇█"


def bar(share: float, width: int) -> str:
    """Draw a share from 0 to 1 as a bar of exactly `width` cells."""
    eighths = round(min(max(share, 0.0), 1.0) * width * 8)
    full, rest = divmod(eighths, 8)
    return ("█" * full + (EIGHTHS[rest] if rest else "")).ljust(width)


def progress_line(done: int, total: int, what: str, width: int = 30) -> str:
    """Say how far something is, after a bar."""
    return f"{bar(done / max(total, 1), width)} {done:,} of {total:,}: {line(what)}"


def sparkline(values: Sequence[float], low: float, high: float, most: int = 20) -> str:
    """Draw numbers from `low` to `high` as one column each; of more than `most`, every n-th."""
    some = values[:: -(-len(values) // most) or 1]
    room = (high - low) or 1.0
    shares = (min(max((value - low) / room, 0.0), 1.0) for value in some)
    return "".join(HEIGHTS[round(share * (len(HEIGHTS) - 1))] for share in shares)


def columns(counts: Sequence[float]) -> str:
    """Draw numbers ≥ 0 as one column each; the largest is full, and 0 is empty."""
    most = max(counts, default=0) or 1.0
    heights = (HEIGHTS[round(n / most * (len(HEIGHTS) - 1))] if n > 0 else " " for n in counts)
    return "".join(heights)
