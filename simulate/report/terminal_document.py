"""Sections of blocks on the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.console import RenderableType
from rich.table import Column
from rich.text import Text

from simulate.report.document import (
    Block,
    Document,
    Facts,
    Figure,
    Fold,
    Items,
    Paragraph,
    Section,
    Table,
    Tone,
)
from simulate.report.tables import new_table
from simulate.report.value_table import ValueTable
from simulate.terminal.safe_text import block as block_text

STYLES: dict[Tone, str] = {
    "plain": "",
    "note": "dim",
    "blank": "dim",
    "headline": "bold",
    "passed": "bold green",
    "failed": "bold red",
}


def shown_sections(sections: Iterable[Section]) -> Iterator[RenderableType]:
    """Yield what a console prints of sections: headings, then their blocks, a line apart."""
    for place, section in enumerate(sections):
        if place and section.title:
            yield Text("")
        yield Text(
            block_text(section.title), style="bold" if section.level > 2 else "bold underline"
        )
        for block in section.blocks:
            yield from _shown(block)


def shown_whole(document: Document) -> Iterator[RenderableType]:
    """Yield what a console prints of a document, in its order: title, lead, sections."""
    yield Text(block_text(document.title), style="bold")
    for block in document.lead:
        yield from _shown(block)
    if document.sections and document.sections[0].title:
        yield Text("")
    yield from shown_sections(document.sections)


def shown_table(table: Table) -> ValueTable:
    """Return a table of a document as it is printed."""
    columns = [
        Column(Text(block_text(title)), justify="right", no_wrap=True)
        if place in table.numbers
        else Column(Text(block_text(title)), overflow="fold")
        for place, title in enumerate(table.head)
    ]
    found = new_table(*columns)
    for row in table.rows:
        found.add_row(*(Text(block_text(cell)) for cell in row))
    return found


def _shown(block: Block) -> Iterator[RenderableType]:
    match block:
        case Table():
            if block.caption:
                yield Text(block_text(block.caption))
            yield shown_table(block)
        case Paragraph():
            yield Text(block_text(block.text), style=STYLES[block.tone])
        case Figure():
            yield Text(block_text(block.finding), style="dim")
        case Fold():
            yield Text("")
            yield Text(block_text(block.title), style="bold")
            for each in block.blocks:
                yield from _shown(each)
        case Items():
            yield from (Text(block_text(item), style="dim") for item in block.items)
        case Facts():
            yield from (Text(block_text(f"{term}: {said}")) for term, said in block.rows)
        case _:
            for label, text in block.parts:
                yield Text(block_text(f"{label}\n{text}" if label else text))
