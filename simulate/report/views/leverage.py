"""Turn leverage in a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulate.comparison.leverage import Leverage
from simulate.report.leverage_figure import leverage_figure
from simulate.report.leverage_table import COLUMNS, leverage_rows
from simulate.report.notebook_html import escaped, table
from simulate.report.plotting import Width

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def html(found: Leverage) -> str:
    """Return each explored turn with its surprise and leverage."""
    rows = [tuple(map(escaped, row)) for row in leverage_rows(found)]
    return table(found.sentence, COLUMNS, rows, notes=found.notes)


def figure(found: Leverage, width: Width = "page") -> Figure:
    """Return leverage and surprise by turn."""
    return leverage_figure(found, width)
