"""The answer of a run in words."""

from __future__ import annotations

from simulate.comparison.answer import Answer
from simulate.report.cell_blocks import cell_blocks, outcome_title
from simulate.report.document import Document, section


def answer_document(found: Answer) -> Document:
    """Return what a run says of one outcome."""
    title = outcome_title(found.outcome)
    return Document(title, (), (section(title, *cell_blocks(found.outcome)),))
