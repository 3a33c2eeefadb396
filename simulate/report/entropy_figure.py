"""Entropy turn by turn as a figure, below the most that the candidates allow."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from simulate.comparison.entropy_by_turn import EntropyByTurn
from simulate.report.figure_layout import Legend, finish
from simulate.report.plotting import COLOURS, GREY, MARKERS, STYLES, Width, new_figure, styled
from simulate.terminal.numbers import ends, number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_LINES = 6


def entropy_figure(rows: Sequence[EntropyByTurn], width: Width = "page") -> Figure:
    """Draw the mean entropy of the distributions at each drawn turn, of each cell and speaker."""
    several = len({row.speaker for row in rows}) > 1
    drawn = [row for row in rows if row.by_reply]
    with styled():
        figure, axes = new_figure(1, 1, 2.4 if width == "page" else 2.1, width)
        ax, legend = axes[0, 0], []
        for place, row in enumerate(drawn[:MOST_LINES]):
            x = [at.reply for at in row.by_reply]
            y = [math.log(at.effective_size) for at in row.by_reply]
            look = {"color": COLOURS[place], "ls": STYLES[place], "marker": MARKERS[place]}
            name = f"{row.cell} · {row.speaker}" if several else row.cell
            label = f"{name} (n = {row.by_reply[0].dialogues:,})"
            legend.append((ax.plot(x, y, ms=4, lw=1.4, **look)[0], label))
        legend += _most(ax, drawn)
        ax.set(xlabel="drawn turn of the speaker", ylabel="mean entropy (nats)", ylim=(0, None))
        ax.margins(x=0.03)
        ax.xaxis.get_major_locator().set_params(integer=True)
        notes = [
            "n: completed dialogues at the first turn; later turns are means over those that last "
            "so long. A talk that comes to its end narrows, too."
        ]
        if len(drawn) > MOST_LINES:
            notes.insert(0, f"The first {MOST_LINES} of {len(drawn)} lines.")
        return finish(figure, _finding(rows), notes=notes, legend=legend)


def _most(ax: Axes, rows: Sequence[EntropyByTurn]) -> Legend:
    """Draw ln k, the entropy of k equally likely candidates, for each k that a method asks for."""
    several = [row for row in rows if any(at.effective_size > 1 for at in row.by_reply)]
    asked = sorted({row.k for row in several if row.k})
    lines = [ax.axhline(math.log(k), color=GREY, lw=0.9, ls=(0, (4, 3)), zorder=1) for k in asked]
    if not lines:
        return []
    told = ", ".join(map(str, asked))
    return [(lines[0], f"ln k: k = {told} equally likely candidates")]


def _finding(rows: Sequence[EntropyByTurn]) -> str:
    known = [row for row in rows if row.interval is not None and row.ratio is not None]
    if not known:
        return "Whether replies narrow from the first to the last turn: nothing can be said"
    narrows = [row for row in known if row.interval is not None and row.interval[0] > 1]
    widens = [row for row in known if row.interval is not None and row.interval[1] < 1]
    if len(known) == 1:
        (row,) = known
        ratio = f"×{number(row.ratio, 2)}{ends(row.interval, lambda v: number(v, 2))}"
        which = "narrows" if narrows else "widens" if widens else "is not shown to change"
        return f"{row.cell}: from first to last turn, what can be replied {which} ({ratio})"
    told = [f"narrows in {len(narrows)}"] if narrows else []
    told += [f"widens in {len(widens)}"] if widens else []
    found = " and ".join(told) or "is not shown to change in any"
    return f"From first to last turn what can be replied {found} of {len(known)} cells"
