"""What all pages that show an analysis share: asking for it, as the run grows, and drawing it."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO
from typing import Any, ClassVar, TypeVar

from rich.console import Console, Group
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from simulate.comparison.progress import Partly
from simulate.errors import SimulateError
from simulate.report.terminal_document import shown_whole
from simulate.terminal.bars import progress_line
from simulate.tui import bindings
from simulate.tui.analyses import ANALYSES, Analysis, Found, Selected
from simulate.tui.screens.page import Page, after

T = TypeVar("T")


class AnalysisPage(Page):
    """A page that shows an analysis of the run: as a text that scrolls, unless it draws its own.

    Another body overrides `body`, `show`, and `tell`.

    Attributes:
        found: what is shown, or None.
        selected: what it is asked about.
    """

    NAME: ClassVar[str] = ""
    BINDINGS = bindings.ANALYSIS

    def __init__(self) -> None:
        super().__init__()
        self.found: Analysis[Found] | None = None
        self.selected = Selected()
        self._asked: Selected | None = None
        self._parts: list[Analysis[Found]] = []
        self._left = False

    def body(self) -> ComposeResult:
        """Make the text."""
        with VerticalScroll(classes="scroll"):
            yield Static(id="analysis")

    def shown(self, kind: type[T]) -> T | None:
        """Return the numbers that are shown; None where there are none of this kind."""
        found = None if self.found is None else self.found.found
        return found if isinstance(found, kind) else None

    @property
    def outcome(self) -> str | None:
        """The outcome after which `action_next_outcome` takes the next one."""
        view = self.views.view
        first = None if view is None else next(iter(view.outcomes), None)
        return self.selected.outcome or first

    # What is asked

    def run_opened(self) -> None:
        """Ask another run."""
        self.found, self.selected = None, self.views.selected
        self.ask()

    def run_changed(self) -> None:
        """Ask a run that goes on anew, unless that is being done."""
        if not self.views.queries.is_open(self.NAME):
            self.ask()

    def select(self, **chosen: Any) -> None:
        """Choose something else of the run, by fields of `Selected`, and ask about that."""
        self.selected, self.found = replace(self.selected, **chosen), None
        self.ask()

    def ask(self) -> None:
        """Ask about what is selected, in the dialogue that is open and the order of the table."""
        views = self.views
        if views.view is None:
            self.tell("No run is open.")
            return
        if self.found is None:
            self.tell("Reading …")
        selected = self._asked = self._present()
        analyse = ANALYSES[self.NAME]
        parts = self._parts = []
        views.ask_telling(
            self.NAME,
            lambda own, progress: analyse(own, selected, Partly(progress, parts.append)),
            self._got,
            self._refused,
            self._told,
        )

    def _present(self) -> Selected:
        """Return what is selected, with the dialogue that is open and the order of the table."""
        views = self.views
        dialogue = self.selected.dialogue if views.dialogue is None else views.dialogue
        return replace(self.selected, order=views.order, dialogue=dialogue)

    def _got(self, found: Analysis[Found]) -> None:
        self.found = found
        self.show(found)

    def _refused(self, error: SimulateError) -> None:
        self.found = None
        self.tell(str(error))

    def _told(self, done: int, total: int, what: str) -> None:
        if self.found is None:
            far = progress_line(done, total, what)
            if self._parts:
                self.show_part(self._parts[-1], far)
            else:
                self.tell(f"Reading …\n{far}")

    # What is drawn

    def show(self, found: Analysis[Found]) -> None:
        """Draw what was found."""
        self.query_one("#analysis", Static).update(Group(*shown_whole(found.document())))

    def show_part(self, found: Analysis[Found], far: str) -> None:
        """Draw what is known so far, and how far the rest is."""
        parts = (Text(far, "dim"), *shown_whole(found.document()))
        self.query_one("#analysis", Static).update(Group(*parts))

    def tell(self, text: str) -> None:
        """Say something in the place of what was found."""
        self.query_one("#analysis", Static).update(Text(text))

    def on_screen_suspend(self) -> None:
        """Break off what is computed for a page that is left."""
        if isinstance(self.app.screen, Page):
            self._left |= self.views.queries.drop(self.NAME)

    def on_screen_resume(self) -> None:
        """Begin again what was broken off, or ask about what is selected meanwhile."""
        super().on_screen_resume()
        if not self.views.queries.is_open(self.NAME) and (
            self._left or (self._asked is not None and self._asked != self._present())
        ):
            self.ask()
        self._left = False

    # Actions

    def action_next_outcome(self) -> None:
        """Take the next outcome of the run."""
        view = self.views.view
        if view is not None and view.outcomes:
            self.select(outcome=after(view.outcomes, self.outcome))

    def action_scroll(self, pages: int) -> None:
        """Turn a page up or down."""
        text = self.query_one(".scroll", VerticalScroll)
        text.scroll_relative(y=pages * max(text.size.height - 1, 1), animate=False)

    def action_copy(self) -> None:
        """Copy what is said."""
        if self.found is None:
            return
        console = Console(width=max(self.size.width, 60), file=StringIO(), record=True)
        console.print(Group(*shown_whole(self.found.document())))
        self.views.copied(console.export_text(), bindings.PAGES[self.NAME][1])

    async def action_back(self) -> None:
        """Go back to the dialogues."""
        await self.views.action_page("browse")
