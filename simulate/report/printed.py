"""What is printed on a terminal as blocks of a document: a page says no less than the terminal.

A bold line is a headline; a plain line right above a table, no whole sentence, is its caption; dim
lines are notes. Tables have all of their columns, since paper and pages know no 80 columns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from rich.console import Console, Group
from rich.padding import Padding
from rich.text import Text

from simulate.report.document import Block, Items, Paragraph, Section, Table, section
from simulate.report.value_table import ValueTable
from simulate.terminal.safe_console import SafeConsole

WIDTH = 1000
"""Columns of a terminal on which everything has room."""


def printed_sections(shows: Iterable[tuple[str, Callable[[Console], None]]]) -> list[Section]:
    """Return a section for each title of what something is printed of."""
    return [section(title, *blocks) for title, show in shows if (blocks := printed(show))]


class _Recorder(SafeConsole):
    """A console that keeps what is printed."""

    def __init__(self) -> None:
        super().__init__(width=WIDTH)
        self.printed: list[object] = []

    def print(self, *objects: Any, **options: Any) -> None:
        """Keep some objects."""
        self.printed += [part for each in objects for part in _parts(each)]


def _parts(each: object) -> Iterator[object]:
    if isinstance(each, Group):
        for inner in each.renderables:
            yield from _parts(inner)
    elif isinstance(each, Padding):
        yield from _parts(each.renderable)
    else:
        yield Text(each) if isinstance(each, str) else each


def printed(show: Callable[[Console], None]) -> tuple[Block, ...]:
    """Return what a function prints on the console that it is given."""
    recorder = _Recorder()
    show(recorder)
    return tuple(_joined(recorder.printed))


def _joined(parts: Iterable[object]) -> Iterator[Block]:
    """Yield blocks: lines that belong together are one."""
    notes: list[str] = []
    above = ""
    for part in parts:
        if isinstance(part, Text):
            said, style = part.plain.strip(), str(part.style)
            if "dim" in style and not above:
                notes += [said] if said else []
                continue
        yield from _items(notes)
        notes = []
        if isinstance(part, ValueTable):
            caption = "" if part.title or above.endswith(".") else above
            if not caption:
                yield from _plain(above)
            yield table_block(part, caption)
            above = ""
            continue
        yield from _plain(above)
        above = ""
        if not isinstance(part, Text) or not said:
            continue
        if "bold" in style:
            yield from (Paragraph(each, "headline") for each in said.splitlines())
        elif "dim" in style:
            notes = [said]
        else:
            above = said
    yield from _plain(above)
    yield from _items(notes)


def _items(notes: list[str]) -> Iterator[Block]:
    if notes:
        yield Items(tuple(notes))


def _plain(text: str) -> Iterator[Block]:
    if text:
        yield Paragraph(text)


def table_block(table: ValueTable, caption: str = "") -> Table:
    """Return a table of the terminal as one of a document; each of its rows has a name."""
    columns = table.columns
    head = tuple(" ".join(_text(column.header).split("\n")) for column in columns)
    told = [list(map(_text, column.cells)) for column in columns]
    for at, name in enumerate(told[0] if told else ()):
        if at and not name.strip():
            told[0][at] = told[0][at - 1].partition("\n")[0]
    rows = tuple(zip(*told, strict=True))
    right = frozenset(at for at, column in enumerate(columns) if column.justify == "right")
    titled = _text(table.title) if table.title else ""
    return Table(head, rows, right, caption or titled)


def _text(cell: object) -> str:
    return cell.plain if isinstance(cell, Text) else str(cell)
