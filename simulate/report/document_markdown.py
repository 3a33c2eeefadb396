"""A report as Markdown: what is foreign is shown as it stands; see `simulate.terminal.markdown`."""

from __future__ import annotations

from itertools import starmap
from textwrap import indent

from simulate.report.document import (
    Block,
    Document,
    Facts,
    Figure,
    Fold,
    Items,
    Paragraph,
    Table,
    Verbatim,
)
from simulate.terminal.markdown import details, fenced, plain_text, table


def to_markdown(document: Document) -> str:
    """Return a report as Markdown."""
    parts = [f"# {_text(document.title)}", *map(_block, document.lead)]
    for section in document.sections:
        parts += [f"{'#' * section.level} {_text(section.title)}", *map(_block, section.blocks)]
    return "\n\n".join(parts) + "\n"


def _text(text: str) -> str:
    return plain_text(text, None)


def _block(block: Block) -> str:
    match block:
        case Paragraph(text, "blank"):
            return f"**To be filled in:** {_text(text)}"
        case Paragraph(text, "headline" | "passed" | "failed"):
            return f"**{_text(text)}**"
        case Paragraph(text):
            return "\n\n".join(map(_text, text.split("\n\n")))
        case Items(items):
            return "\n".join(f"- {_text(item)}" for item in items)
        case Facts(rows):
            return "\n".join(f"- **{_text(term)}:** {_cell(said)}" for term, said in rows)
        case Table(head, rows, numbers, caption):
            shown = table(list(map(_text, head)), [list(map(_cell, row)) for row in rows], numbers)
            return f"*{_text(caption)}*\n\n{shown}" if caption else shown
        case Figure(finding, caption):
            return f"*Figure: {_text(finding)}* {_text(caption)}".rstrip()
        case Fold(title, blocks):
            return details(title, "\n\n".join(map(_block, blocks)))
        case Verbatim(title, parts, folded):
            shown = fenced("\n".join(starmap(_part, parts)))
            return details(title, shown) if folded else f"*{_text(title)}*\n\n{shown}"


def _cell(text: str) -> str:
    return _text(text.replace("\n", "; "))


def _part(label: str, text: str) -> str:
    """Return a text below its label, from which it is told by its indent."""
    return f"{label}:\n{indent(text, '    ', lambda _: True)}" if label else text
