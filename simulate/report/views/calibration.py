"""A calibration in a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulate.calibration.assessment import Assessment
from simulate.calibration.result import OF, Calibration
from simulate.report.calibration_figures import FIGURES
from simulate.report.notebook_html import escaped, table
from simulate.report.plotting import Width, figure_called
from simulate.terminal.numbers import ends, number

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def html(found: Calibration) -> str:
    """Return the headline score of each part, its skills and the calibration error."""
    title = f"{found.model} with {found.method}, beside {', '.join(found.references)}"
    columns = ("", "forecasts", "people", "score", "mean", "calibration error")
    notes = [*(found.said(part) for part in found.parts), f"Of {OF}.", found.contamination_told]
    return table(title, columns, map(_row, found.parts), notes=notes)


def figure(found: Calibration, kind: str, width: Width = "page") -> Figure:
    """Return a figure of a calibration.

    Raises:
        InputError: there is no such figure.
    """
    return figure_called(kind, FIGURES)(found, width)


def _row(part: Assessment) -> tuple[str, ...]:
    head, error = part.headline, "–"
    if part.reliability is not None:
        seen = part.reliability.error
        error = number(seen.value) + ends(seen.interval)
    cells = (
        f"{part.what} of {part.role}",
        f"{part.n:,}",
        f"{part.persons:,}",
        head.score,
        number(head.mean.value) + ends(head.mean.interval),
        error,
    )
    return tuple(map(escaped, cells))
