"""The figure of a stress test: each check's failure rate with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from simulate.report.figure_layout import Legend, finish, named
from simulate.report.plotting import COLOURS, DRAWN, GRID, Width, new_figure, styled
from simulate.stress.analysis import Analysis, CellAnalysis
from simulate.stress.rates import Rate
from simulate.terminal.numbers import ends, number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_CELLS = 9


def failure_rates(analysis: Analysis, width: Width = "page") -> Figure:
    """Draw failure rates of each check: as drawn (grey), and stated-weighted (coloured).

    Of a log, as observed (coloured). One panel for each cell, in percent of dialogues.
    """
    cells = analysis.cells[:MOST_CELLS]
    checks = max(len(cell.rates.checks) for cell in cells) + 1
    across = min(len(cells), 3 if width == "page" else 1)
    rows = -(-len(cells) // across)
    with styled():
        height = rows * (0.55 + 0.3 * checks)
        figure, axes = new_figure(rows, across, height, width, sharey=True, sharex=True)
        legend: Legend = ()
        for place, ax in enumerate(axes.flat):
            if place >= len(cells):
                ax.set_visible(False)
                continue
            colour = COLOURS[place % len(COLOURS)]
            legend = _cell(ax, cells[place], checks, colour, analysis.given is not None)
            if place + across >= len(cells):
                ax.set_xlabel("failing dialogues (%)")
                ax.tick_params(labelbottom=True)
        for ax, cell in zip(axes[:, 0], cells[::across], strict=False):
            rates = [cell.rates.any, *cell.rates.checks]
            named(ax, [_named(rate) for rate in rates], width, share=0.24 if rows < 2 else 0.3)
        notes = [
            f"Lines through points: {100 * analysis.confidence:.0f} % intervals. In brackets: "
            "dialogues that were decided; those that were not, or where the check did not apply."
        ]
        if len(cells) < len(analysis.cells):
            notes.insert(0, f"The first {MOST_CELLS} of {len(analysis.cells)} cells.")
        return finish(figure, _finding(analysis), notes=notes, legend=legend)


def _named(rate: Rate) -> str:
    tally = rate.drawn
    open_ones = tally.abstained + tally.errors
    undecided = f", {open_ones:,} undecided" if open_ones else ""
    undecided += f", {tally.not_applied:,} did not apply" if tally.not_applied else ""
    return f"{rate.check} ({tally.failed.n:,}{undecided})"


def _finding(analysis: Analysis) -> str:
    observed = analysis.given is not None
    rates = [
        cell.rates.any.drawn.failed if observed else cell.rates.any.stated_weighted
        for cell in analysis.cells
    ]
    known = [100 * rate.value for rate in rates if rate.value is not None]
    of = f"{analysis.scenario}: "
    if not known:
        return f"{of}no failure rate can be given"
    low, high = number(min(known), 1), number(max(known), 1)
    if len(rates) > 1:
        missing = f" ({len(known)} of {len(rates)} cells)" if len(known) < len(rates) else ""
        reach = low if low == high else f"{low} to {high}"
        return f"{of}{reach} % of dialogues fail any check{missing}"
    reach = ends(rates[0].interval, lambda end: number(100 * end, 1))
    how = "as observed" if observed else "as stated"
    return f"{of}{low}{reach} % of dialogues fail any check, {how}"


def _cell(ax: Axes, cell: CellAnalysis, checks: int, colour: str, observed: bool) -> Legend:
    own, below = (colour, 0.0) if observed else (DRAWN, 0.14)
    for y, rate in enumerate([cell.rates.any, *cell.rates.checks]):
        drawn = rate.drawn.failed
        if drawn.value is not None and drawn.interval is not None:
            _interval(ax, drawn.value, drawn.interval, y + below, "s", own)
        weighted = rate.stated_weighted
        if weighted.value is not None and weighted.interval is not None:
            _interval(ax, weighted.value, weighted.interval, y - 0.14, "o", colour)
    if cell.label != "all":
        ax.set_title(f"{cell.label} (n = {cell.rates.dialogues:,})")
    ax.set(xlim=(0, None), ylim=(checks - 0.4, -0.6))
    ax.grid(axis="x", color=GRID, lw=0.6)
    squares = ax.plot([], [], "s", color=own, ms=4)[0]
    if observed:
        return [(squares, "as observed")]
    return [(ax.plot([], [], "o", color=colour, ms=5)[0], "stated-weighted"), (squares, "as drawn")]


def _interval(
    ax: Axes, value: float, interval: Sequence[float], y: float, marker: str, colour: str
) -> None:
    ax.plot([100 * end for end in interval], [y, y], color=colour, lw=1.7, ls="-")
    ax.plot(100 * value, y, marker, color=colour, ms=5 if marker == "o" else 4)
