"""A sheet of text over a page: a persona, a prompt, help. Escape closes it."""

from __future__ import annotations

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from simulate.tui import bindings
from simulate.tui.screens.modal import Modal
from simulate.tui.widgets.key_line import KeyLine


class TextModal(Modal[None]):
    """A text to read, with a title.

    Args:
        title: above the text; plain.
        text: what is read; already harmless.
    """

    BINDINGS = bindings.TEXT_MODAL

    def __init__(self, title: str, text: Text) -> None:
        super().__init__()
        self.heading = title
        self.text = text

    def compose(self) -> ComposeResult:
        """Make the sheet."""
        with VerticalScroll(id="sheet", can_focus=False) as sheet:
            sheet.border_title = Text(self.heading)
            yield Static(self.text, id="sheet-text")
        yield KeyLine()

    @property
    def _sheet(self) -> VerticalScroll:
        return self.query_one("#sheet", VerticalScroll)

    def action_close(self) -> None:
        """Go back to the page."""
        self.dismiss()

    def action_copy(self) -> None:
        """Copy the text."""
        self.app.copy_to_clipboard(self.text.plain)
        self.notify(f"Copied: {self.heading}", markup=False)

    def action_scroll(self, lines: int) -> None:
        """Scroll by lines."""
        self._sheet.scroll_relative(y=lines, animate=False)

    def action_page(self, pages: int) -> None:
        """Scroll by what is seen at once."""
        self._sheet.scroll_relative(y=pages * max(self._sheet.size.height - 2, 1), animate=False)

    def action_edge(self, end: int) -> None:
        """Scroll to the top or to the end."""
        if end:
            self._sheet.scroll_end(animate=False)
        else:
            self._sheet.scroll_home(animate=False)
