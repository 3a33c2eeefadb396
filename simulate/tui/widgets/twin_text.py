"""Two dialogues side by side: what both said once, and from where they part in columns."""

from __future__ import annotations

from itertools import zip_longest
from typing import Any

from rich.cells import cell_len
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from simulate.comparison.twins import TwinDialogues
from simulate.runfile import Turn
from simulate.terminal.numbers import probability
from simulate.terminal.safe_text import beginning, line
from simulate.tui.widgets.cells import fitted, wrapped

LEAST_COLUMN = 24
"""Cells of a column; in less room, one dialogue stands below the other."""
BETWEEN = " │ "
ENDS = "⏹"


class TwinView(VerticalScroll, can_focus=True):
    """A pair side by side, as wide as there is room; it begins where the two part."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._shown: tuple[TwinDialogues, tuple[str, str], tuple[str, str]] | None = None

    def compose(self) -> ComposeResult:
        """Make the text."""
        yield Static()

    def show(
        self, found: TwinDialogues | None, names: tuple[str, str], shown: tuple[str, str]
    ) -> None:
        """Show a pair; see `TwinText`."""
        before = self._shown
        self._shown = None if found is None else (found, names, shown)
        if before is None or self._shown is None or _differ(before[0], self._shown[0]):
            self._draw()

    def on_resize(self) -> None:
        """Fit the text to another width."""
        self._draw()

    def _draw(self) -> None:
        if self._shown is None:
            self.query_one(Static).update(Text())
            return
        drawn = TwinText(*self._shown, self.scrollable_content_region.width)
        self.query_one(Static).update(drawn.text)
        self.call_after_refresh(self.scroll_to, y=max(drawn.parts_at - 1, 0), animate=False)


class TwinText:
    """The text of a pair, and the line at which the two part.

    Args:
        found: the pair.
        names: the labels of the two cells.
        shown: the outcome in either.
        width: in cells.
    """

    def __init__(
        self, found: TwinDialogues, names: tuple[str, str], shown: tuple[str, str], width: int
    ) -> None:
        self.text = Text(no_wrap=True, overflow="ellipsis")
        self.parts_at = 0
        self._width = max(width, 2)
        self._column = (self._width - len(BETWEEN)) // 2
        self._lines = 0
        self._draw(found, names, shown)

    def _draw(self, found: TwinDialogues, names: tuple[str, str], shown: tuple[str, str]) -> None:
        a, b = found.a, found.b
        self._columns(
            f"A {line(names[0])} · dialogue {a.id}",
            f"B {line(names[1])} · dialogue {b.id}",
            "bold",
        )
        at = found.parting.turn
        for index, (one, other) in enumerate(zip_longest(a.turns, b.turns)):
            if index == at:
                self.parts_at = self._lines
                self._whole(f"≠ {line(found.parting.told)}", "bold reverse")
            speaker = (one or other).speaker
            if at is None or index < at:
                self._whole(f"{index} {line(speaker)} · the same in both", "dim")
                self._whole(_said(one), "")
            else:
                self._whole(f"{index} {line(speaker)}{_drawn(one, other)}", "bold")
                self._columns(_said(one), _said(other))
        if at is None:
            self.parts_at = self._lines
            self._whole(line(found.parting.told), "bold")
        if any(shown):
            self._columns(f"→ {line(shown[0])}", f"→ {line(shown[1])}", "bold")

    def _whole(self, text: str, style: str) -> None:
        for each in wrapped(text, self._width):
            self._line(each, style)

    def _columns(self, one: str, other: str, style: str = "") -> None:
        """Put two texts side by side, or below each other where there is little room."""
        if self._column < LEAST_COLUMN:
            for letter, text in (("A", one), ("B", other)):
                self._whole(text if style else f"{letter}: {text}", style)
            return
        sides = [wrapped(text, self._column) for text in (one, other)]
        for left, right in zip_longest(*sides, fillvalue=""):
            self._line(fitted(left, self._column) + BETWEEN + right, style)

    def _line(self, text: str, style: str) -> None:
        self.text.append(text, style)
        if "reverse" in style:
            self.text.append(" " * (self._width - cell_len(text)), style)
        self.text.append("\n")
        self._lines += 1


def _differ(before: TwinDialogues, now: TwinDialogues) -> bool:
    """Tell whether another pair is shown, or more of the same one."""
    pairs = ((before.a, now.a), (before.b, now.b))
    return any((x.id, x.status, len(x.turns)) != (y.id, y.status, len(y.turns)) for x, y in pairs)


def _said(turn: Turn | None) -> str:
    if turn is None:
        return "–"
    return beginning(turn.shown) + (f" {ENDS}" if turn.ends else "")


def _drawn(one: Turn | None, other: Turn | None) -> str:
    """Say with which weight what was said was drawn in either."""
    told = []
    for letter, turn in (("A", one), ("B", other)):
        if turn is not None and turn.weight is not None and not turn.given:
            told.append(f"{letter} {probability(turn.weight)}")
    return f" · weight {', '.join(told)}" if told else ""
