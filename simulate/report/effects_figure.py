"""What a run shows by itself, as a figure: a forest of the contrasts between its cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from simulate.comparison.summary import OutcomeSummary
from simulate.comparison.summary.contrasts import CellDifference
from simulate.report.figure_layout import finish, named
from simulate.report.plotting import COLOURS, GREY, GRID, Width, new_figure, styled
from simulate.statistics.confidence import CONFIDENCE
from simulate.terminal.numbers import ends, p_text, signed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_ROWS = 30


def effects(summary: OutcomeSummary, width: Width = "page") -> Figure:
    """Draw each contrast with its interval, 0 as a line, and the margin shaded where one is named.

    Shares of levels, which have no unit, stand on the same axes as one another.
    """
    drawn = summary.contrasts[:MOST_ROWS]
    levels = len({each.of for each in summary.contrasts}) > 1
    with styled():
        figure, axes = new_figure(1, 1, 0.65 + 0.3 * max(1, len(drawn)), width)
        ax = axes[0, 0]
        _rows(ax, drawn, summary.margin)
        told = [f"{each.a} − {each.b}" + (f": {each.of}" if levels else "") for each in drawn]
        sizes = [f" (n = {each.contrast.personas:,})" for each in drawn]
        named(ax, [f"{one}{n}" for one, n in zip(told, sizes, strict=True)], width, share=0.38)
        unit = f" ({summary.variable.unit})" if summary.variable.unit else ""
        of = "share" if levels else f"{summary.variable.mean_name} of {summary.name}{unit}"
        ax.set(xlabel=f"difference of {of}", ylim=(max(1, len(drawn)) - 0.4, -0.6))
        notes = [
            f"Lines through points: {100 * CONFIDENCE:.0f} % intervals. Filled: shown to differ "
            "from 0, adjusted for the number of contrasts (Holm). n: personas."
        ]
        if summary.margin is not None:
            notes[0] += " Shaded: within the margin that was named."
        if len(drawn) < len(summary.contrasts):
            notes.insert(0, f"The first {MOST_ROWS} of {len(summary.contrasts)} contrasts.")
        legend = [
            (ax.plot([], [], "o", color=colour, ms=5)[0], label)
            for colour, label in ((COLOURS[0], "planned"), (COLOURS[2], "not planned"))
        ]
        mixed = len({bool(each.name) for each in drawn}) > 1
        return finish(figure, _finding(summary), notes=notes, legend=legend if mixed else ())


def _shown(each: CellDifference) -> bool:
    return each.p_holm is not None and each.p_holm < 1 - CONFIDENCE


def _finding(summary: OutcomeSummary) -> str:
    name = summary.name.replace("_", " ")
    known = [each for each in summary.contrasts if each.contrast.p is not None]
    if not summary.contrasts:
        return f"{name}: there are no two cells to set against each other"
    if not known:
        return f"{name}: nothing can be said of any contrast"
    if len(summary.contrasts) == 1:
        (each,) = known
        value = f"{signed(each.contrast.value)}{ends(each.contrast.interval, signed)}"
        which = "differ" if _shown(each) else "are not shown to differ"
        p = p_text(each.contrast.p or 0.0)
        return f"{each.a} and {each.b} {which} in {name}: {value}, {p}"
    shown = [each for each in known if _shown(each)]
    if not shown:
        return f"None of {len(known)} contrasts in {name} is shown to differ from 0"
    if len(shown) == 1:
        (each,) = shown
        value = f"{signed(each.contrast.value)}{ends(each.contrast.interval, signed)}"
        return f"{name}: of {len(known)} contrasts {each.a} − {each.b} differs from 0, {value}"
    return f"{len(shown)} of {len(known)} contrasts in {name} differ from 0"


def _rows(ax: Axes, drawn: Sequence[CellDifference], margin: float | None) -> None:
    if margin is not None:
        ax.axvspan(-margin, margin, color="0.88", lw=0, zorder=0)
    ax.axvline(0, color=GREY, lw=0.8, zorder=1)
    for y, each in enumerate(drawn):
        colour = COLOURS[0] if each.name else COLOURS[2]
        if each.contrast.value is None:
            continue
        if each.contrast.interval is not None:
            ax.plot(each.contrast.interval, [y, y], color=colour, lw=1.8, ls="-")
        face = colour if _shown(each) else "white"
        ax.plot(each.contrast.value, y, "o", mfc=face, mec=colour, ms=5, zorder=3)
    ax.grid(axis="x", color=GRID, lw=0.6)
