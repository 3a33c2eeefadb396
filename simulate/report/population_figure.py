"""A sample beside its population as a figure: a panel for each attribute, one for correlations.

Bars are what was drawn, black marks what is expected of a sample, grey ones what the file states
where that differs; a line through a mark is its 95 % Monte-Carlo error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulate.population.achieved import Achieved, Margin
from simulate.report.figure_layout import Legend, finish
from simulate.report.figure_text import wrapped
from simulate.report.plotting import COLOURS, SMALLEST_PT, Width, new_figure, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS: dict[Width, int] = {"page": 3, "column": 2}
MOST_PANELS = 60
FEWEST_SLOTS = 3
LABEL_IN: dict[Width, float] = {"page": 0.95, "column": 0.62}
EXPECTED, STATED = "#000000", "#999999"


def population_figure(found: Achieved, width: Width = "page") -> Figure:
    """Draw what a sample has beside what is stated."""
    # Panels of like heights stand beside each other.
    margins = sorted(found.margins[:MOST_PANELS], key=lambda margin: len(margin.levels))
    panels: list[Margin | None] = [*margins]
    if found.correlations:
        panels.append(None)
    across = COLUMNS[width]
    rows = [panels[i : i + across] for i in range(0, len(panels), across)]
    heights = [max(_height(panel) for panel in row) for row in rows]
    with styled():
        figure, axes = new_figure(len(rows), across, sum(heights), width, height_ratios=heights)
        for place in range(len(rows) * across):
            ax = axes[place // across, place % across]
            if place >= len(panels):
                ax.set_axis_off()
            elif (margin := panels[place]) is None:
                _draw_correlations(ax, found)
            else:
                slots = max(len(each.levels) for each in rows[place // across] if each)
                _draw_margin(ax, margin, slots, LABEL_IN[width])
        moved = any(level.moved for margin in found.margins for level in margin.levels)
        more = len(found.margins) - MOST_PANELS
        notes = [f"{more} more attributes are not drawn."] if more > 0 else []
        return finish(figure, _finding(found), notes=notes, legend=_legend(axes[0, 0], moved))


def _finding(found: Achieved) -> str:
    levels = [level for margin in found.margins for level in margin.levels]
    inside = sum(abs((each.achieved or 0.0) - each.expected) <= each.error for each in levels)
    return (
        f"{found.population}: of {found.n:,} people drawn with seed {found.seed}, {inside:,} of "
        f"{len(levels):,} shares lie within the 95 % error of what is expected"
    )


def _legend(ax: Axes, moved: bool) -> Legend:
    from matplotlib.patches import Rectangle

    drawn = Rectangle((0, 0), 1, 1, color=COLOURS[5])
    told = [(EXPECTED, "expected, with 95 % error"), *([(STATED, "as stated")] if moved else [])]
    marks = [
        (ax.plot([], [], "|", color=colour, ms=7, mew=1.4)[0], label) for colour, label in told
    ]
    return [(drawn, "drawn"), *marks]


def _height(panel: Margin | None) -> float:
    return 2.1 if panel is None else 0.65 + 0.19 * max(len(panel.levels), FEWEST_SLOTS)


def _draw_margin(ax: Axes, margin: Margin, slots: int, label_in: float) -> None:
    places = range(len(margin.levels))
    drawn = [100 * (level.achieved or 0.0) for level in margin.levels]
    wanted = [100 * level.expected for level in margin.levels]
    errors = [100 * level.error for level in margin.levels]
    ax.barh(places, drawn, height=0.72, color=COLOURS[5], zorder=1)
    stated = [
        (place, 100 * level.stated)
        for place, level in zip(places, margin.levels, strict=True)
        if level.moved and level.stated is not None
    ]
    if stated:
        _marks(ax, [place for place, _ in stated], [share for _, share in stated], STATED)
    ax.errorbar(wanted, places, xerr=errors, fmt="none", ecolor=EXPECTED, elinewidth=0.8, zorder=3)
    _marks(ax, places, wanted, EXPECTED)
    names = [wrapped(level.label, label_in, SMALLEST_PT, lines=1) for level in margin.levels]
    ax.set_yticks(places, names, fontsize=SMALLEST_PT)
    ax.tick_params(axis="y", length=0)
    ax.tick_params(axis="x", labelsize=SMALLEST_PT)
    ax.spines["left"].set_visible(False)
    ax.set_ylim(max(slots, FEWEST_SLOTS) - 0.4, -0.6)  # bars are as thick in all panels of a row
    ax.set_xlim(0, 1.05 * max(*drawn, *(w + e for w, e in zip(wanted, errors, strict=True)), 1.0))
    unit = f" ({margin.unit})" if margin.unit and len(margin.unit) < 20 else ""
    ax.set_title(f"{margin.name}{unit}")
    ax.set_xlabel("% of people", fontsize=SMALLEST_PT, labelpad=1)


def _marks(ax: Axes, places: Any, shares: Any, colour: str) -> None:
    ax.scatter(shares, places, marker="|", s=42, linewidths=1.4, color=colour, zorder=4)


def _draw_correlations(ax: Axes, found: Achieved) -> None:
    stated = [each.expected for each in found.correlations]
    drawn = [each.achieved or 0.0 for each in found.correlations]
    errors = [each.error for each in found.correlations]
    low, high = min(*stated, *drawn, 0.0) - 0.1, max(*stated, *drawn, 0.0) + 0.1
    ax.plot((low, high), (low, high), color=STATED, lw=0.8, zorder=1)
    ax.errorbar(
        stated,
        drawn,
        yerr=errors,
        fmt="o",
        ms=3,
        color=COLOURS[0],
        ecolor=COLOURS[5],
        elinewidth=0.8,
    )
    ax.set(xlim=(low, high), ylim=(low, high), title="rank correlations")
    ax.set_xlabel("expected", fontsize=SMALLEST_PT, labelpad=1)
    ax.set_ylabel("drawn", fontsize=SMALLEST_PT, labelpad=1)
    ax.tick_params(labelsize=SMALLEST_PT)
