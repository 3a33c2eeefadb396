"""A dialogue as a chat; behind each user turn, the distribution that it was drawn from."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from simulate.runfile import CheckVerdict, OutcomeValue, Turn
from simulate.terminal.safe_text import beginning, line
from simulate.tui import bindings
from simulate.tui.dialogue_data import Transcript
from simulate.tui.widgets.cells import fitted
from simulate.tui.widgets.chat_layout import ChatLayout, Item, Piece


class TranscriptView(ScrollView, can_focus=True):
    """The turns and outcomes of one dialogue, with a cursor on one of them."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "transcript--assistant",
        "transcript--user",
        "transcript--name",
        "transcript--meta",
        "transcript--drawn",
        "transcript--candidate",
        "transcript--stated",
        "transcript--weight",
        "transcript--outcome",
        "transcript--failure",
        "transcript--match",
        "transcript--selected",
    }

    BINDINGS = bindings.TRANSCRIPT

    cursor: reactive[int] = reactive(0, repaint=False)

    class LookedBehind(Message):
        """The prompt and the raw text of an item are asked for."""

        def __init__(self, turn: int | None, outcome: str | None) -> None:
            """Ask for a turn or an outcome; for neither, ask for the calls that failed."""
            super().__init__()
            self.turn = turn
            self.outcome = outcome

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.transcript: Transcript | None = None
        self.items: list[Item] = []
        self._chat = ChatLayout()
        self.empty = "No dialogue is open: choose one in the table."
        self._all = False
        self._lines: list[Strip] = []
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._base = Style()
        self._laid: dict[tuple[int, bool, bool], list[Strip]] = {}

    # What is shown

    def show(self, transcript: Transcript | None, *, turn: int | None = None) -> None:
        """Show a dialogue with the cursor on a turn; by default keep place, or begin at the top."""
        same = (
            transcript is not None
            and self.transcript is not None
            and transcript.row.id == self.transcript.row.id
        )
        self.transcript = self._chat.transcript = transcript
        self.items = []
        if transcript is not None:
            self.items = [*transcript.turns, *transcript.outcomes, *transcript.checks]
            row = transcript.row
            if row.status == "failed":
                self.items.append(
                    f"✗ failed · {line(row.fault or '')}: {beginning(row.error or '')}"
                )
            elif row.status == "running":
                self.items.append("… this dialogue is running")
            elif row.status == "planned":
                self.items.append("· this dialogue has not begun")
        cursor = turn if turn is not None else self.cursor if same else 0
        self.set_reactive(TranscriptView.cursor, max(0, min(cursor, len(self.items) - 1)))
        self._build()
        if turn is not None:
            self.call_after_refresh(self._show_with_turn_before)
        elif not same:
            self.scroll_to(y=0, animate=False)
        else:
            self.call_after_refresh(self._keep_in_view)

    def _show_with_turn_before(self) -> None:
        """Bring the item under the cursor into view together with what it answers."""
        if 0 < self.cursor < len(self._starts):
            self.scroll_to(y=self._starts[self.cursor - 1], animate=False, immediate=True)
        self._keep_in_view()

    def mark(self, pattern: re.Pattern[str] | None) -> None:
        """Mark what a search finds in the text."""
        self._chat.matching = pattern
        self._build()

    @property
    def current(self) -> Item | None:
        """The item under the cursor."""
        return self.items[self.cursor] if self.cursor < len(self.items) else None

    @property
    def turn(self) -> int:
        """The position of the turn under the cursor; beyond the last turn, their number."""
        item = self.current
        turns = len(self.transcript.turns) if self.transcript else 0
        return item.index if isinstance(item, Turn) else turns

    # Drawing

    def _build(self) -> None:
        """Lay out all lines anew."""
        self._laid.clear()
        self._put_together()

    def _put_together(self) -> None:
        """Join the lines of all items, laying out those that have changed."""
        base = self._base = self.rich_style
        width = self.scrollable_content_region.width or self.size.width
        self._lines, self._starts, self._ends = [], [], []
        for index, item in enumerate(self.items):
            self._starts.append(len(self._lines))
            selected = index == self.cursor
            key = (index, selected, self._all)
            if key not in self._laid:
                pieces = self._chat.item(item, width, selected, selected or self._all)
                self._laid[key] = [self._strip(each, width, selected) for each in pieces]
            self._lines += self._laid[key]
            self._ends.append(len(self._lines))
            if not (_passes(item) and index + 1 < len(self.items)):
                self._lines.append(Strip.blank(width, base))
        self.virtual_size = Size(width, len(self._lines))
        self.refresh()

    def _strip(self, pieces: list[Piece], width: int, selected: bool) -> Strip:
        base = self._base
        if selected:
            base += self.get_component_rich_style("transcript--selected", partial=True)
        segments = [Segment(text, self._piece_style(base, name)) for text, name in pieces]
        return Strip(segments).adjust_cell_length(width, base)

    def _piece_style(self, base: Style, name: str) -> Style:
        style = base
        for each in name.split():
            style += self.get_component_rich_style(f"transcript--{each}", partial=True)
        return style

    def render_line(self, y: int) -> Strip:
        """Draw one line."""
        width = self.size.width
        if not self.items:
            text = f" {self.empty}" if y == 1 else ""
            return Strip([Segment(fitted(text, width), self._base)], width)
        at = y + self.scroll_offset.y
        if at >= len(self._lines):
            return Strip.blank(width, self._base)
        return self._lines[at].adjust_cell_length(width, self._base)

    def plain(self) -> str:
        """Return all lines as plain text."""
        return "\n".join(strip.text.rstrip() for strip in self._lines)

    def notify_style_update(self) -> None:
        """Draw anew with the styles of another theme."""
        super().notify_style_update()
        if self.is_mounted:
            self._build()

    # Moving

    def on_resize(self, event: events.Resize) -> None:
        """Lay out anew at another width."""
        self._build()
        self._keep_in_view()

    def validate_cursor(self, index: int) -> int:
        """Keep the cursor on an item."""
        return max(0, min(index, len(self.items) - 1))

    def watch_cursor(self) -> None:
        """Open the item under the cursor and bring it into view."""
        self._put_together()
        self._keep_in_view()

    def _keep_in_view(self) -> None:
        if self.cursor >= len(self._starts):
            return
        first = self._starts[self.cursor]
        after = self._ends[self.cursor]
        top, height = round(self.scroll_target_y), self.size.height
        if first < top or after - first >= height:
            self.scroll_to(y=first, animate=False, immediate=True)
        elif after > top + height:
            self.scroll_to(y=after - height, animate=False, immediate=True)

    def action_step(self, items: int) -> None:
        """Step by one turn; a turn that is longer than the window is scrolled first."""
        if self.cursor < len(self._starts):
            first = self._starts[self.cursor]
            after = self._ends[self.cursor]
            top, height = round(self.scroll_target_y), self.size.height
            if items > 0 and after > top + height and first <= top:
                self.scroll_to(y=min(top + height - 2, after - height), animate=False)
                return
            if items < 0 and first < top:
                self.scroll_to(y=max(top - height + 2, first), animate=False)
                return
        self.cursor += items

    def action_page(self, pages: int) -> None:
        """Scroll by what is seen at once, and take the cursor along."""
        height = max(self.size.height - 2, 1)
        wanted = max(0, min(self._start() + pages * height, len(self._lines) - 1))
        items = [i for i, start in enumerate(self._starts) if start <= wanted]
        cursor = items[-1] if items else 0
        self.cursor = cursor if cursor != self.cursor else cursor + pages

    def _start(self) -> int:
        return self._starts[self.cursor] if self.cursor < len(self._starts) else 0

    def action_edge(self, last: int) -> None:
        """Move to the first or the last item."""
        self.cursor = len(self.items) - 1 if last else 0

    def action_all_candidates(self) -> None:
        """Show the candidates of all turns, or only of the one under the cursor."""
        self._all = not self._all
        self._put_together()
        self._keep_in_view()

    def action_look_behind(self) -> None:
        """Ask for the prompt and the raw text of the item under the cursor."""
        match self.current:
            case Turn(index=index):
                self.post_message(self.LookedBehind(index, None))
            case OutcomeValue(name=name):
                self.post_message(self.LookedBehind(None, name))
            case CheckVerdict(check=check):
                self.post_message(self.LookedBehind(None, f"check:{check}"))
            case _:
                self.post_message(self.LookedBehind(None, None))

    def on_click(self, event: events.Click) -> None:
        """Move the cursor; a click on the open item asks for its prompt."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        y = offset.y + self.scroll_offset.y
        items = [i for i, start in enumerate(self._starts) if start <= y]
        if items and y < len(self._lines):
            if items[-1] == self.cursor:
                self.action_look_behind()
            else:
                self.cursor = items[-1]


def _passes(item: Item) -> bool:
    """Tell whether an item is a check that passes: these stand close together."""
    return isinstance(item, CheckVerdict) and item.verdict == "pass"
