"""Turn leverage as a figure: what each reply would lead to, and how much hangs on the turn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from simulate.comparison.leverage import Leverage, TurnLeverage
from simulate.report.plotting import COLOURS, new_figure, styled
from simulate.statistics.turn_effects import TurnEffects
from simulate.terminal.safe_text import shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_TURNS = 40
"""More are too many to read; those of the largest leverage are drawn."""
GREY = "#888888"


def leverage_figure(found: Leverage) -> Figure:
    """Draw the replies of each turn by what followed, and leverage with its interval below."""
    with styled():
        figure, axes = new_figure(2, 1, 4.6, sharex=True, height_ratios=[3, 2])
        above, below = np.ravel(axes)
        shown = found.largest(MOST_TURNS)
        _replies(above, found, shown)
        _leverage(below, shown)
        names = [
            f"{t.turn}" if found.one_dialogue else f"{t.dialogue[:4]}:{t.turn}" for t, _ in shown
        ]
        below.set(xticks=range(len(shown)), xticklabels=names, xlabel="turn")
        if not found.one_dialogue:
            below.tick_params(axis="x", rotation=60)
    return figure


def _replies(ax: Axes, found: Leverage, shown: Sequence[tuple[TurnLeverage, TurnEffects]]) -> None:
    for place, (turn, of) in enumerate(shown):
        for candidate, weight, mean in zip(turn.candidates, turn.weights, of.means, strict=True):
            drawn = candidate == turn.drawn
            face = COLOURS[1] if drawn else COLOURS[0]
            ax.scatter(place, mean, s=18 + 260 * weight, color=face, alpha=0.65, lw=0, zorder=3)
        ax.plot([place - 0.28, place + 0.28], [of.mean, of.mean], color="black", lw=1.2)
    for colour, label in ((COLOURS[1], "drawn"), (COLOURS[0], "not drawn")):
        ax.scatter([], [], s=60, color=colour, alpha=0.65, lw=0, label=label)
    ax.plot([], [], color="black", lw=1.2, label="expected, M(h)")
    ax.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=3, borderpad=0.1)
    ax.set_ylabel(shortened(found.measure, 40))
    ax.set_title("after each listed reply (area: its probability)")


def _leverage(ax: Axes, shown: Sequence[tuple[TurnLeverage, TurnEffects]]) -> None:
    ax.axhline(0, color=GREY, lw=0.8)
    for place, (_, of) in enumerate(shown):
        if of.leverage_interval is not None:
            ax.plot([place, place], of.leverage_interval, color=COLOURS[2], lw=1.6)
        ax.plot(place, of.leverage, "o", color=COLOURS[2], ms=5)
    ax.set(ylabel="leverage", title="variance between the replies", xlim=(-0.6, len(shown) - 0.4))
