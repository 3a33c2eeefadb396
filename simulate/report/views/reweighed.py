"""A re-weighed run in a notebook: a table, and each cell as drawn and re-weighed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulate.comparison.reweighing.result import Reweighed
from simulate.report.notebook_html import escaped, table
from simulate.report.plotting import Width
from simulate.report.reweighed_figure import reweighed_figure
from simulate.report.reweighed_table import carried, title

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def html(found: Reweighed) -> str:
    """Return each cell with what it rests on."""
    rows = [
        (
            escaped(row.name),
            *carried(row.quality),
            found.shown(row.drawn[0]),
            escaped(row.refused, 400)
            if row.refused
            else found.with_ends(row.mean.value, row.mean.interval),
        )
        for row in found.rows
    ]
    columns = ("", "personas", "worth", "k̂", "as drawn", "re-weighed")
    return table(title(found), columns, rows, notes=[*found.notes, f"each is {found.of}"])


def figure(found: Reweighed, width: Width = "page") -> Figure:
    """Return each cell as drawn and re-weighed."""
    return reweighed_figure(found, width)
