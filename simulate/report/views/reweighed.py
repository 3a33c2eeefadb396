"""A re-weighed run in a notebook: a table, and each cell as drawn and re-weighed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulate.comparison.reweighing.result import Reweighed
from simulate.errors import plain_lines
from simulate.report.notebook_html import escaped, table
from simulate.report.plotting import COLOURS, new_figure, styled
from simulate.report.reweighed_table import carried, title

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DRAWN = "#777777"


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


def figure(found: Reweighed) -> Figure:
    """Draw each cell as its turns were drawn, and re-weighed, with intervals."""
    named: set[str] = set()
    with styled():
        drawn, axes = new_figure(1, 1, 1.0 + 0.5 * len(found.rows))
        ax = axes[0, 0]
        for place, row in enumerate(found.rows):
            sides = (
                (row.drawn[0], row.drawn[1], DRAWN, "s", -0.13, "as drawn"),
                (row.mean.value, row.mean.interval, COLOURS[0], "o", 0.13, "re-weighed"),
            )
            for value, interval, colour, marker, shift, label in sides:
                if value is None:
                    continue
                if interval is not None:
                    ax.plot(interval, [place + shift] * 2, color=colour, lw=1.8)
                shown = None if label in named else label
                ax.plot([value], [place + shift], marker, color=colour, ms=5, label=shown, ls="")
                named.add(label)
            if row.refused:
                ax.annotate(
                    "refused",
                    (1.01, place),
                    xycoords=("axes fraction", "data"),
                    va="center",
                    fontsize=8,
                    color=DRAWN,
                )
        ax.set(
            yticks=range(len(found.rows)),
            yticklabels=[plain_lines(row.name) for row in found.rows],
            ylim=(len(found.rows) - 0.5, -0.5),
            xlabel=plain_lines(title(found)),
        )
        ax.grid(axis="x", color="#DDDDDD", lw=0.6)
        ax.set_axisbelow(True)
        if ax.get_legend_handles_labels()[0]:
            drawn.legend(loc="outside upper right", ncols=2)
    return drawn
