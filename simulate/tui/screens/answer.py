"""The answer of the run: is it like humans, and what lies behind that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.widgets import Static

from simulate.comparison.answer import Answer
from simulate.report.answer_document import answer_document
from simulate.report.document import Document
from simulate.report.next_views import NEXT
from simulate.report.terminal_document import shown_sections, shown_whole
from simulate.tui.analyses import Analysis, Found
from simulate.tui.bindings import PAGES
from simulate.tui.screens.analysis_page import AnalysisPage
from simulate.tui.widgets.key_line import Keys

WIDE = 116
"""From which width on each view has its question beside it."""


class WhereNext(Keys):
    """The views that say more, with their keys: below the answer, however long that is."""

    def on_resize(self) -> None:
        """Draw them in two columns with what each answers, or in a line."""
        self.call_later(self.draw)  # a height that changes while it is laid out is not seen

    def notify_style_update(self) -> None:
        """Draw with the colours of another theme."""
        super().notify_style_update()
        if self.is_mounted:
            self.draw()

    def draw(self) -> None:
        """Draw them."""
        pages = {key: name for name, (key, _) in PAGES.items()}
        named = [(self.named(k, name, f"app.page('{pages[k]}')"), what) for k, name, what in NEXT]
        if self.size.width < WIDE:
            self.update(Text("Next ", "bold").append_text(Text(" ").join(n for n, _ in named)))
            return
        grid = Table.grid(padding=(0, 3), expand=False)
        cells = [name.append(f": {what}") for name, what in named]
        for at in range(0, len(cells), 2):
            grid.add_row(*cells[at : at + 2])
        self.update(Group(Text("Where to look next", "bold"), grid))


class AnswerPage(AnalysisPage):
    """What the run says in one look; the histograms come first, and grow with the screen."""

    NAME = "answer"

    def body(self) -> ComposeResult:
        """Make the text, and below it the views that say more."""
        yield from super().body()
        yield WhereNext(id="next")

    def show(self, found: Analysis[Found]) -> None:
        """Draw what was found."""
        self._draw(found)

    def show_part(self, found: Analysis[Found], far: str) -> None:
        """Draw what is known so far, and how far the rest is."""
        self._draw(found, Text(far, "dim"))

    def on_resize(self) -> None:
        """Fit the bars to another size."""
        super().on_resize()
        if self.found is not None:
            self.show(self.found)

    def _draw(self, found: Analysis[Found], *above: RenderableType) -> None:
        answer = found.found
        if isinstance(answer, Answer):
            document = answer_document(answer, self._bars(answer), screen=True)
            self.query_one("#analysis", Static).update(Group(*above, *_drawn(document)))

    def _bars(self, answer: Answer) -> int:
        """Return how long bars can be: as much of the screen as the groups leave."""
        groups = max((len(e.histogram.groups) for e in answer.outcomes if e.histogram), default=1)
        return max(4, min(40, (self.size.width - 20) // groups - 8))


def _drawn(document: Document) -> Iterator[RenderableType]:
    """Yield a document with room between its sections."""
    yield from shown_whole(replace(document, sections=()))
    for section in document.sections:
        if section.level == 2 and section is not document.sections[0]:
            yield Text()
        yield from shown_sections([section])
