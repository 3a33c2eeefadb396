"""A table of any length: only the rows that are seen are read and drawn.

A stock `DataTable` holds every row and takes half a minute for 100,000; this one asks its source
for a page of rows when a line of it comes into view, and keeps the pages that were used last.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.cache import LRUCache
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from simulate.tui import bindings
from simulate.tui.widgets.cells import fitted

Row = TypeVar("Row")
Read = TypeVar("Read", covariant=True)
PAGE = 128
PAGES_KEPT = 24
GAP = 1


class Source(Protocol[Read]):
    """Where a table has its rows from."""

    def __len__(self) -> int:
        """Return the number of rows."""
        ...

    def read(self, start: int, stop: int) -> Sequence[Read]:
        """Return the rows from `start` up to `stop`; fewer where some are gone."""
        ...


@dataclass(frozen=True)
class Column(Generic[Row]):
    """One column.

    Attributes:
        key: its name for sorting.
        title: its heading.
        width: in cells.
        text: what a row shows in it, safe to draw.
        right: whether it is set to the right, as numbers are.
        style: component class of a row's cell, or None.
        sortable: whether a click on its heading sorts.
        grows: whether it takes the room that is left, by the columns before it and, where there
            is enough, by the two after it.
    """

    key: str
    title: str
    width: int
    text: Callable[[Row], str]
    right: bool = False
    style: Callable[[Row], str | None] | None = None
    sortable: bool = True
    grows: bool = False


class LineTable(ScrollView, Generic[Row], can_focus=True):
    """A table that reads only visible rows."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "table--header",
        "table--cursor",
        "table--cursor-blurred",
        "table--marked",
        "table--dim",
        "table--good",
        "table--bad",
        "table--busy",
    }

    BINDINGS = bindings.TABLE

    cursor: reactive[int] = reactive(0, repaint=False)

    class AtRow(Message):
        """Something about one row."""

        def __init__(self, table: LineTable[Any], index: int) -> None:
            super().__init__()
            self.table = table
            self.index = index

        @property
        def control(self) -> LineTable[Any]:
            """The table."""
            return self.table

    class Moved(AtRow):
        """The cursor is on another row."""

    class Chosen(AtRow):
        """A row is to be opened."""

    class HeaderClicked(Message):
        """The heading of a column was clicked."""

        def __init__(self, table: LineTable[Any], key: str) -> None:
            super().__init__()
            self.table = table
            self.key = key

        @property
        def control(self) -> LineTable[Any]:
            """The table."""
            return self.table

    def __init__(self, *, empty: str = "", **settings: Any) -> None:
        super().__init__(**settings)
        self.columns: Sequence[Column[Row]] = ()
        self.sorted_by: tuple[str, bool] | None = None
        self.is_marked: Callable[[Row], bool] = lambda row: False
        self.empty = empty
        self._source: Source[Row] | None = None
        self._base = Style()
        self._pages: OrderedDict[int, Sequence[Row]] = OrderedDict()
        self._strips: LRUCache[tuple[Any, ...], Strip] = LRUCache(1000)

    def show(
        self,
        source: Source[Row],
        columns: Sequence[Column[Row]],
        *,
        cursor: int = 0,
        sorted_by: tuple[str, bool] | None = None,
    ) -> None:
        """Show the rows of a source, with the cursor on one of them."""
        self._source = source
        self.columns = columns
        self.sorted_by = sorted_by
        self.forget()
        self.virtual_size = Size(self._width, len(source) + 1)
        self.cursor = max(0, min(cursor, len(source) - 1))
        self.call_after_refresh(self._keep_in_view)
        self.call_after_refresh(self._show_sorted)

    def _show_sorted(self) -> None:
        """Scroll sideways to the column that the rows are sorted by."""
        start = 0
        for column, width in self._widths:
            if self.sorted_by is not None and self.sorted_by[0] == column.key:
                seen = self.scroll_target_x, self.scroll_target_x + self.size.width
                if start < seen[0] or start + width > seen[1]:
                    at = max(start + width - self.size.width, 0) if start >= seen[0] else start
                    self.scroll_to(x=at, animate=False, immediate=True)
            start += width + GAP

    def forget(self) -> None:
        """Read the rows anew, when they are next seen."""
        self._pages.clear()
        self._strips.clear()
        self.refresh()

    def resized(self) -> None:
        """Take notice that the source has another length."""
        self.virtual_size = Size(self._width, len(self) + 1)
        self.forget()

    def __len__(self) -> int:
        return 0 if self._source is None else len(self._source)

    def __bool__(self) -> bool:
        return True

    @property
    def _width(self) -> int:
        return max(sum(width + GAP for _, width in self._widths) - GAP, 0)

    @property
    def _widths(self) -> list[tuple[Column[Row], int]]:
        """The columns and how wide each is drawn."""
        found: list[tuple[Column[Row], int]] = []
        for at, column in enumerate(self.columns):
            width = column.width
            if column.grows:
                room = self.size.width - sum(width + GAP for _, width in found) - GAP - 1
                after = sum(each.width + GAP for each in self.columns[at + 1 : at + 3])
                width = max(width, room if room - after < width else room - after)
            found.append((column, width))
        return found

    def row(self, index: int) -> Row | None:
        """Return a row, reading its page where that is not at hand."""
        if self._source is None or not 0 <= index < len(self._source):
            return None
        number, place = divmod(index, PAGE)
        page = self._pages.get(number)
        if page is None:
            start = number * PAGE
            page = self._source.read(start, min(start + PAGE, len(self._source)))
            self._pages[number] = page
            if len(self._pages) > PAGES_KEPT:
                self._pages.popitem(last=False)
        else:
            self._pages.move_to_end(number)
        return page[place] if place < len(page) else None

    @property
    def current(self) -> Row | None:
        """The row under the cursor."""
        return self.row(self.cursor)

    # Drawing

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw lines; the style that all share is looked up once."""
        self._base = self.rich_style
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """Draw one line: the heading, or a row."""
        width = self.size.width
        scroll_x, scroll_y = self.scroll_offset
        if y == 0:
            style = self._style("table--header")
            strip = self._cropped(self._header(), scroll_x, width, style)
            if scroll_x + width < self._width:
                strip = Strip.join([strip.crop(0, width - 1), Strip([Segment("›", style)])])
            return strip
        index = scroll_y + y - 1
        row = self.row(index)
        base = self._base
        if row is None:
            text = self.empty if y == 2 and not len(self) else ""
            return Strip([Segment(fitted(" " + text, width), base)], width)
        return self._cropped(self._row_strip(index, row), scroll_x, width, base)

    def _cropped(self, strip: Strip, scroll_x: int, width: int, style: Style) -> Strip:
        strip = strip.crop(scroll_x, scroll_x + width)
        if strip.cell_length < width:
            last = strip._segments[-1].style if strip._segments else style
            strip = strip.adjust_cell_length(width, last)
        return strip

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(name)

    def _header(self) -> Strip:
        style = self._style("table--header")
        segments = []
        for column, width in self._widths:
            title = column.title
            if self.sorted_by is not None and self.sorted_by[0] == column.key:
                title = fitted(title, width - 1).rstrip() + "↓↑"[not self.sorted_by[1]]
            segments.append(Segment(fitted(title, width, column.right) + " " * GAP, style))
        return Strip(segments)

    def _row_strip(self, index: int, row: Row) -> Strip:
        at_cursor = index == self.cursor
        marked = self.is_marked(row)
        key = (index, at_cursor, marked, self.has_focus, self._base)
        if (strip := self._strips.get(key)) is not None:
            return strip
        base = self._base
        if marked:
            base += self._style("table--marked")
        if at_cursor:
            base += self._style("table--cursor" if self.has_focus else "table--cursor-blurred")
        segments = []
        for column, width in self._widths:
            style = base
            name = column.style(row) if column.style is not None else None
            if name is not None and not at_cursor:
                style = base + self.get_component_rich_style(name, partial=True)
            text = fitted(column.text(row), width, column.right)
            segments.append(Segment(text, style))
            segments.append(Segment(" " * GAP, base))
        strip = Strip(segments)
        self._strips[key] = strip
        return strip

    def notify_style_update(self) -> None:
        """Draw anew with the styles of another theme."""
        super().notify_style_update()
        self._strips.clear()

    # Moving

    def validate_cursor(self, index: int) -> int:
        """Keep the cursor on a row."""
        return max(0, min(index, len(self) - 1))

    def watch_cursor(self, before: int, index: int) -> None:
        """Draw the two rows anew and tell."""
        self._refresh_row(before)
        self._refresh_row(index)
        self._keep_in_view()
        if len(self):
            self.post_message(self.Moved(self, index))

    def _refresh_row(self, index: int) -> None:
        y = index - self.scroll_offset.y + 1
        if 0 < y < self.size.height:
            self.refresh(Region(0, y, self.size.width, 1))

    def _keep_in_view(self) -> None:
        rows = self.size.height - 1 - self.show_horizontal_scrollbar
        top = round(self.scroll_target_y)
        if rows <= 0:
            return
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False, immediate=True)
        elif self.cursor >= top + rows:
            self.scroll_to(y=self.cursor - rows + 1, animate=False, immediate=True)

    def on_resize(self) -> None:
        """Fit the columns to the width, and keep the cursor in view."""
        self.virtual_size = Size(self._width, len(self) + 1)
        self._strips.clear()
        self._keep_in_view()

    def on_focus(self) -> None:
        """Show the cursor as the one that keys move."""
        self.refresh()

    def on_blur(self) -> None:
        """Show the cursor as one that keys do not move."""
        self.refresh()

    def action_move(self, rows: int) -> None:
        """Move the cursor by some rows."""
        self.cursor += rows

    def action_page(self, pages: int) -> None:
        """Move the cursor by what is seen at once."""
        self.cursor += pages * max(self.size.height - 2, 1)

    def action_first(self) -> None:
        """Move the cursor to the first row."""
        self.cursor = 0

    def action_last(self) -> None:
        """Move the cursor to the last row."""
        self.cursor = len(self) - 1

    def action_sideways(self, cells: int) -> None:
        """Scroll to the left or to the right."""
        self.scroll_to(x=self.scroll_target_x + cells, animate=False)

    def action_choose(self) -> None:
        """Open the row under the cursor."""
        if len(self):
            self.post_message(self.Chosen(self, self.cursor))

    def on_click(self, event: events.Click) -> None:
        """Move the cursor; a second click on a row opens it, one on a heading sorts."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        if offset.y == 0:
            x = offset.x + self.scroll_offset.x
            for column, width in self._widths:
                if x < width + GAP:
                    if column.sortable:
                        self.post_message(self.HeaderClicked(self, column.key))
                    return
                x -= width + GAP
            return
        index = offset.y - 1 + self.scroll_offset.y
        if index < len(self):
            again = index == self.cursor
            self.cursor = index
            if again:
                self.action_choose()
