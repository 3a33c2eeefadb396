"""A report in one HTML file: no script, nothing loaded, everything that is foreign escaped."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from simulate.comparison.provenance import Provenance
from simulate.comparison.result import Comparison, Row
from simulate.files.yaml_writing import yaml_text
from simulate.report.comparison_table import measured, notes
from simulate.report.figures import FIGURES
from simulate.report.page import embedded, page, write_page
from simulate.statistics.distances import DISTANCES
from simulate.terminal.numbers import number, p_text

CAPTIONS = {
    "ecdf": (
        "Share of dialogues at or below each value. Inside the grey band lie 95 % of samples of "
        "as many fresh people: a line inside it could be theirs."
    ),
    "histogram": "Share of dialogues per bin of the declared histogram; the reference in grey.",
    "forest": (
        "Each distance with its interval. The grey area holds 95 % of what as many fresh people "
        "would show, the line is their mean. Grey squares are naive baselines: a method that is "
        "not to their left has shown nothing."
    ),
}


def write_html(
    comparison: Comparison,
    path: Path,
    runs: Sequence[Provenance] = (),
    talk: Sequence[Comparison] = (),
) -> Path:
    """Write the report.

    Raises:
        InputError: the file cannot be written.
    """
    return write_page(path, render(comparison, runs, talk))


def render(
    comparison: Comparison,
    runs: Sequence[Provenance] = (),
    talk: Sequence[Comparison] = (),
) -> str:
    """Return the report as HTML."""
    compared = {name for row in comparison.rows for name in row.distances}
    return page(
        "report.html.jinja",
        {"number": number, "percent": lambda v: f"{v:.1%}"},
        measured=measured,
        p_text=p_text,
        comparison=comparison,
        measures=[DISTANCES[name] for name in DISTANCES if name in compared],
        floors=floors(comparison),
        figures=[(name, CAPTIONS[name], embedded(FIGURES[name](comparison))) for name in FIGURES],
        notes=notes(comparison),
        runs=[(run, yaml_text(run.scenario)) for run in runs],
        talk=talk,
    )


def floors(comparison: Comparison) -> list[Row]:
    """Return one row per size, in order: their distances carry the floor of that size."""
    found: dict[int, Row] = {}
    for row in comparison.rows:
        if row.distances:
            found.setdefault(row.people, row)
    return [found[n] for n in sorted(found)]
