"""Leaving while a run goes on beside the screen: stop it, or let it go on?"""

from __future__ import annotations

from rich.text import Text
from textual.app import ComposeResult
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from simulate.tui import bindings
from simulate.tui.screens.modal import Modal


class QuitDialog(Modal[str]):
    """What becomes of the run; the result is `go-on`, `stop` or `stay`."""

    BINDINGS = bindings.QUIT_DIALOG

    def compose(self) -> ComposeResult:
        """Make the menu."""
        menu = OptionList(
            Option(Text("g    leave, and let the run go on in the background"), id="go-on"),
            Option(Text("s    leave, and stop the run (it can be resumed)"), id="stop"),
            Option(Text("esc  stay"), id="stay"),
            id="menu",
        )
        menu.border_title = Text("The run is still going on")
        yield menu

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Take the choice."""
        self.dismiss(event.option.id or "stay")

    def action_choose(self, what: str) -> None:
        """Take a choice by its key."""
        self.dismiss(what)
