"""Turn leverage as a figure: what each reply would lead to, and how much hangs on the turn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from simulate.comparison.leverage import Leverage, TurnLeverage
from simulate.report.figure_layout import Legend, finish
from simulate.report.plotting import COLOURS, GREY, Width, new_figure, styled
from simulate.statistics.turn_effects import TurnEffects
from simulate.terminal.numbers import ends, number
from simulate.terminal.safe_text import counted, line, shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_TURNS = 40
"""More are too many to read; those of the largest leverage are drawn."""


def leverage_figure(found: Leverage, width: Width = "page") -> Figure:
    """Draw the replies of each turn by what followed, and leverage with its interval below."""
    with styled():
        figure, axes = new_figure(2, 1, 3.6, width, sharex=True, height_ratios=[3, 2])
        above, below = np.ravel(axes)
        shown = found.largest(MOST_TURNS)
        legend = _replies(above, found, shown)
        _leverage(below, shown)
        names = [
            f"{t.turn}" if found.one_dialogue else f"{line(t.dialogue)[:4]}:{t.turn}"
            for t, _ in shown
        ]
        below.set(xticks=range(len(shown)), xticklabels=names)
        below.set_xlabel("turn" if found.one_dialogue else "dialogue:turn")
        notes = [
            "Area of a point: the probability of the reply. Leverage: variance of the mean outcome "
            f"between the listed replies, with {100 * found.confidence:.0f} % intervals for all "
            "turns at once."
        ]
        if len(shown) < len(found.found):
            notes.append(f"The {MOST_TURNS} turns of the largest leverage, of {len(found.found)}.")
        return finish(figure, _finding(found), notes=notes, legend=legend)


def _finding(found: Leverage) -> str:
    if found.stopped is not None or not found.found:
        return found.sentence
    of = shortened(found.measure, 60)
    turns = counted(len(found.found), "turn")
    shown = [e for _, e in found.found if e.leverage_interval and e.leverage_interval[0] > 0]
    if not shown:
        return f"At none of {turns} is it shown that replies lead to a different {of}"
    ((most, effects),) = found.largest(1)
    told = f"At {len(shown)} of {turns} replies lead to a different {of}"
    leverage = f"{number(effects.leverage)}{ends(effects.leverage_interval)}"
    return f"{told}; the largest estimate is that of {line(found.name_of(most))}, {leverage}"


def _replies(
    ax: Axes, found: Leverage, shown: Sequence[tuple[TurnLeverage, TurnEffects]]
) -> Legend:
    looks = (("D", COLOURS[1], "drawn reply"), ("o", COLOURS[0], "reply not drawn"))
    for place, (turn, of) in enumerate(shown):
        for candidate, weight, mean in zip(turn.candidates, turn.weights, of.means, strict=True):
            marker, face, _ = looks[candidate != turn.drawn]
            size = 14 + 180 * weight
            ax.scatter(place, mean, s=size, marker=marker, color=face, alpha=0.65, lw=0, zorder=3)
        ax.plot([place - 0.28, place + 0.28], [of.mean, of.mean], color="black", lw=1.2, ls="-")
    ax.set_ylabel(shortened(found.measure, 60))
    expected = ax.plot([], [], color="black", lw=1.2, ls="-")[0]
    points = [
        (ax.scatter([], [], s=36, marker=marker, color=face, alpha=0.65, lw=0), label)
        for marker, face, label in looks
    ]
    return [*points, (expected, "expected mean")]


def _leverage(ax: Axes, shown: Sequence[tuple[TurnLeverage, TurnEffects]]) -> None:
    ax.axhline(0, color=GREY, lw=0.8)
    for place, (_, of) in enumerate(shown):
        if of.leverage_interval is not None:
            ax.plot([place, place], of.leverage_interval, color=COLOURS[2], lw=1.6, ls="-")
        ax.plot(place, of.leverage, "o", color=COLOURS[2], ms=5)
    ax.set(ylabel="leverage", xlim=(-0.6, max(0, len(shown) - 1) + 0.6))
