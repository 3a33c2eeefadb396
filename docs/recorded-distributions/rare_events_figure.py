"""Draw rare-events.png: dialogues needed to know the probability of a rare event.

    uv run python docs/recorded-distributions/rare_events_figure.py

Each user turn has five replies, the last two of which are stated with a small probability together;
the event is likely where half of the turns take one of these. Variances are exact, from all counts
of replies that a dialogue can have.
"""

from __future__ import annotations

import itertools
from math import lgamma
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from simulate.report.figure_layout import finish
from simulate.report.plotting import COLOURS, STYLES, new_figure, styled, write_figure
from simulate.verbalized.draw_settings import TAIL_CHANCES, TAIL_SHARES

USUAL, RARE = np.array([0.6, 0.3, 0.1]), np.array([0.6, 0.4])
HALF_WIDTH = 0.5
"""Of the 95 % interval, as a share of the probability."""


def counts(turns: int, replies: int) -> NDArray[np.int64]:
    """Return all ways to divide turns among replies, (m, replies)."""
    bars = itertools.combinations(range(turns + replies - 1), replies - 1)
    edges = [(-1, *each, turns + replies - 1) for each in bars]
    return np.diff(np.array(edges), axis=1) - 1


def needed(turns: int, low: float) -> tuple[float, float, float]:
    """Return the event's probability, and the dialogues needed as stated and tail-first."""
    stated = np.concatenate([(1 - low) * USUAL, low * RARE])
    of = counts(turns, len(stated))
    ways = np.array([lgamma(turns + 1) - sum(lgamma(c + 1) for c in row) for row in of])
    chance = np.exp(ways + of @ np.log(stated))
    ratios = (1 - TAIL_SHARES[:, None]) + TAIL_SHARES[:, None] / (len(stated) * stated)
    weight = 1 / (TAIL_CHANCES @ np.exp(np.log(ratios) @ of.T))
    rare = of[:, len(USUAL) :].sum(axis=1)
    y = np.clip((rare - turns / 2 + 1) / (turns / 2 + 1), 0, 1) * 0.9
    p = float(chance @ y)
    plain, tail = (float(chance @ (w * (y - p) ** 2)) for w in (1.0, weight))
    n = (1.96 / HALF_WIDTH) ** 2 / p**2
    return p, n * plain, n * tail


def main() -> None:
    """Write the figure."""
    with styled():
        figure, axes = new_figure(1, 1, 2.8)
        at = axes[0, 0]
        legend = [
            (at.plot([], [], color=COLOURS[1], ls=STYLES[1])[0], "drawn as stated"),
            (at.plot([], [], color=COLOURS[0], ls="-")[0], "drawn tail-first"),
        ]
        for turns, marker in ((4, "o"), (6, "s"), (10, "^")):
            lows = np.geomspace(0.005, 0.4, 60)
            found = np.array([needed(turns, float(low)) for low in lows])
            found = found[(found[:, 0] < 0.1) & (found[:, 0] > 1e-5)]
            shown = {"marker": marker, "markevery": 6, "markersize": 4, "linewidth": 1.2}
            for column, colour, style in ((1, COLOURS[1], STYLES[1]), (2, COLOURS[0], "-")):
                at.plot(found[:, 0], found[:, column], color=colour, ls=style, **shown)
            legend.append((at.plot([], [], color="0.3", ls="", marker=marker)[0], f"{turns} turns"))
        at.set_xscale("log")
        at.set_yscale("log")
        at.xaxis.set_major_formatter(lambda p, _: f"1 in {1 / p:,.0f}")
        at.yaxis.set_major_formatter(lambda n, _: f"{n:,.0f}")
        at.set_xlabel("probability of the event, as stated by the model")
        at.set_ylabel("dialogues needed")
        title = "Drawn tail-first, 1,200 dialogues are enough for events down to 1 in 100,000"
        notes = ["Dialogues until the 95 % interval is the probability ± half of it; exact."]
        finish(figure, title, notes=notes, legend=legend)
    write_figure(figure, Path(__file__).with_name("rare-events.png"))


if __name__ == "__main__":
    main()
