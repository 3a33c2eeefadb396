"""The answer of the run: is it like humans, and what lies behind that."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from rich.console import Group, RenderableType
from rich.text import Text
from textual.widgets import Static

from simulate.comparison.answer import Answer
from simulate.report.answer_document import answer_document
from simulate.report.document import Document
from simulate.report.terminal_document import shown_sections, shown_whole
from simulate.tui.analyses import Analysis, Found
from simulate.tui.screens.analysis_page import AnalysisPage


class AnswerPage(AnalysisPage):
    """What the run says in one look; the histograms come first, and grow with the screen."""

    NAME = "answer"

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
            document = answer_document(answer, self._bars(answer))
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
