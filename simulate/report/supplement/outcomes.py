"""Outcomes: the tables of `simulate summary`, where the variance comes from, human data."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from simulate.comparison.result import Comparison, Distance
from simulate.comparison.sample import weighing_note
from simulate.comparison.summary import CellSummary, OutcomeSummary
from simulate.report.comparison_table import measured, notes, shown_distances
from simulate.report.html import floors
from simulate.report.supplement.document import (
    Block,
    Items,
    Paragraph,
    Section,
    Table,
    facts,
    section,
)
from simulate.report.supplement.document import table as new_table
from simulate.report.supplement.gathered import Gathered, NotCompared
from simulate.scenario.frozen import Frozen
from simulate.statistics.distances import DISTANCES, SQUARED
from simulate.statistics.mean_contrasts import FEWEST_PERSONAS
from simulate.terminal.numbers import ends, number, p_text, signed

MOST_COLUMNS = 6
MOST_CONTRASTS = 60


def outcomes(known: Gathered) -> Iterator[Section]:
    """Yield a section for each outcome."""
    yield section(
        "Outcomes",
        Paragraph(
            "n: completed dialogues with a value. Failed dialogues, missing values, and dialogues "
            "that a rule excludes, are counted and are no values. personas: effective ones, so "
            "that two reruns of one are no second person. Means and shares are over each "
            "dialogue's distribution, with 95 % intervals over personas; drawn: of the values that "
            "were drawn. Intervals cover new "
            "personas from this population, with this model and these prompts."
        ),
    )
    for found in known.summaries:
        yield _outcome(found, known.run.frozen)


def _outcome(found: OutcomeSummary, frozen: Frozen | None) -> Section:
    unit = f" ({found.variable.unit})" if found.variable.unit else ""
    blocks: list[Block] = [_cells(found)]
    if lines := list(_cell_notes(found)):
        blocks.append(Items(tuple(lines)))
    if found.claims is not None:
        blocks.append(Paragraph(found.claims.sentence))
    blocks += _contrasts(found, frozen)
    blocks.append(Items(found.variance.sentences))
    blocks.append(_components(found))
    return section(f"{found.name}{unit}", *blocks, level=3)


def _cells(found: OutcomeSummary) -> Table:
    counts = ("n", "personas", "failed", "missing", "excluded")
    variable = found.variable
    nominal = variable.scale == "nominal"
    levels = (variable.categories or ()) if nominal else ()
    if len(levels) > MOST_COLUMNS:
        rows = [
            (cell.cell, *_sizes(cell), level, _share(cell, level))
            for cell in found.cells
            for level in levels
        ]
        return new_table(("cell", *counts, "level", "share"), rows, "lrrrrrlr")
    if nominal:
        rows = [
            (cell.cell, *_sizes(cell), *(_share(cell, level) for level in levels))
            for cell in found.cells
        ]
        return new_table(("cell", *counts, *levels), rows, "lrrrrr" + "r" * len(levels))
    rows = [
        (
            cell.cell,
            *_sizes(cell),
            f"{number(cell.mean)}{ends(cell.interval)}",
            number(cell.drawn_mean),
        )
        for cell in found.cells
    ]
    return new_table(("cell", *counts, variable.mean_name, "drawn"), rows, "lrrrrrrr")


def _sizes(cell: CellSummary) -> tuple[str, ...]:
    personas = f"{cell.personas:,.1f}".removesuffix(".0")
    left_out = (cell.failed, cell.missing, sum(cell.excluded.values()))
    return f"{cell.n:,}", personas, *(f"{count:,}" for count in left_out)


def _share(cell: CellSummary, level: str) -> str:
    value, interval = cell.shares.get(level, (None, None))
    return f"{number(value)}{ends(interval)}"


def _cell_notes(found: OutcomeSummary) -> Iterator[str]:
    for cell in found.cells:
        yield from (f"{cell.cell}: {note}" for note in cell.notes)
        if cell.not_applicable:
            yield f"{cell.cell}: does not apply to {cell.not_applicable:,.1f} dialogues"
    if told := weighing_note({cell.cell: cell.weighing for cell in found.cells}):
        yield told
    if any(cell.n and cell.personas < FEWEST_PERSONAS for cell in found.cells):
        yield f"no interval of a mean with fewer than {FEWEST_PERSONAS} effective personas"


def _contrasts(found: OutcomeSummary, frozen: Frozen | None) -> Iterator[Block]:
    shown = list(found.contrasts)
    if not shown:
        return
    if len(shown) > MOST_CONTRASTS:
        shown.sort(key=lambda each: 2.0 if each.contrast.p is None else each.contrast.p)
    rows = []
    for each in shown[:MOST_CONTRASTS]:
        of, got = "" if each.of == "mean" else f", {each.of}", each.contrast
        p = "" if got.p is None else p_text(got.p, adjusted=each.p_holm)
        value = f"{signed(got.value)}{ends(got.interval, signed)}"
        row: tuple[str, ...] = (f"{each.a} − {each.b}{of}", f"{got.personas:,}", value, p)
        if frozen:
            planned = frozen.plans(found.name, each.a, each.b)
            row = (*row, "planned" if planned else "not planned")
        rows.append(row)
    head = ("difference", "personas", "value", "p")
    yield new_table((*head, "frozen plan") if frozen else head, rows, "lrrrl")
    more = len(shown) - len(rows)
    yield Paragraph(
        "Paired by persona, of the personas with a value in both cells; in brackets p by Holm over "
        "all differences of the outcome."
        + (f" The {len(rows):,} clearest; `simulate summary` has {more:,} more." if more else ""),
        "note",
    )


def _components(found: OutcomeSummary) -> Table:
    unit = f" ({found.variable.unit}²)" if found.variable.unit else ""
    variance = found.variance
    each = list(variance.cells.items())
    if variance.human is not None:
        each.append(("humans who repeat", variance.human))
    rows = []
    for label, of in each:
        parts = [of.parts[n].variance if of.identified else None for n in ("personas", "reruns")]
        stated = of.stated.variance if of.stated and of.candidates > 1 else None
        shown = (number(parts[0]), number(parts[1]), number(stated), f"{of.candidates:.1f}")
        rows.append((label, f"{of.personas:,}", f"{of.repeated:,}", *shown))
    head = (f"variance{unit}", "personas", "run again", "between personas", "between reruns")
    return new_table((*head, "of it stated", "candidates"), rows, "lrrrrrr")


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
