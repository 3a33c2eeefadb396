"""Outcomes: the tables of `simulate summary`, where the variance comes from, human data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from simulate.comparison.result import Comparison, Distance
from simulate.report.comparison_table import measured, notes, shown_distances
from simulate.report.document import (
    Items,
    Paragraph,
    Section,
    Table,
    facts,
    section,
)
from simulate.report.document import table as new_table
from simulate.report.html import floors
from simulate.report.summary_sections import summary_sections
from simulate.report.supplement.gathered import Gathered, NotCompared
from simulate.statistics.distances import DISTANCES, SQUARED
from simulate.terminal.numbers import ends, number, p_text


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
            yield _compared(found)


def _compared(found: Comparison) -> Section:
    names = shown_distances(found)
    rows = []
    for row in found.rows:
        mean = f"{number(row.mean)}{ends(row.mean_interval)}" if found.variable.has_mean else "–"
        distances = (_distance(name, row.distances.get(name)) for name in names)
        rows.append((row.name, row.kind, f"{row.n:,}", f"{row.people:,}", mean, *distances))
    rows += [
        (
            *(f"floor: fresh {found.reference.fresh}", "floor", "", f"{row.people:,}", "–"),
            *(f"95 % ≤ {measured(name, row.distances[name].floor.p95)}" for name in names),
        )
        for row in floors(found)
    ]
    labels = (DISTANCES[name].label for name in names)
    head = ("row", "kind", "n", "effective people", found.variable.mean_name, *labels)
    reference = found.reference
    return section(
        f"{found.outcome} and {reference.noun}",
        Items(found.sentences),
        facts(
            ("reference", f"{reference.name}, {reference.sized}"),
            ("people behind it", None if reference.declared else f"{reference.people:,}"),
            ("its mean", number(reference.mean) if found.variable.has_mean else None),
            ("cleaning", reference.cleaning),
            ("source", f"{reference.source} ({reference.licence})"),
        ),
        new_table(head, rows, "llrr"),
        _against_each_other(found),
        Items(tuple(notes(found))),
        level=3,
    )


def _distance(name: str, found: Distance | None) -> str:
    """Return a distance with its interval and its p."""
    if found is None:
        return "–"
    interval = ends(found.interval, partial(measured, name))
    p = "" if found.p is None else p_text(found.p, at_most=found.p_is_bound, adjusted=found.p_holm)
    return "\n".join(filter(None, (f"{measured(name, found.value)}{interval}", p)))


def _against_each_other(found: Comparison) -> Table | None:
    rows = []
    for each in found.contrasts:
        got = each.contrast
        p = "" if got.p is None else p_text(got.p, adjusted=each.p_holm)
        value = f"{measured(SQUARED, got.value)}{ends(got.interval, partial(measured, SQUARED))}"
        label = f"{each.a} − {each.b}" + (f": {each.meaning}" if each.meaning else "")
        rows.append((label, f"{got.n:,}", value, p, each.closer))
    head = ("D² of the first less D² of the second", "personas", "difference", "p", "closer")
    return new_table(head, rows, "lrrrl") if rows else None
