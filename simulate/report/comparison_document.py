"""A comparison as a document: what to quote and a figure first, then the numbers that matter.

All further distances are folded, each in a table of its own, so that no sheet of paper is too
narrow for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np

from simulate.comparison.provenance import Provenance
from simulate.comparison.result import Comparison, Distance, Row
from simulate.comparison.sentences import finding
from simulate.errors import plain_lines
from simulate.files.yaml_writing import yaml_text
from simulate.report.comparison_reading import CAPTIONS, GLOSSARY, SHARES_CAPTION
from simulate.report.comparison_table import counts_told, measured, notes
from simulate.report.document import (
    Block,
    Document,
    Facts,
    Figure,
    Fold,
    Items,
    Paragraph,
    Section,
    Table,
    Verbatim,
    facts,
    section,
)
from simulate.report.document import table as new_table
from simulate.report.figures import FIGURES
from simulate.report.tables import percent
from simulate.statistics.distances import DISTANCES, SQUARED
from simulate.terminal.numbers import ends, number, p_text

MOST_SENTENCES = 4
"""That stand below the figure; more are folded."""
MOST_LEVELS = 3


def comparison_document(
    found: Comparison, runs: Sequence[Provenance] = (), also: Sequence[Section] = ()
) -> Document:
    """Return what a comparison found.

    Args:
        found: the comparison.
        runs: what is told of the runs behind it.
        also: what was found beside it, such as effects or language.
    """
    unit = f" ({found.unit})" if found.unit else ""
    first, more = found.sentences[:MOST_SENTENCES], found.sentences[MOST_SENTENCES:]
    lead: list[Block] = [*comparison_head(found), *map(Paragraph, first)]
    if more:
        lead.append(Fold(f"What is found of {len(more)} more", tuple(map(Paragraph, more))))
    return Document(
        f"{found.outcome}{unit}: simulated and {found.reference.adjective}",
        tuple(lead),
        (
            section("How close", *comparison_blocks(found)),
            section(
                "In other figures",
                *(comparison_figure(found, name) for name in FIGURES if name != "ecdf"),
            ),
            *also,
            section("The reference", reference_facts(found)),
            *(_run(run) for run in runs),
            section(
                "How it was computed",
                Paragraph(
                    f"{found.draws:,} resamples, confidence {100 * found.confidence:.0f} %, seed "
                    f"{found.seed}.",
                ),
            ),
        ),
    )


def comparison_head(found: Comparison) -> tuple[Block, Block]:
    """Return what to take along, and the figure that shows it."""
    return Paragraph(f"{_finding(found)}.", "headline"), comparison_figure(found, "ecdf")


def comparison_figure(found: Comparison, name: str) -> Figure:
    """Return a figure of a comparison, with what it shows in words."""
    nominal = found.variable.scale == "nominal" and name != "forest"
    caption = SHARES_CAPTION if nominal else CAPTIONS[name]
    told = " ".join([f"{_finding(found)}.", *found.sentences])
    return Figure(told, caption, partial(FIGURES[name], found))


def _finding(found: Comparison) -> str:
    return finding(found.rows, found.reference, found.confidence)


def comparison_blocks(found: Comparison) -> Iterator[Block]:
    """Yield the table of what matters, contrasts, all distances folded, and the notes."""
    yield _what_matters(found)
    if contrasts := _contrasts(found):
        yield contrasts
    yield Items(tuple(notes(found)))
    if tables := tuple(_of_distances(found)):
        yield Fold("All distances, each with its floor and p", tables)
    compared = [name for name in DISTANCES if any(name in row.distances for row in found.rows)]
    how = [(DISTANCES[name].label, DISTANCES[name].reading) for name in compared]
    yield Fold("How to read this", (Facts((*how, *GLOSSARY)),))


def reference_facts(found: Comparison) -> Facts:
    """Return what is known of the reference."""
    reference, variable = found.reference, found.variable
    return facts(
        ("name", f"{reference.name}, {reference.sized}"),
        ("people behind it", "" if reference.declared else f"{reference.people:,}"),
        ("what it is", variable.description),
        (variable.mean_name, _valued(found, reference.mean) if variable.has_mean else ""),
        ("cleaning", reference.cleaning),
        ("source", reference.source),
        ("licence", reference.licence),
    )


def _valued(found: Comparison, value: float | None) -> str:
    return f"{number(value)} {found.unit}" if found.unit else number(value)


def _what_matters(found: Comparison) -> Table:
    """Return one line for the reference and each row: mean, shares, D² and its floor."""
    reference, variable = found.reference, found.variable
    unit = f" ({found.unit})" if found.unit else ""
    shares = _shares_of(found)
    bounded = any(d.margin is not None for row in found.samples for d in row.distances.values())
    confidence = f"{100 * found.confidence:.0f} %"
    head = (
        "sample",
        *([f"{variable.mean_name}{unit} [{confidence}]"] if variable.has_mean else []),
        *shares,
        f"{DISTANCES[SQUARED].label} to the {reference.noun} [{confidence}]",
        f"as many fresh {reference.fresh}: 95 % under",
        *(["upper bound and margin"] if bounded else []),
    )
    baselines = [row for row in found.rows if row.kind != "sample"]
    rows = [
        (
            reference.sized,
            *([number(reference.mean)] if variable.has_mean else []),
            *(of_humans for of_humans, _ in shares.values()),
            *("–", "–", *(["–"] if bounded else [])),
        )
    ]
    for row in (*found.samples, *baselines):
        d = row.distances.get(SQUARED)
        rows.append(
            (
                "\n".join([row.name, *counts_told(row)]),
                *([f"{number(row.mean)}{ends(row.mean_interval)}"] if variable.has_mean else []),
                *(of_rows[id(row)] for _, of_rows in shares.values()),
                _value(SQUARED, d),
                "–" if d is None else measured(SQUARED, d.floor.p95),
                *([_bounds(row)] if bounded else []),
            )
        )
    first = 1 + len(found.samples)
    return new_table(
        head,
        rows,
        "l" + "r" * (len(head) - 1),
        caption=f"{plain_lines(found.outcome)}{unit}: samples, then baselines that cost no call",
        quiet=range(first, len(rows)),
    )


def _shares_of(found: Comparison) -> dict[str, tuple[str, dict[int, str]]]:
    """Return titles of shares, each with that of the reference and of each row."""
    reference = found.reference
    if any(row.share for row in found.rows):
        title = f"share {found.variable.above_zero or '> 0'}"
        of_humans = float(reference.shares[reference.values > 0].sum())
        told = {id(r): "–" if r.share is None else percent(r.share.value) for r in found.rows}
        return {title: (percent(of_humans), told)}
    levels = found.variable.categories or ()
    if found.variable.scale != "nominal" or len(levels) > MOST_LEVELS:
        return {}
    size = len(levels)
    humans = np.bincount(reference.values.astype(int), reference.shares, size)
    rows = {id(row): _level_shares(row, size) for row in found.rows}
    return {
        f"share {level}": (
            percent(humans[at]),
            {key: "–" if of is None else percent(of[at]) for key, of in rows.items()},
        )
        for at, level in enumerate(levels)
    }


def _level_shares(row: Row, size: int) -> Sequence[float] | None:
    if not row.n:
        return None
    rows = row.sample.rows
    mass = np.bincount(rows.values.astype(int), rows.value_weights, size)
    found: Sequence[float] = (mass / mass.sum()).tolist()
    return found


def _value(name: str, found: Distance | None) -> str:
    if found is None:
        return "–"
    interval = ends(found.interval, partial(measured, name))
    return f"{measured(name, found.value)}{interval or ' [no interval]'}"


def _bounds(row: Row) -> str:
    """Return the bound of each distance that has a margin, and what follows."""
    return "\n".join(
        f"{DISTANCES[name].label} {bound_told(d)}"
        for name, d in row.distances.items()
        if d.margin is not None
    )


def bound_told(found: Distance) -> str:
    """Return the upper bound beside the margin that was named beforehand."""
    if found.upper is None or found.margin is None:
        return "no bound"
    sign = "<" if found.equivalent else "≥"
    said = "human-like by that margin" if found.equivalent else "not shown to be human-like"
    return f"{number(found.upper)} {sign} {number(found.margin)}: {said}"


def _of_distances(found: Comparison) -> Iterator[Table]:
    """Yield a table for each distance."""
    for name in DISTANCES:
        of = [(row, row.distances[name]) for row in found.rows if name in row.distances]
        if not of:
            continue
        bounded = any(d.margin is not None for _, d in of)
        head = (
            "sample",
            f"{DISTANCES[name].label}{_unit(found, name)} [{100 * found.confidence:.0f} %]",
            f"fresh {found.reference.fresh}: mean",
            "95 % under",
            "p (by Holm)",
            *(["upper bound and margin"] if bounded else []),
        )
        rows = [
            (
                row.name,
                _value(name, d),
                "0" if name == SQUARED else number(d.floor.mean),
                measured(name, d.floor.p95),
                _p(d),
                *([bound_told(d) if d.margin is not None else "–"] if bounded else []),
            )
            for row, d in of
        ]
        quiet = [at for at, (row, _) in enumerate(of) if row.kind != "sample"]
        caption = f"{DISTANCES[name].label}{_unit(found, name)}: {DISTANCES[name].reading}"
        yield new_table(head, rows, "lrrrrl", caption=caption, quiet=quiet)


def _unit(found: Comparison, name: str) -> str:
    return f" ({found.unit})" if found.unit and name == "wasserstein" else ""


def _p(found: Distance) -> str:
    if found.p is None:
        return "–"
    return p_text(
        found.p,
        at_most=found.p_is_bound,
        adjusted=found.p_holm,
        adjusted_at_most=found.holm_is_bound,
    )


def _contrasts(found: Comparison) -> Table | None:
    """Return which of two samples with the same personas is closer."""
    rows = []
    for each in found.contrasts:
        got = each.contrast
        p = "–" if got.p is None else p_text(got.p, adjusted=each.p_holm)
        value = f"{measured(SQUARED, got.value)}{ends(got.interval, partial(measured, SQUARED))}"
        label = f"{each.a} − {each.b}" + (f": {each.meaning}" if each.meaning else "")
        rows.append((label, f"{got.n:,}", value, p, each.closer))
    head = ("D² of the first less D² of the second", "personas", "difference", "p", "closer")
    caption = "Which of two samples with the same personas is closer"
    return new_table(head, rows, "lrrrl", caption=caption) if rows else None


def _run(run: Provenance) -> Section:
    cells = [
        (
            label,
            f"{counts['completed']:,}",
            f"{counts['failed']:,}",
            f"{counts['running'] + counts['planned']:,}",
        )
        for label, counts in run.cells
    ]
    failures = [f"{each.dialogues:,} × {each.fault}: {each.error}" for each in run.failures]
    return section(
        f"Run {run.run_id}",
        Paragraph(f"Run file {run.file}."),
        new_table(
            ("cell", "completed", "failed", "unfinished"), cells, "lrrr", caption="Dialogues"
        ),
        *(Paragraph(f"{sentence}.") for sentence in run.answered + run.told),
        Paragraph("Why dialogues failed:" if failures else "No dialogue failed."),
        Items(tuple(failures)) if failures else None,
        Verbatim("Scenario, as it was resolved", (("", yaml_text(run.scenario)),)),
    )
