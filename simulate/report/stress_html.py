"""The report of a stress test in one HTML file: no script, nothing loaded, all foreign escaped."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from simulate.report.page import embedded, page, write_page
from simulate.report.stress_figures import failure_rates
from simulate.report.stress_table import (
    shown_groups,
    simulator_lines,
    undecided_words,
    weighted_words,
)
from simulate.report.tables import proportion_words
from simulate.runfile import Examined
from simulate.stress.analysis import Analysis
from simulate.stress.failures import SHOWN
from simulate.stress.gate import Gates


def write_stress_html(
    analysis: Analysis, path: Path, gates: Gates, shown: Sequence[Examined] = ()
) -> Path:
    """Write the report.

    Raises:
        InputError: the file cannot be written.
    """
    return write_page(path, render_stress(analysis, gates, shown))


def render_stress(analysis: Analysis, gates: Gates, shown: Sequence[Examined] = ()) -> str:
    """Return the report as HTML."""
    return page(
        "stress.html.jinja",
        {
            "proportion": proportion_words,
            "weighted": weighted_words,
            "undecided": undecided_words,
        },
        analysis=analysis,
        gates=gates,
        most=SHOWN,
        cells=[
            (
                cell,
                [*analysis.cautions, *simulator_lines(cell)],
                shown_groups(cell),
            )
            for cell in analysis.cells
        ],
        figure=embedded(failure_rates(analysis)),
        shown=shown,
    )
