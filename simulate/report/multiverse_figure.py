"""The specification curve of a multiverse: sorted contrasts above, the choices of each below."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simulate.comparison.multiverse import Multiverse
from simulate.errors import plain_lines
from simulate.report.plotting import COLOURS, WIDTH_IN, figure_class, styled
from simulate.terminal.numbers import signed
from simulate.terminal.safe_text import shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BAND, GREY = "#E3E3E3", "#555555"
LONGEST = 24
"""Characters of the name of a choice."""


def curve(found: Multiverse) -> Figure:
    """Draw the specification curve: contrasts with intervals, median and null band, and choices.

    A hollow point is from recorded draws that were weighed anew.
    """
    choices = [(kind, choice) for kind, of in found.grid.items() for choice in of]
    below = 0.16 * len(choices) + 0.14 * len(found.grid)
    with styled():
        figure = figure_class()(figsize=(WIDTH_IN, 3.1 + below), layout="constrained")
        above, under = figure.subplots(2, 1, sharex=True, height_ratios=[2.5, below + 0.1])
        _contrasts(above, found)
        _choices(under, found)
        weighed = any(each.origin == "re-weighed" for each in found.found)
        told = ["hollow: recorded draws weighed anew"] if weighed else []
        told.append("grey: where 95 % of contrasts of this rank lie if both sides are alike")
        figure.supxlabel("; ".join(told), fontsize=7.5, color=GREY)
    return figure


def _contrasts(ax: Axes, found: Multiverse) -> None:
    shown, test = found.found, found.joint
    ranks = np.arange(1, len(shown) + 1)
    size = float(np.clip(90 / len(shown), 2.2, 5.5))
    if test is not None:
        edges = np.concatenate([[0.5], ranks + 0.5])
        low, high = (np.append(side, side[-1]) for side in test.band.T)
        ax.fill_between(edges, low, high, step="post", color=BAND, lw=0)
        ax.axhline(test.median, color=COLOURS[1], lw=1.1, ls="--")
        ax.annotate(
            f"median {signed(test.median)}",
            (1.0, test.median),
            xycoords=("axes fraction", "data"),
            xytext=(3, 0),
            textcoords="offset points",
            va="center",
            fontsize=7.5,
            color=COLOURS[1],
            annotation_clip=False,
        )
    ax.axhline(0, color="black", lw=0.7)
    for rank, each in zip(ranks, shown, strict=True):
        if each.interval is not None:
            ax.plot([rank, rank], each.interval, color=COLOURS[0], lw=size / 4, alpha=0.45)
        hollow = each.origin == "re-weighed"
        face = "white" if hollow else COLOURS[0]
        ax.plot(rank, each.value or 0.0, "o", ms=size, mfc=face, mec=COLOURS[0], mew=0.8)
    refused = f"; {len(found.refused)} refused" if found.refused else ""
    of = shortened(plain_lines(f"{found.label} in {found.measure}"), 90)
    title = f"{of}\n{len(shown)} universes{refused}"
    ax.set(ylabel="contrast", xlim=(0.5, len(shown) + 0.5), title=title)
    ax.tick_params(axis="x", length=0, labelbottom=False)
    ax.spines["bottom"].set_visible(False)


def _choices(ax: Axes, found: Multiverse) -> None:
    """Draw a row for each choice, with a mark below each universe that has it."""
    from matplotlib.ticker import MaxNLocator

    shown = found.found
    size = float(np.clip(80 / len(shown), 1.8, 4.5))
    place, names, y = [], [], 0.0
    for number, (kind, of) in enumerate(found.grid.items()):
        colour = COLOURS[2] if number % 2 else GREY
        ax.text(
            -0.01, y, kind, transform=ax.get_yaxis_transform(), ha="right", va="center",
            fontsize=7.5, fontweight="bold",
        )  # fmt: skip
        y += 1
        for choice in of:
            at = [i + 1 for i, each in enumerate(shown) if each.choices[kind] == choice]
            ax.axhline(y, color="#EEEEEE", lw=0.6, zorder=0)
            ax.plot(at, [y] * len(at), "s", ms=size, color=colour)
            place.append(y)
            names.append(shortened(plain_lines(choice), LONGEST))
            y += 1
        y += 0.3
    ax.set(yticks=place, yticklabels=names, ylim=(y - 0.5, -0.7), xlabel="universe, by contrast")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.tick_params(axis="both", length=0)
    ax.tick_params(axis="y", labelsize=7.5)
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)
