"""Wordings in a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulate.calibration.wordings import Wordings
from simulate.calibration.wordings.result import OF
from simulate.report.notebook_html import escaped, table
from simulate.report.plotting import Width
from simulate.report.wordings_figure import wordings_figure
from simulate.report.wordings_table import outcome_of, worse_by
from simulate.terminal.numbers import number

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def html(found: Wordings) -> str:
    """Return a row for each wording on each criterion that was measured."""
    rows = [
        (
            row.criterion,
            escaped(row.wording),
            number(row.loss),
            worse_by(row),
            number(row.margin),
            outcome_of(found, row),
        )
        for row in found.rows
    ]
    columns = ("criterion", "wording", "loss", "worse by", "margin", "")
    return table(
        f"Wordings for {found.scenario}", columns, rows, notes=(found.sentence, OF), left=2
    )


def figure(found: Wordings, width: Width = "page") -> Figure:
    """Return a forest of differences in units of their margins."""
    return wordings_figure(found, width)
