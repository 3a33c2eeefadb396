"""A re-weighed run as a figure: each cell as its turns were drawn, and re-weighed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulate.comparison.reweighing.result import Reweighed
from simulate.report.figure_layout import Legend, finish, named
from simulate.report.plotting import COLOURS, DRAWN, GRID, Width, new_figure, styled
from simulate.report.reweighed_table import title
from simulate.terminal.safe_text import shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def reweighed_figure(found: Reweighed, width: Width = "page") -> Figure:
    """Draw each cell as its turns were drawn, and re-weighed, with intervals."""
    with styled():
        figure, axes = new_figure(1, 1, 0.55 + 0.36 * len(found.rows), width)
        ax = axes[0, 0]
        legend = _rows(ax, found)
        names = [
            f"{row.name} ({'refused' if row.refused else f'worth {row.quality.size:,.0f}'})"
            for row in found.rows
        ]
        named(ax, names, width)
        ax.set(ylim=(len(found.rows) - 0.5, -0.5), xlabel=title(found))
        ax.grid(axis="x", color=GRID, lw=0.6)
        notes = [
            f"Lines through points: {100 * found.confidence:.0f} % intervals. Worth: how many "
            "personas drawn by this rule would be worth as much."
        ]
        if found.reference is not None:
            notes.append(f"Reference: {found.reference}.")
        return finish(figure, _finding(found), notes=notes, legend=legend)


def _finding(found: Reweighed) -> str:
    known = [row for row in found.rows if row.mean.value is not None]
    how = shortened(found.how, 60)
    if not known:
        return f"Turns {how}: the run carries no number of {found.outcome}"
    if len(found.rows) == 1:
        (row,) = known
        value = found.with_ends(row.mean.value, row.mean.interval)
        drawn = f", as drawn {found.shown(row.drawn[0])}" if row.drawn[0] is not None else ""
        return f"{row.name}: {found.mean_name} of {found.outcome} {value} with turns {how}{drawn}"
    values = [row.mean.value for row in known if row.mean.value is not None]
    low, high = found.shown(min(values)), found.shown(max(values))
    refused = len(found.rows) - len(known)
    told = f"; {refused} of {len(found.rows)} cells refused" if refused else ""
    return f"Turns {how}: {found.mean_name} of {found.outcome} {low} to {high}{told}"


def _rows(ax: Axes, found: Reweighed) -> Legend:
    for place, row in enumerate(found.rows):
        sides = (
            (row.drawn[0], row.drawn[1], DRAWN, "s", -0.13),
            (row.mean.value, row.mean.interval, COLOURS[0], "o", 0.13),
        )
        for value, interval, colour, marker, shift in sides:
            if value is None:
                continue
            if interval is not None:
                ax.plot(interval, [place + shift] * 2, color=colour, lw=1.8, ls="-")
            ax.plot([value], [place + shift], marker, color=colour, ms=5)
    drawn = ax.plot([], [], "s", color=DRAWN, ms=5)[0]
    return [(drawn, "as drawn"), (ax.plot([], [], "o", color=COLOURS[0], ms=5)[0], "re-weighed")]
