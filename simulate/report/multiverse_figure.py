"""The specification curve of a multiverse: sorted contrasts above, the choices of each below."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulate.comparison.multiverse import Multiverse
from simulate.report.figure_layout import Legend, finish
from simulate.report.figure_text import wrapped
from simulate.report.plotting import COLOURS, GREY, Width, new_figure, styled, width_in
from simulate.statistics.confidence import CONFIDENCE
from simulate.terminal.numbers import p_text, signed
from simulate.terminal.safe_text import shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BAND = "#E3E3E3"
ROW_IN = 0.16
NAMES = 0.3
"""The share of the width that the names of choices take at most."""


def curve(found: Multiverse, width: Width = "page") -> Figure:
    """Draw the specification curve: contrasts with intervals, median and null band, and choices.

    A hollow point is from recorded draws that were weighed anew.
    """
    choices = sum(len(of) for of in found.grid.values())
    below = ROW_IN * (choices + 1.3 * len(found.grid)) + 0.3
    with styled():
        figure, axes = new_figure(2, 1, 2.2 + below, width, sharex=True, height_ratios=[2.2, below])
        above, under = np.ravel(axes)
        legend = _contrasts(above, found)
        _choices(under, found, NAMES * width_in(width))
        weighed = any(each.origin == "re-weighed" for each in found.found)
        notes = ["Hollow: recorded draws weighed anew."] if weighed else []
        notes.append(
            "Grey: where 95 % of contrasts of this rank lie if both sides are alike. Lines through "
            f"points: 95 % intervals over {found.personas:,} personas."
        )
        return finish(figure, _finding(found), notes=notes, legend=legend)


def _finding(found: Multiverse) -> str:
    test, count = found.joint, len(found.found)
    if found.stopped is not None or test is None:
        return found.sentence
    refused = f" ({len(found.refused)} refused)" if found.refused else ""
    of = f"{shortened(found.label, 60)} in {shortened(found.measure, 60)}"
    p = f"joint {p_text(test.p)}"
    shown = (
        "differs from 0 over" if test.p < 1 - CONFIDENCE else "is not shown to differ from 0 over"
    )
    return f"{of} {shown} {count} universes{refused}: median {signed(test.median)}, {p}"


def _contrasts(ax: Axes, found: Multiverse) -> Legend:
    shown, test = found.found, found.joint
    ranks = np.arange(1, len(shown) + 1)
    size = float(np.clip(90 / max(1, len(shown)), 2.2, 5.5))
    legend: Legend = []
    if test is not None:
        edges = np.concatenate([[0.5], ranks + 0.5])
        low, high = (np.append(side, side[-1]) for side in test.band.T)
        band = ax.fill_between(edges, low, high, step="post", color=BAND, lw=0)
        line = ax.axhline(test.median, color=COLOURS[1], lw=1.1, ls="--")
        legend = [(line, f"median {signed(test.median)}"), (band, "if both sides are alike")]
    ax.axhline(0, color="black", lw=0.7)
    for rank, each in zip(ranks, shown, strict=True):
        if each.interval is not None:
            ax.plot([rank, rank], each.interval, color=COLOURS[0], lw=size / 4, alpha=0.6, ls="-")
        face = "white" if each.origin == "re-weighed" else COLOURS[0]
        ax.plot(rank, each.value or 0.0, "o", ms=size, mfc=face, mec=COLOURS[0], mew=0.8)
    ax.set(ylabel="contrast", xlim=(0.5, max(1, len(shown)) + 0.5))
    ax.tick_params(axis="x", length=0, labelbottom=False)
    ax.spines["bottom"].set_visible(False)
    return legend


def _choices(ax: Axes, found: Multiverse, names_in: float) -> None:
    """Draw a row for each choice, with a mark below each universe that has it."""
    from matplotlib.ticker import MaxNLocator

    shown = found.found
    size = float(np.clip(80 / max(1, len(shown)), 1.8, 4.5))
    place, names, y = [], [], 0.0
    for number, (kind, of) in enumerate(found.grid.items()):
        colour = COLOURS[2] if number % 2 else GREY
        place.append(y)
        names.append(wrapped(kind, names_in, 7.5, lines=1, bold=True))
        y += 1
        for choice in of:
            at = [i + 1 for i, each in enumerate(shown) if each.choices[kind] == choice]
            ax.axhline(y, color="#EEEEEE", lw=0.6, zorder=0)
            ax.plot(at, [y] * len(at), "s", ms=size, color=colour)
            place.append(y)
            names.append(wrapped(choice, names_in, 7.5, lines=1))
            y += 1
        y += 0.3
    ax.set_yticks(place, names)
    headings = np.cumsum([0, *(len(of) + 1 for of in found.grid.values())])[:-1]
    for heading in headings:
        ax.get_yticklabels()[int(heading)].set_fontweight("bold")
    ax.set(ylim=(y - 0.5, -0.7), xlabel="universe, by contrast")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.tick_params(axis="both", length=0)
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)
