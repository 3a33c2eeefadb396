"""Ways out: what to write to a file."""

from __future__ import annotations

from rich.text import Text
from textual.app import ComposeResult
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from simulate.terminal.safe_text import counted
from simulate.tui import bindings
from simulate.tui.screens.modal import Modal


class ExportMenu(Modal[str | None]):
    """Choose what to write; the result is its name, or None.

    Args:
        marked: how many dialogues are marked.
    """

    BINDINGS = bindings.EXPORT_MENU

    def __init__(self, marked: int) -> None:
        super().__init__()
        self._marked = marked

    def compose(self) -> ComposeResult:
        """Make the menu."""
        which = "all dialogues shown"
        if self._marked:
            which = f"the {counted(self._marked, 'marked dialogue')}"
        menu = OptionList(
            Option(Text("s  this view as SVG"), id="svg"),
            Option(Text("t  this view as text"), id="text"),
            Option(Text("m  this dialogue as Markdown"), id="markdown"),
            Option(Text(f"j  {which} as JSONL"), id="jsonl"),
            id="menu",
        )
        menu.border_title = Text("Write to the current folder")
        yield menu

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Take the choice."""
        self.dismiss(event.option.id)

    def action_choose(self, what: str) -> None:
        """Take a choice by its key."""
        self.dismiss(what)

    def action_close(self) -> None:
        """Write nothing."""
        self.dismiss(None)
