"""The summary of one outcome: cells, contrasts, effects, kinds of personas, sources of variance."""

from __future__ import annotations

from io import StringIO

from rich.console import Console, Group
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from simulate.comparison.summary import OutcomeSummary, summaries
from simulate.errors import SimulateError
from simulate.report.summary_sections import summary_sections
from simulate.report.terminal_document import shown_sections
from simulate.tui.run_app import RunApp


class SummaryPane(VerticalScroll):
    """What `simulate summary` says of an outcome; it is asked for when the pane is seen."""

    def __init__(self) -> None:
        super().__init__(classes="scroll")
        self.found: list[OutcomeSummary] = []
        self._shown: tuple[object, str | None] | None = None

    def compose(self) -> ComposeResult:
        """Make the text."""
        yield Static(id="summary")

    def ask(self, views: RunApp, outcome: str | None) -> None:
        """Show another outcome, or what is new in this one."""
        wanted = (views.epoch, outcome)
        if wanted == self._shown:
            return
        self._shown = wanted
        if views.view is None or outcome is None:
            self._tell("This run measures no outcome." if views.view else "No run is open.")
            return
        if not self.found or self.found[0].name != outcome:
            self._tell("Reading …")
        views.ask("summary", lambda own: summaries(own.reader, outcome), self._got, self._refused)

    def _got(self, found: list[OutcomeSummary]) -> None:
        self.found = found
        self.query_one(Static).update(Group(*shown_sections(summary_sections(found))))

    def _refused(self, error: SimulateError) -> None:
        self._tell(str(error))

    def _tell(self, text: str) -> None:
        self.found = []
        self.query_one(Static).update(Text(text))

    @property
    def text(self) -> str:
        """What is shown, as text."""
        console = Console(width=max(self.size.width, 60), file=StringIO(), record=True)
        console.print(Group(*shown_sections(summary_sections(self.found))))
        return console.export_text()
