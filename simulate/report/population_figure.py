"""A sample beside its population as a figure: a panel for each attribute, one for correlations.

Bars are what was drawn, black marks what is expected of a sample, grey ones what the file states
where that differs; a line through a mark is its 95 % Monte-Carlo error.
"""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulate.errors import InputError, plain_lines
from simulate.files.writing import written_aside
from simulate.population.achieved import Achieved, Margin
from simulate.report.plotting import COLOURS, WIDTH_IN, figure_class, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ENDINGS = ("png", "pdf", "svg")
COLUMNS = 3
MOST_PANELS = 60
FEWEST_SLOTS = 3
LONGEST_LABEL = 18
EXPECTED, STATED = "#000000", "#999999"


def draw_population(found: Achieved, path: Path) -> None:
    """Write the figure of a sample to a file.

    Raises:
        InputError: the file's name has another ending, or it cannot be written.
    """
    ending = path.suffix.removeprefix(".").casefold()
    if ending not in ENDINGS:
        raise InputError(f"{path}: a figure ends in {', '.join(f'.{each}' for each in ENDINGS)}")
    figure = population_figure(found)
    try:
        with styled(), written_aside(path, force=True) as file:
            figure.savefig(file, format=ending)
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}") from None


def population_figure(found: Achieved) -> Figure:
    """Draw what a sample has beside what is stated."""
    # Panels of like heights stand beside each other.
    margins = sorted(found.margins[:MOST_PANELS], key=lambda margin: len(margin.levels))
    panels: list[Margin | None] = [*margins]
    if found.correlations:
        panels.append(None)
    rows = [panels[i : i + COLUMNS] for i in range(0, len(panels), COLUMNS)]
    heights = [max(_height(panel) for panel in row) for row in rows]
    with styled():
        figure = figure_class()(figsize=(WIDTH_IN, sum(heights) + 0.5))
        figure.set_layout_engine("constrained", h_pad=0.06, w_pad=0.05)
        axes = figure.subplots(len(rows), COLUMNS, squeeze=False, height_ratios=heights)
        for place in range(len(rows) * COLUMNS):
            ax = axes[place // COLUMNS, place % COLUMNS]
            if place >= len(panels):
                ax.set_axis_off()
            elif (margin := panels[place]) is None:
                _draw_correlations(ax, found)
            else:
                slots = max(len(each.levels) for each in rows[place // COLUMNS] if each)
                _draw_margin(ax, margin, slots)
        more = len(found.margins) - MOST_PANELS
        left_out = f"; {more} more attributes are not drawn" if more > 0 else ""
        moved = any(level.moved for margin in found.margins for level in margin.levels)
        grey = "; grey: as stated" if moved else ""
        figure.suptitle(
            plain_lines(
                f"{found.population}, {found.n:,} people, seed {found.seed}: drawn (bars) against "
                f"expected (marks, with 95 % error){grey}{left_out}"
            ),
            fontsize=9,
            x=0.01,
            ha="left",
        )
    return figure


def _height(panel: Margin | None) -> float:
    return 2.1 if panel is None else 0.55 + 0.17 * max(len(panel.levels), FEWEST_SLOTS)


def _label(text: str) -> str:
    return textwrap.shorten(plain_lines(text), LONGEST_LABEL, placeholder="…")


def _draw_margin(ax: Axes, margin: Margin, slots: int) -> None:
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
    ax.set_yticks(places, [_label(level.label) for level in margin.levels], fontsize=7)
    ax.tick_params(axis="y", length=0)
    ax.tick_params(axis="x", labelsize=7)
    ax.spines["left"].set_visible(False)
    ax.set_ylim(max(slots, FEWEST_SLOTS) - 0.4, -0.6)  # bars are as thick in all panels of a row
    ax.set_xlim(0, 1.05 * max(*drawn, *(w + e for w, e in zip(wanted, errors, strict=True)), 1.0))
    unit = f" ({plain_lines(margin.unit)})" if margin.unit and len(margin.unit) < 20 else ""
    ax.set_title(f"{_label(margin.name)}{unit}")
    ax.set_xlabel("%", fontsize=7, labelpad=1)


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
    ax.set_xlabel("expected", fontsize=7, labelpad=1)
    ax.set_ylabel("drawn", fontsize=7, labelpad=1)
    ax.tick_params(labelsize=7)
