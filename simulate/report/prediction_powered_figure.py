"""Few humans as a figure: each number by the humans alone, and with the help of simulations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulate.comparison.prediction_powered.result import Estimated, Number, PredictionPowered
from simulate.report.figure_layout import Legend, finish, named
from simulate.report.plotting import COLOURS, GRID, HUMAN, Width, new_figure, styled
from simulate.terminal.safe_text import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_ROWS = 20
SIDES = (
    ("human", "humans alone", HUMAN, "o", HUMAN),
    ("estimate", "with simulations", COLOURS[0], "D", COLOURS[0]),
    ("simulated", "simulations alone, as if people", "#888888", "s", "white"),
)


def prediction_powered_figure(found: PredictionPowered, width: Width = "page") -> Figure:
    """Draw the intervals of each estimate; shares on axes of their own, as they have no unit."""
    rows = found.rows[:MOST_ROWS]
    kinds = [
        [row for row in rows if row.statistic.startswith("share") == shares]
        for shares in (False, True)
    ]
    panels = [of for of in kinds if of]
    heights = [0.36 * len(of) + 0.5 for of in panels]
    with styled():
        figure, axes = new_figure(
            len(panels), 1, sum(heights) + 0.1, width, height_ratios=heights
        )  # fmt: skip
        legend: Legend = ()
        for ax, of in zip(axes.flat, panels, strict=True):
            legend = _rows(ax, of, width)
            share = of[0].statistic.startswith("share")
            unit = f" ({found.unit})" if found.unit and not share else ""
            ax.set_xlabel("share" if share else f"{found.outcome}{unit}")
        notes = [
            f"Lines through points: {100 * found.confidence:.0f} % intervals. In brackets: what "
            "the humans are worth with simulations, in humans; no simulated person counts as one.",
            f"Humans: {found.humans_of}.",
        ]
        if len(rows) < len(found.rows):
            notes.insert(0, f"The first {MOST_ROWS} of {len(found.rows)} numbers.")
        return finish(figure, _finding(found), notes=notes, legend=legend)


def _finding(found: PredictionPowered) -> str:
    known = [row for row in found.rows if row.worth is not None]
    if not known:
        return f"{found.outcome}: nothing can be said of so few humans"
    if len(found.rows) == 1:
        return f"{known[0].sample}, {known[0].statistic} of {found.outcome}: {known[0].said}"
    adding = sum(row.adds for row in known)
    numbers = counted(len(known), "number")
    if not adding:
        return f"{found.outcome}: of none of {numbers} is it shown that simulations add anything"
    return f"{found.outcome}: simulations are shown to add to humans in {adding} of {numbers}"


def _rows(ax: Axes, rows: list[Estimated], width: Width) -> Legend:
    for place, row in enumerate(rows):
        for side, (name, _, colour, marker, face) in enumerate(SIDES):
            number: Number | None = getattr(row, name)
            if number is None:
                continue
            y = place + 0.24 * (side - 1)
            if number.interval is not None:
                ax.plot(number.interval, [y, y], color=colour, lw=1.6, ls="-")
            ax.plot(number.value, y, marker, mfc=face, mec=colour, ms=4)
    named(ax, [_named(row) for row in rows], width, share=0.36)
    ax.set_ylim(len(rows) - 0.45, -0.55)
    ax.grid(axis="x", color=GRID, lw=0.6)
    return [
        (ax.plot([], [], marker, mfc=face, mec=colour, ms=4)[0], label)
        for _, label, colour, marker, face in SIDES
    ]


def _named(row: Estimated) -> str:
    of = f"{row.sample}: {row.statistic}"
    if row.worth is None:
        return f"{of} (n = {row.humans:,}: refused)"
    return f"{of} ({row.humans:,} worth {row.worth.value:,.0f})"
