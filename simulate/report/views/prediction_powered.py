"""Few humans and many simulations in a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulate.comparison.prediction_powered.result import OF, Estimated, PredictionPowered
from simulate.report.notebook_html import escaped, table
from simulate.report.plotting import Width
from simulate.report.prediction_powered_figure import prediction_powered_figure
from simulate.report.prediction_powered_table import asked_for, shown

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def html(found: PredictionPowered) -> str:
    """Return each estimate with what the simulations add."""
    unit = f" ({found.unit})" if found.unit else ""
    columns = ("", "humans", "by them alone", "with simulations", "simulations alone", "worth")
    notes = [*found.sentence.splitlines(), *asked_for(found.rows), f"of {OF}", *found.notes]
    return table(f"{found.outcome}{unit}", columns, map(_row, found.rows), notes=notes)


def figure(found: PredictionPowered, width: Width = "page") -> Figure:
    """Return each estimate by the humans alone, and with simulations."""
    return prediction_powered_figure(found, width)


def _row(row: Estimated) -> tuple[str, ...]:
    named = escaped(f"{row.sample}: {row.statistic}")
    if row.refused:
        return named, f"{row.humans:,}", escaped(row.refused), "–", "–", "–"
    numbers = map(shown, (row.human, row.estimate, row.simulated))
    return named, f"{row.humans:,}", *map(escaped, numbers), shown(row.worth, 0)
