"""A report as one HTML page: no script, nothing loaded, everything that is foreign escaped."""

from __future__ import annotations

from simulate.report.document import Document
from simulate.report.page import page


def to_html(document: Document) -> str:
    """Return a report as HTML."""
    return page(
        "document.html.jinja",
        {"kind": lambda block: type(block).__name__.lower()},
        document=document,
    )
