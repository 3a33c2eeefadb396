"""A report as one HTML page: no script, nothing loaded, everything that is foreign escaped."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulate.report.document import Document, Figure, kind
from simulate.report.page import embedded, page, unbroken, write_page

if TYPE_CHECKING:
    from simulate.report.plotting import Width

FEW_COLUMNS = 3
"""A table with no more stays a table on a phone; one with more is told row by row."""
MANY_COLUMNS = 8
"""A table with more is printed on a sheet that lies on its long side."""
FEW_SECTIONS = 4
"""A page with no more has no list of its contents."""


def to_html(document: Document) -> str:
    """Return a report as HTML."""
    filters: dict[str, Callable[..., Any]] = {
        "kind": kind,
        "drawn": _drawn,
        "unbroken": unbroken,
    }
    contents = [each for each in document.sections if each.level == 2 and each.title]
    return page(
        filters,
        document=document,
        few=FEW_COLUMNS,
        many=MANY_COLUMNS,
        listed=len(contents) > FEW_SECTIONS,
    )


def _drawn(block: Figure, width: Width) -> dict[str, str]:
    return embedded(block.draw(width))


def write_html(document: Document, path: Path) -> Path:
    """Write a report as a page; return its path.

    Raises:
        InputError: the file cannot be written.
    """
    return write_page(path, to_html(document))
