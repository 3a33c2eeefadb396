"""Jump: a letter on every place that the keyboard can be given to; pressing it goes there."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.widget import Widget
from textual.widgets import Static

from simulate.tui.screens.modal import Modal

LETTERS = "asdfghjklqwertyuiopzxcvbnm"


class Jump(Modal[Widget | None]):
    """Letters over the page; the result is the place that is chosen, or None.

    Args:
        places: name and widget of each place; one that is not seen has its letter below only.
    """

    def __init__(self, places: Sequence[tuple[str, Widget]]) -> None:
        super().__init__()
        self._places = dict(zip(LETTERS, places, strict=False))

    def compose(self) -> ComposeResult:
        """Put the letters where the places begin, and all of them with their names below."""
        below = Text(no_wrap=True, overflow="ellipsis")
        for letter, (name, widget) in self._places.items():
            below.append(f" {letter}", "bold")
            below.append(f" {name}")
            if widget.region:
                label = Static(letter, classes="letter")
                label.styles.offset = (widget.region.x, widget.region.y)
                yield label
        yield Static(below, id="places")

    def on_key(self, event: events.Key) -> None:
        """Go where the letter leads; any other key stays."""
        event.stop()
        event.prevent_default()
        self.dismiss(self._places.get(event.key, ("", None))[1])
