"""Outcomes: the tables of `simulate summary`, where the variance comes from, human data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from simulate.comparison.result import Comparison
from simulate.report.comparison_document import (
    comparison_blocks,
    comparison_figure,
    comparison_head,
    reference_facts,
)
from simulate.report.document import Block, Paragraph, Section, section
from simulate.report.summary_sections import summary_sections
from simulate.report.supplement.gathered import Gathered, NotCompared


def outcomes(known: Gathered) -> Iterator[Section]:
    """Yield a section for each outcome."""
    analysis = known.scenario.analysis
    first = f"Primary, and first: {', '.join(analysis.primary)}. The others are exploratory."
    yield section(
        "Outcomes",
        Paragraph(first) if analysis.primary else None,
        Paragraph(
            "n: completed dialogues with a value. Failed dialogues, missing values, and dialogues "
            "that a rule excludes, are counted and are no values. personas: effective ones, so "
            "that two reruns of one are no second person. Means and shares are over each "
            "dialogue's distribution, with 95 % intervals over personas; drawn: of the values that "
            "were drawn. Intervals cover new personas from this population, with this model and "
            "these prompts."
        ),
    )
    for each in summary_sections(known.summaries, frozen=known.run.frozen, whole=True):
        yield replace(each, level=3)


def human_data(known: Gathered) -> Iterator[Section]:
    """Yield the comparison with human data."""
    if not known.compared:
        text = "Nothing was compared with human data: the scenario names no reference."
        yield section("Comparison with human data", Paragraph(text))
        return
    yield section(
        "Comparison with human data",
        Paragraph(
            "D²: squared distance from the reference, unbiased, so about 0 or below is equal. The "
            "floor is what as many fresh people as there are effective personas would show. "
            "Baselines cost no model call; a method that is not better has shown nothing. That a "
            "difference is not found does not show that there is none."
        ),
    )
    for found in known.compared:
        if isinstance(found, NotCompared):
            told = f"Not compared: {found.why}."
            yield section(f"{found.outcome} and humans", Paragraph(told), level=3)
        else:
            yield _compared(found, first=found is first_compared(known))


def first_compared(known: Gathered) -> Comparison | None:
    """Return the comparison that the report begins with, if any."""
    return next((each for each in known.compared if isinstance(each, Comparison)), None)


def head(known: Gathered) -> tuple[Block, ...]:
    """Return what the first comparison shows."""
    found = first_compared(known)
    return () if found is None else comparison_head(found)


def _compared(found: Comparison, *, first: bool) -> Section:
    return section(
        f"{found.outcome} and {found.reference.noun}",
        *map(Paragraph, found.sentences),
        None if first else comparison_figure(found, "ecdf"),
        reference_facts(found),
        *comparison_blocks(found),
        level=3,
    )
