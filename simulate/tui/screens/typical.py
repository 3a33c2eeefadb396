"""Typical and tail: what the most and the least probable replies say, at a turn or by outcome."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from simulate.comparison.typical import Part, Representative, TypicalAndTail
from simulate.errors import first_of
from simulate.report.typical_document import explained
from simulate.terminal.safe_text import beginning, block, line
from simulate.tui import bindings
from simulate.tui.analyses import Analysis, Found
from simulate.tui.screens.analysis_page import AnalysisPage
from simulate.tui.screens.page import after

PARTS = ("typical", "tail")
MOST_SHOWN = 6
SHOWN = 600
"""Characters of a text."""
CURSOR = "▸"


class TypicalPage(AnalysisPage):
    """The page of typical and tail replies."""

    NAME = "typical"
    BINDINGS = bindings.TYPICAL

    def __init__(self) -> None:
        super().__init__()
        self.cursor = 0
        self._at: tuple[int | None, int | None] = (None, None)

    def body(self) -> ComposeResult:
        """Make the text, and a line for each reply."""
        with VerticalScroll(classes="scroll", can_focus=False):
            yield Static(id="typical-head")
            for part in PARTS:
                yield Static(id=f"{part}-title", classes="reply-title")
                for place in range(MOST_SHOWN):
                    yield Static(id=f"{part}-{place}", classes="reply")
            yield Static(id="typical-notes")

    @property
    def typical(self) -> TypicalAndTail | None:
        """What is shown."""
        return self.shown(TypicalAndTail)

    @property
    def outcome(self) -> str | None:
        """The outcome that is shown; None for a turn."""
        return self.selected.outcome

    @property
    def replies(self) -> list[Representative]:
        """The texts that are shown, in order."""
        found = self.typical
        return [] if found is None else [*found.typical.shown, *found.tail.shown]

    def on_screen_resume(self) -> None:
        """Look at the turn under the cursor of the transcript, where that has moved."""
        super().on_screen_resume()
        at = (self.views.dialogue, self.views.turn)
        if at[1] is not None and at != self._at:
            self._at = at
            self.select(turn=at[1], outcome=None, cells=())

    def select(self, **chosen: Any) -> None:
        """Choose another turn, outcome or cell, whose first reply is under the cursor."""
        self.cursor = 0
        super().select(**chosen)

    def show(self, found: Analysis[Found]) -> None:
        """Draw what was found."""
        self.cursor = min(self.cursor, max(len(self.replies) - 1, 0))
        self._draw()

    def tell(self, text: str) -> None:
        """Say something in the place of what was found."""
        self.query_one("#typical-head", Static).update(Text(text))
        self.query_one("#typical-notes", Static).update(Text())
        self._draw_parts((), "")

    def _draw(self) -> None:
        found = self.typical
        if found is None:
            return
        self.query_one("#typical-head", Static).update(_head(found))
        self._draw_parts((found.typical, found.tail), found.unit or "")
        notes = (*explained(found), *found.notes) if found.dialogues else ()
        self.query_one("#typical-notes", Static).update(Text("\n".join(map(block, notes)), "dim"))

    def _draw_parts(self, parts: Sequence[Part], unit: str) -> None:
        """Draw what stands for each part; nothing of one that is not there."""
        number = 0
        what = "replies" if self.typical is None or self.typical.outcome is None else "values"
        titles = ("Typical: all but the tail", f"Tail: the least probable {what}")
        both = (*parts, Part(), Part())
        for name, title, part in zip(PARTS, titles, both, strict=False):
            heading = self.query_one(f"#{name}-title", Static)
            heading.display = bool(part.shown)
            heading.update(_title(title, part))
            for place in range(MOST_SHOWN):
                widget = self.query_one(f"#{name}-{place}", Static)
                widget.display = place < len(part.shown)
                if widget.display:
                    widget.update(_reply(part.shown[place], unit, here=number == self.cursor))
                    if number == self.cursor:
                        self.call_after_refresh(widget.scroll_visible, animate=False)
                    number += 1

    # Actions

    def action_move(self, step: int) -> None:
        """Go to another reply."""
        self.cursor = min(max(self.cursor + step, 0), max(len(self.replies) - 1, 0))
        self._draw()

    def action_next_turn(self, step: int) -> None:
        """Look at another turn of a user."""
        found = self.typical
        if found is None or not found.turns:
            return
        turn = after(found.turns, found.turn, step)
        self.select(turn=turn, outcome=None, cells=(found.cell,))

    def action_next_cell(self) -> None:
        """Look at the next cell."""
        if (found := self.typical) is not None:
            self.select(cells=(after(found.cells, found.cell),))

    async def action_open_example(self) -> None:
        """Read the dialogue that the reply under the cursor is from."""
        if self.replies:
            example = self.replies[self.cursor].example
            await self.views.open_dialogue(example.dialogue, example.turn)


def _head(found: TypicalAndTail) -> Text:
    """Return what to quote, and what is chosen."""
    text = Text()
    for sentence in found.sentences:
        text.append(f"{block(sentence)}\n", "bold")
    parts = [f"From {found.sized}"]
    if len(found.turns) > 1 or (found.turns and found.outcome is not None):
        parts.append("space: next turn")
    others = [cell for cell in found.cells if cell != found.cell]
    if others:
        parts.append(f"c: cell {line(first_of(others))}")
    text.append(" · ".join([*parts, "o: by outcome"]), "dim")
    return text


def _title(title: str, part: Part) -> Text:
    text = Text(f"\n{title}", "bold underline")
    return text.append(f"  {part.weight:.0%} of the weight, {part.replies:,} different", "not bold")


def _reply(each: Representative, unit: str, *, here: bool) -> Text:
    """Return a text with its weight and where it stands."""
    text = Text()
    text.append(f"{CURSOR if here else ' '} ", "bold")
    if each.value is not None:
        text.append(f"{line(f'{each.value} {unit}'.strip())}: ", "bold")
    text.append(f"“{beginning(each.text, SHOWN)}”\n", "reverse" if here else "")
    more = f" · stands for {each.replies:,}" if each.replies > 1 else ""
    where = f"dialogue {each.example.dialogue}, turn {each.example.turn}"
    return text.append(f"    {each.told}{more} · {where}", "dim")
