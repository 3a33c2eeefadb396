"""The figure of a stress test: each check's failure rate with its interval."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from simulate.errors import plain_lines
from simulate.report.plotting import COLOURS, new_figure, styled
from simulate.stress.analysis import Analysis
from simulate.stress.rates import Rate

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DRAWN = "#777777"


def failure_rates(analysis: Analysis) -> Figure:
    """Draw failure rates of each check: as drawn (grey), and of real replies as stated (coloured).

    One column for each cell, in percent of dialogues.
    """
    with styled():
        count = max(len(cell.rates.checks) for cell in analysis.cells) + 1
        figure, axes = new_figure(1, len(analysis.cells), 1.0 + 0.34 * count, sharey=True)
        for ax, cell, colour in zip(axes.flat, analysis.cells, COLOURS * 9, strict=False):
            rows = [cell.rates.any, *cell.rates.checks]
            for y, rate in enumerate(rows):
                drawn = rate.drawn.failed
                if drawn.value is not None and drawn.interval is not None:
                    ends = [100 * end for end in drawn.interval]
                    ax.plot(ends, [y + 0.14] * 2, color=DRAWN, lw=1.6)
                    ax.plot(100 * drawn.value, y + 0.14, "s", color=DRAWN, ms=4)
                weighted = rate.stated_weighted
                if weighted.value is not None and weighted.interval is not None:
                    ends = [100 * end for end in weighted.interval]
                    ax.plot(ends, [y - 0.14] * 2, color=colour, lw=1.8)
                    ax.plot(100 * weighted.value, y - 0.14, "o", color=colour, ms=5)
            title = "" if cell.label == "all" else plain_lines(cell.label)
            ax.set(
                title=title,
                xlabel="failing dialogues (%)",
                xlim=(0, None),
                ylim=(count - 0.4, -0.6),
                yticks=range(len(rows)),
                yticklabels=_names(rows),
            )
            ax.grid(axis="x", color="#DDDDDD", lw=0.6)
            ax.set_axisbelow(True)
        figure.supxlabel("round: stated-weighted; square: as drawn", fontsize=8, color="#555555")
    return figure


def _names(rows: Sequence[Rate]) -> list[str]:
    return ["\n".join(textwrap.wrap(plain_lines(rate.check), 26)[:2]) for rate in rows]
