"""Which wording is better, as a figure: a forest of differences in units of their margins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulate.calibration.wordings import Wordings
from simulate.report.plotting import COLOURS, new_figure, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_MARGINS = 8.0
"""What lies farther out is drawn at the edge, with an arrow."""


def wordings_figure(found: Wordings) -> Figure:
    """Return, for each criterion, by how many margins each wording is worse than the best one."""
    lines = [(measured, list(found.rows_of(measured))) for measured in found.measured]
    height = sum(max(1, len(rows)) for _, rows in lines)
    colours = {label: COLOURS[i % len(COLOURS)] for i, label in enumerate(found.labels)}
    with styled():
        figure, axes = new_figure(1, 1, 0.9 + 0.27 * height)
        ax = axes[0, 0]
        ax.axvspan(-1, 1, color="0.92", zorder=0)
        ax.axvline(0, color="0.5", lw=0.8, zorder=1)
        names, at, top = [], [], 0
        for place, (measured, rows) in enumerate(lines, start=1):
            names.append(f"{place} {measured.name}")
            at.append(top + (max(1, len(rows)) - 1) / 2)
            if not rows:
                ax.text(0.15, top, "not measured", va="center", color="0.45", fontsize=8)
            for each, row in enumerate(rows):
                y, colour = top + each, colours[row.wording]
                if row.interval is not None:
                    ends = [end / row.margin for end in row.interval]
                    ax.plot([_within(end) for end in ends], [y, y], color=colour)
                    for end, arrow in zip(ends, "<>", strict=True):
                        if _within(end) != end:
                            ax.plot(_within(end), y, arrow, color=colour, ms=6)
                mark = "X" if row.dropped else "o"
                ax.plot(_within(row.worse_by / row.margin), y, mark, color=colour, ms=6, zorder=3)
            top += max(1, len(rows))
            if place < len(lines):
                ax.axhline(top - 0.5, color="0.85", lw=0.6)
        for label, colour in colours.items():
            ax.plot([], [], "o", color=colour, label=label)
        ax.set(yticks=at, yticklabels=names, ylim=(top - 0.5, -0.5), xlim=_limits(found))
        ax.tick_params(axis="y", length=0)
        ax.set_xlabel("worse than the best wording, in margins (grey: does not matter)")
        chosen = found.chosen or "no difference shown"
        by = f", by {found.decision.by}" if found.chosen else ""
        ax.set_title(f"{found.scenario}: {chosen}{by}", loc="left")
        ax.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=len(colours), borderpad=0.1)
    return figure


def _limits(found: Wordings) -> tuple[float, float]:
    ends = [0.0, 1.5, -1.5]
    for row in found.rows:
        reach = row.interval or (row.worse_by, row.worse_by)
        ends += [_within(end / row.margin) for end in reach]
    return min(ends) - 0.3, max(ends) + 0.3


def _within(end: float) -> float:
    return max(-MOST_MARGINS, min(MOST_MARGINS, end))
