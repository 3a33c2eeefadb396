"""A comparison in a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulate.comparison.result import Comparison, Row
from simulate.report.comparison_table import measured
from simulate.report.figures import FIGURES
from simulate.report.notebook_html import escaped, table
from simulate.report.plotting import Width, figure_called
from simulate.statistics.distances import DISTANCES, SQUARED
from simulate.terminal.numbers import ends, number, p_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def html(found: Comparison) -> str:
    """Return each row with its mean and the headline distance, its interval and floor."""
    unit = f" ({found.unit})" if found.unit else ""
    title = f"{found.outcome}{unit} beside {found.reference.sized}: {found.reference.name}"
    columns = ("", "n", "mean", DISTANCES[SQUARED].label, "floor 95 % ≤", "p (Holm)")
    return table(title, columns, map(_row, found.rows), notes=found.sentences)


def figure(found: Comparison, kind: str, width: Width = "page") -> Figure:
    """Return a figure of a comparison.

    Raises:
        InputError: there is no such figure.
    """
    return figure_called(kind, FIGURES)(found, width)


def _row(row: Row) -> tuple[str, ...]:
    d = row.distances.get(SQUARED)
    if d is None or d.value is None:
        return escaped(row.name), f"{row.n:,}", number(row.mean), "–", "–", "–"
    value = measured(SQUARED, d.value) + ends(d.interval, lambda v: measured(SQUARED, v))
    p = "–"
    if d.p is not None:
        p = p_text(d.p, at_most=d.p_is_bound, adjusted=d.p_holm, adjusted_at_most=d.holm_is_bound)
    cells = (f"{row.n:,}", number(row.mean), value, measured(SQUARED, d.floor.p95), p)
    return escaped(row.name), *map(escaped, cells)
