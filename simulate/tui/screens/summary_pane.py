"""The summary of one outcome: cells, contrasts, effects, kinds of personas, sources of variance."""

from __future__ import annotations

from io import StringIO

from rich.console import Console, Group
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from simulate.comparison.summary import summaries
from simulate.errors import SimulateError
from simulate.report.document import Document
from simulate.report.summary_table import shown_document, summary_document
from simulate.runfile.exclusions_told import exclusions_told
from simulate.runfile.run_view import RunView
from simulate.runfile.shard import part_told
from simulate.tui.run_app import RunApp


class SummaryPane(VerticalScroll):
    """What `simulate summary` says of an outcome; it is asked for when the pane is seen."""

    def __init__(self) -> None:
        super().__init__(classes="scroll")
        self.document: Document | None = None
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
        if self.document is None or self.document.title != outcome:
            self._tell("Reading …")
        views.ask("summary", lambda own: _summarized(own, outcome), self._got, self._refused)

    def _got(self, document: Document) -> None:
        self.document = document
        self.query_one(Static).update(Group(*shown_document(document)))

    def _refused(self, error: SimulateError) -> None:
        self._tell(str(error))

    def _tell(self, text: str) -> None:
        self.document = None
        self.query_one(Static).update(Text(text))

    @property
    def text(self) -> str:
        """What is shown, as text."""
        if self.document is None:
            return ""
        console = Console(width=max(self.size.width, 60), file=StringIO(), record=True)
        console.print(Group(*shown_document(self.document)))
        return console.export_text()


def _summarized(view: RunView, outcome: str) -> Document:
    """Return the summary of an outcome, and what rules of the scenario leave out."""
    run = view.reader
    told = [*part_told(run), *exclusions_told(run)]
    return summary_document(outcome, summaries(run, outcome), cautions=told, frozen=run.frozen)
