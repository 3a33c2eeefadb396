"""Which wording is better, as a figure: a forest of differences in units of their margins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulate.calibration.wordings import Wordings
from simulate.report.figure_layout import Legend, finish
from simulate.report.figure_text import wrapped
from simulate.report.plotting import COLOURS, MARKERS, Width, new_figure, styled, width_in

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_MARGINS = 8.0
"""What lies farther out is drawn at the edge, with an arrow."""


def wordings_figure(found: Wordings, width: Width = "page") -> Figure:
    """Return, for each criterion, by how many margins each wording is worse than the best one."""
    lines = [(measured, list(found.rows_of(measured))) for measured in found.measured]
    height = sum(max(1, len(rows)) for _, rows in lines)
    looks = {
        label: (COLOURS[i % len(COLOURS)], MARKERS[i % len(MARKERS)])
        for i, label in enumerate(found.labels)
    }
    with styled():
        figure, axes = new_figure(1, 1, 0.5 + 0.25 * height, width)
        ax = axes[0, 0]
        band = ax.axvspan(-1, 1, color="0.88", zorder=0, lw=0)
        ax.axvline(0, color="0.5", lw=0.8, zorder=1)
        names, at, top, dropped, far = [], [], 0, False, False
        for place, (measured, rows) in enumerate(lines, start=1):
            names.append(wrapped(f"{place} {measured.name}", 0.28 * width_in(width), 7.5, lines=2))
            at.append(top + (max(1, len(rows)) - 1) / 2)
            if not rows:
                ax.text(0.15, top, "not measured", va="center", color="0.4", fontsize=7.5)
            for each, row in enumerate(rows):
                y, (colour, marker) = top + each, looks[row.wording]
                if row.interval is not None:
                    ends = [end / row.margin for end in row.interval]
                    ax.plot([_within(end) for end in ends], [y, y], color=colour, ls="-")
                    for end, arrow in zip(ends, "<>", strict=True):
                        if _within(end) != end:
                            far = True
                            ax.plot(_within(end), y, arrow, color=colour, ms=6)
                face = "white" if row.dropped else colour
                dropped = dropped or row.dropped
                where = _within(row.worse_by / row.margin)
                ax.plot(where, y, marker, mfc=face, mec=colour, ms=6, zorder=3)
            top += max(1, len(rows))
            if place < len(lines):
                ax.axhline(top - 0.5, color="0.85", lw=0.6)
        legend: Legend = [
            *((ax.plot([], [], m, color=c)[0], label) for label, (c, m) in looks.items()),
            (band, "within the margin: does not matter"),
        ]
        ax.set(yticks=at, yticklabels=names, ylim=(top - 0.5, -0.5), xlim=_limits(found))
        ax.tick_params(axis="y", length=0)
        ax.set_xlabel("worse than the best wording, in margins")
        notes = ["Lines through points: 95 % intervals."]
        notes[0] += " Hollow: dropped by the order of criteria." if dropped else ""
        notes[0] += f" Arrows: farther than {MOST_MARGINS:.0f} margins." if far else ""
        return finish(figure, _finding(found), notes=notes, legend=legend)


def _finding(found: Wordings) -> str:
    of = f"{found.scenario} on {found.model}"
    if found.chosen is None:
        return f"{of}: no wording is shown to be better"
    worse = ", ".join(found.worse_on)
    told = f"; on {worse} it is worse" if worse else ""
    return f"{of}: {found.chosen} is the better wording, by {found.decision.by}{told}"


def _limits(found: Wordings) -> tuple[float, float]:
    ends = [0.0, 1.5, -1.5]
    for row in found.rows:
        reach = row.interval or (row.worse_by, row.worse_by)
        ends += [_within(end / row.margin) for end in reach]
    return min(ends) - 0.3, max(ends) + 0.3


def _within(end: float) -> float:
    return max(-MOST_MARGINS, min(MOST_MARGINS, end))
