"""The summary of a run on the terminal and as one HTML page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console, RenderableType

from simulate.comparison.summary import OutcomeSummary
from simulate.errors import first_of
from simulate.report.document import Document, Items, Paragraph, Section, said_once, section
from simulate.report.summary_sections import summary_sections
from simulate.report.terminal_document import shown_sections
from simulate.scenario.frozen import Frozen


def summary_document(
    title: str,
    found: Sequence[OutcomeSummary],
    *,
    cautions: Sequence[str] = (),
    endings: Sequence[str] = (),
    alphas: Sequence[str] = (),
    frozen: Frozen | None = None,
    by: Sequence[str] = (),
) -> Document:
    """Return the summary of a run: outcomes, batteries, how talks ended, what must be known."""
    sections = list(said_once(summary_sections(found, by, frozen=frozen)))
    if others := [each.name for each in found if not each.in_question]:
        names = first_of(others)
        told = f"contrasts, effects and sources of variance of {names}: --outcome NAME, or --json"
        sections.append(Section("", (Paragraph(told, "note"),), level=3))
    for name, lines in (
        ("Cronbach's alpha of the answers drawn", alphas),
        ("How the talks ended", endings),
    ):
        if lines:
            sections.append(section(name, *map(Paragraph, lines)))
    lead = (Items(tuple(cautions)),) if cautions else ()
    return Document(title, lead, tuple(sections))


def shown_document(document: Document) -> Iterator[RenderableType]:
    """Yield a summary as it is printed: what must be known of the run comes last."""
    lead = [Section("", document.lead)] if document.lead else []
    yield from shown_sections([*document.sections, *lead])


def print_summary(document: Document, console: Console) -> None:
    """Print a summary."""
    for part in shown_document(document):
        console.print(part)
