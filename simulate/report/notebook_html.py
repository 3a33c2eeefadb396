"""Small HTML for notebooks: readable on light and dark, with nothing foreign active in it."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

from simulate.terminal.safe_text import shortened

LONGEST = 120
"""Characters of a cell."""
MOST_ROWS = 20
_CELL = "padding: 2px 10px 2px 0; vertical-align: top; "
_SIDES = {
    "left": f"{_CELL}text-align: left; overflow-wrap: anywhere; min-width: 11em",
    "right": f"{_CELL}text-align: right; white-space: nowrap",
}
_CAPTION = "caption-side: top; text-align: left; font-weight: bold; color: inherit"
_LINE = "border-bottom: 1px solid rgba(128, 128, 128, .4)"


def escaped(text: str, limit: int = LONGEST) -> str:
    """Return foreign text as HTML: short, on one line, with no mark or control in it."""
    return html.escape(shortened(text, limit))


def bar(share: float) -> str:
    """Return a share from 0 to 1 as a bar."""
    width = round(100 * min(max(share, 0.0), 1.0))
    return (
        '<div style="width: 100px"><div style="height: .8em; background: #0072B2; '
        f'width: {width}px"></div></div>'
    )


def table(
    title: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    left: int = 1,
    notes: Iterable[str] = (),
) -> str:
    """Return a table.

    Args:
        title: above it; escaped here.
        columns: their titles; escaped here.
        rows: cells that are HTML already; of more than 20 rows the first are shown.
        left: how many columns stand to the left; the others are numbers, which stand to the right.
        notes: below it; escaped here.
    """
    every = list(rows)
    shown = every[:MOST_ROWS]
    sides = ["left" if at < left else "right" for at in range(len(columns))]
    head = "".join(
        f'<th scope="col" style="{_SIDES[side]}; {_LINE}">{escaped(column)}</th>'
        for column, side in zip(columns, sides, strict=True)
    )
    body = "".join(
        f"<tr>{''.join(_cell(cell, side) for cell, side in zip(row, sides, strict=True))}</tr>"
        for row in shown
    )
    more = [f"and {len(every) - len(shown):,} more"] if len(every) > len(shown) else []
    below = "".join(f"<div>{escaped(note, 400)}</div>" for note in (*more, *notes))
    return (
        '<div style="font-size: 90%; overflow-x: auto">'
        '<table style="border-collapse: collapse; background: transparent; color: inherit; '
        'font-size: inherit">'
        f'<caption style="{_CAPTION}">{escaped(title, 400)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        f'<div style="opacity: .75; overflow-wrap: anywhere">{below}</div></div>'
    )


def _cell(cell: str, side: str) -> str:
    return f'<td style="{_SIDES[side]}">{cell}</td>'
