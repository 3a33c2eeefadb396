"""Sections of blocks on the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.console import RenderableType
from rich.table import Column
from rich.text import Text

from simulate.report.document import Block, Facts, Items, Paragraph, Section, Table
from simulate.report.tables import new_table
from simulate.report.value_table import ValueTable


def shown_sections(sections: Iterable[Section]) -> Iterator[RenderableType]:
    """Yield what a console prints of sections: headings, then their blocks."""
    for section in sections:
        yield Text(section.title, style="bold" if section.level > 2 else "bold underline")
        for block in section.blocks:
            yield from _shown(block)


def shown_table(table: Table) -> ValueTable:
    """Return a table of a document as it is printed."""
    columns = [
        Column(Text(title), justify="right", no_wrap=True)
        if place in table.numbers
        else Column(Text(title), overflow="fold")
        for place, title in enumerate(table.head)
    ]
    found = new_table(*columns)
    for row in table.rows:
        found.add_row(*map(Text, row))
    return found


def _shown(block: Block) -> Iterator[RenderableType]:
    match block:
        case Table():
            yield shown_table(block)
        case Paragraph():
            yield Text(block.text, style="" if block.tone == "plain" else "dim")
        case Items():
            yield from (Text(item, style="dim") for item in block.items)
        case Facts():
            yield from (Text(f"{term}: {said}") for term, said in block.rows)
        case _:
            for label, text in block.parts:
                yield Text(f"{label}\n{text}" if label else text)
