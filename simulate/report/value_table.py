"""A table that cuts no value off, however narrow the terminal is or where the output goes.

Rich shortens what does not fit to `+0.033 [-0.0…`. Here, the first column and those that fold are
wrapped; a value stays whole. Where the values of a line need more room than there is, an interval
(or what else stands in brackets) goes below its value; where that is still too wide, the columns
are told in several tables, one below the other, each with the first column; and where there is no
room for a single value beside the first column, each line of the table is told in several lines.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Column, Table
from rich.text import Text

NARROW_NAME = 12
LONGEST_WORD = 28
"""How narrow the first column, and those that fold, may become where values need the room: to the
first of these widths, or to their longest word, up to the second."""
BREAKS = (" [", " (")
"""Before these a value may go on in the next line."""


class ValueTable(Table):
    """A table of rich's whose values are never cut; see the module."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the table, in as many parts as the width asks for."""
        if not self.columns:
            return
        for part in self._parts(console, options):
            if isinstance(part, Table):
                yield from Table.__rich_console__(part, console, options)
            else:
                yield part

    def _parts(self, console: Console, options: ConsoleOptions) -> Iterator[Table | Text]:
        width = options.max_width
        around = [self._around(n, console, options) for n in range(len(self.columns) + 1)]
        whole = [self._least(column, broken=False) for column in self.columns]
        broken = [self._least(column, broken=True) for column in self.columns]
        for needed in (whole, broken):
            if sum(needed) + around[-1] <= width:
                yield self._part(range(len(needed)), needed, width - around[-1])
                return
        first, *others = broken
        if not others or first + max(others) + around[2] > width:
            yield from self._lines()
            return
        for places in self._groups(broken, around, width):
            room = width - around[len(places)]
            fits = sum(whole[at] for at in places) <= room
            yield self._part(places, whole if fits else broken, room)

    def _groups(
        self, least: Sequence[int], around: Sequence[int], width: int
    ) -> Iterator[list[int]]:
        """Yield the columns that fit beside each other, each time with the first one."""
        places = [0]
        for place in range(1, len(self.columns)):
            wanted = [*places, place]
            if len(places) > 1 and sum(least[at] for at in wanted) + around[len(wanted)] > width:
                yield places
                wanted = [0, place]
            places = wanted
        yield places

    def _around(self, n: int, console: Console, options: ConsoleOptions) -> int:
        """Return how many characters stand between and around n columns."""
        empty = self._like([Column(width=1) for _ in range(n)])
        return Table.__rich_measure__(empty, console, options.update(max_width=9_999)).maximum - n

    def _like(self, columns: Sequence[Column]) -> Table:
        """Return an empty table that looks alike."""
        return Table(
            *columns,
            title=self.title,
            title_justify=self.title_justify,
            title_style=self.title_style,
            box=self.box,
            padding=self.padding,
            pad_edge=self.pad_edge,
            collapse_padding=self.collapse_padding,
            show_edge=self.show_edge,
        )

    def _least(self, column: Column, *, broken: bool) -> int:
        """Return the width below which a column would cut something off.

        Args:
            column: of the table.
            broken: whether values may be broken before what stands in brackets.
        """
        texts = [_text(cell) for cell in column.cells]
        words = [cell_len(word) for word in _text(column.header).plain.split()]
        if column.width is not None:
            return column.width
        if _folds(column, self):
            words += [min(cell_len(w), LONGEST_WORD) for text in texts for w in text.plain.split()]
            unwrapped = [cell_len(part) for text in texts for part in text.plain.split("\n")]
            return max([0, *words, min(max(unwrapped, default=0), column.min_width or NARROW_NAME)])
        pieces = [_broken(text).plain if broken else text.plain for text in texts]
        lines = [cell_len(part) for piece in pieces for part in piece.split("\n")]
        return max([*words, *lines, column.min_width or 0], default=0)

    def _part(self, places: Sequence[int], least: Sequence[int], room: int) -> Table:
        """Return some columns as a table that has `room` for what they hold."""
        left = room - sum(least[at] for at in places)
        columns = []
        for at in places:
            column = self.columns[at]
            texts = [_text(column.header), *map(_text, column.cells)]
            unwrapped = max(cell_len(part) for text in texts for part in text.plain.split("\n"))
            more = max(0, min(left, unwrapped - least[at])) if column.width is None else 0
            left -= more
            columns.append(
                Column(
                    column.header,
                    justify=column.justify,
                    overflow="fold",
                    width=least[at] + more,
                    style=column.style,
                    header_style=column.header_style,
                )
            )
        table = self._like(columns)
        cells = [[_text(cell) for cell in self.columns[at].cells] for at in places]
        for number, row in enumerate(self.rows):
            shown = (
                _fitting(texts[number], column.width or 0)
                for texts, column in zip(cells, columns, strict=True)
            )
            table.add_row(*shown, end_section=row.end_section, style=row.style)
        return table

    def _lines(self) -> Iterator[Text]:
        """Yield each line of the table as several: its name, then a line for each value."""
        headers = [" ".join(_text(column.header).plain.split()) for column in self.columns]
        cells = [[_text(cell) for cell in column.cells] for column in self.columns]
        if self.title:
            yield Text(str(self.title), style="bold")
        for number in range(len(self.rows)):
            yield Text(" ".join(cells[0][number].plain.split()), style="bold", overflow="fold")
            for header, column in zip(headers[1:], cells[1:], strict=True):
                for part in filter(str.strip, _broken(column[number]).plain.split("\n")):
                    yield Text(f"  {header}: {part}" if header else f"  {part}", overflow="fold")


def _text(cell: Any) -> Text:
    return cell if isinstance(cell, Text) else Text(str(cell))


def _folds(column: Column, table: Table) -> bool:
    """Tell whether a column is of words, which may be wrapped."""
    return not column.no_wrap and (column is table.columns[0] or column.overflow == "fold")


def _broken(text: Text) -> Text:
    """Return a value with what stands in brackets in the next line."""
    plain = text.plain
    places = [at for at in range(1, len(plain)) if plain.startswith(BREAKS, at)]
    parts = text.divide([offset for at in places for offset in (at, at + 1)])
    return Text("\n").join(part for part in parts if part.plain != " ")


def _fitting(text: Text, width: int) -> Text:
    """Return a value as it is where it fits, else broken before what stands in brackets."""
    fits = all(cell_len(part) <= width for part in text.plain.split("\n"))
    return text if fits else _broken(text)
