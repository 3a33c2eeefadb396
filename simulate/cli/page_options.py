"""The option that every command with a page has, and how the page is written."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from simulate.report.document import Document

HtmlFile = Annotated[
    Path | None,
    typer.Option("--html", metavar="FILE", help="Write it as a self-contained page."),
]


def write_document(document: Document, path: Path) -> None:
    """Write a document as a page, and say so.

    Raises:
        InputError: the file cannot be written.
    """
    from simulate.report.document_html import write_html

    print(f"wrote {write_html(document, path)}", file=sys.stderr)
