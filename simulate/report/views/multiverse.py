"""A multiverse in a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulate.comparison.multiverse import Multiverse
from simulate.report.multiverse_figure import curve
from simulate.report.notebook_html import escaped, table
from simulate.report.plotting import Width
from simulate.terminal.numbers import ends, signed

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def html(found: Multiverse) -> str:
    """Return each universe with its contrast and interval, from the smallest to the largest."""
    rows = [
        (escaped(each.name), each.origin, f"{signed(each.value)}{ends(each.interval, signed)}")
        for each in found.found
    ]
    columns = ("universe", "from", found.label)
    return table(found.sentence, columns, rows, notes=found.notes)


def figure(found: Multiverse, width: Width = "page") -> Figure:
    """Return the specification curve."""
    return curve(found, width)
