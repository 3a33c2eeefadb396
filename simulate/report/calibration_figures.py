"""Figures of a calibration: reliability diagrams, and the hazard of leaving."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from simulate.calibration.assessment import Assessment, Reliability
from simulate.calibration.result import Calibration
from simulate.errors import StatisticsError
from simulate.report.figure_layout import Legend, finish, label_panels, small_multiples
from simulate.report.plotting import COLOURS, GREY, GRID, Width, styled
from simulate.statistics.proportions import Proportion
from simulate.statistics.skill import Mean
from simulate.terminal.numbers import ends, number

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_PARTS = 12


def reliability_diagrams(found: Calibration, width: Width = "page") -> Figure:
    """Draw the share that came true against the stated probability, one panel for each part.

    Points are bins with the interval by person (`binned`), the line is the isotonic
    curve, bars at the bottom say how many cases had which probability.

    Raises:
        StatisticsError: there is none, as only texts were forecast.
    """
    parts = [(part, part.reliability) for part in found.parts if part.reliability is not None]
    if not parts:
        raise StatisticsError("only texts were forecast, which have no reliability diagram")
    columns = min(3 if width == "page" else 2, len(parts))
    high = 2.3 if columns == 1 else (2.15 if width == "page" else 1.75)
    shown = parts[:MOST_PARTS]
    figure, panels = small_multiples(len(shown), width, height_in=high, columns=columns)
    with styled():
        for ax, (part, of), colour in zip(panels, shown, COLOURS * 9, strict=False):
            _diagram(ax, part, of, colour)
        label_panels(panels, "stated probability", "share that came true")
        notes = [
            "Dotted: what would be calibrated. Points: bins, with 95 % intervals by person; line: "
            "isotonic curve; grey bars: how many forecasts stated it; error: calibration error.",
            _people(found),
        ]
        if len(shown) < len(parts):
            notes.insert(0, f"The first {MOST_PARTS} of {len(parts)} parts.")
        return finish(figure, _finding(found, [part for part, _ in parts]), notes=notes)


def _people(found: Calibration) -> str:
    return f"{found.model} with {found.method}, beside people of {', '.join(found.references)}."


def _finding(found: Calibration, parts: list[Assessment]) -> str:
    errors = [part.reliability.error for part in parts if part.reliability is not None]
    if len(parts) == 1:
        spread = f"calibration error {number(errors[0].value, 2)}"
        spread += ends(errors[0].interval, lambda v: number(v, 2))
    else:
        low, high = (number(of(e.value for e in errors), 2) for of in (min, max))
        spread = f"calibration error {low}" + (f" to {high}" if low != high else "")
    if found.margin is None:
        return f"What is stated and what comes true: {spread}; no margin was named"
    count = sum(map(found.calibrated, parts))
    margin = number(found.margin, 2)
    if len(parts) == 1:
        which = "Calibrated" if count else "Not shown to be calibrated"
    else:
        which = f"{count or 'None'} of {len(parts)} forecasts is shown to be calibrated"
        which = which if count < 2 else which.replace(" is ", " are ")
    return f"{which} within {margin}: {spread}"


def _diagram(ax: Any, part: Assessment, found: Reliability, colour: str) -> None:
    ax.plot([0, 1], [0, 1], color=GREY, lw=0.8, ls=":")
    counts = np.array(found.histogram)
    middles = (np.arange(len(counts)) + 0.5) / len(counts)
    ax.bar(middles, 0.15 * counts / counts.max(), 0.9 / len(counts), color=GRID, zorder=0)
    ax.plot(*found.curve, color=colour, lw=1.2, alpha=0.6, ls="-")
    for each in found.bins:
        if each.observed.interval is not None:
            ax.plot([each.stated] * 2, each.observed.interval, color=colour, lw=1.4, ls="-")
        ax.plot(each.stated, each.observed.value, "o", color=colour, ms=4)
    error = found.error
    told = f"error {number(error.value, 2)}{ends(error.interval, lambda v: number(v, 2))}"
    ax.text(0.02, 0.99, told, transform=ax.transAxes, va="top", fontsize=7)
    ax.set_title(
        f"{part.what} of {part.role}: {found.event}\nn = {part.n:,}, {part.persons:,} people"
    )
    ax.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.14))
    ax.set(xticks=[0, 0.5, 1], yticks=[0, 0.5, 1])


def hazards(found: Calibration, width: Width = "page") -> Figure:
    """Draw by turn the share that leaves of those who are there, beside the stated probability.

    Raises:
        StatisticsError: leaving was not forecast.
    """
    parts = [part for part in found.parts if part.hazard]
    if not parts:
        raise StatisticsError("leaving was not forecast where people may leave")
    shown = parts[:MOST_PARTS]
    figure, panels = small_multiples(len(shown), width, height_in=1.9)
    with styled():
        legend: Legend = ()
        for ax, part in zip(panels, shown, strict=True):
            legend = _hazard(ax, part)
        label_panels(panels, "turn", "share that leaves")
        title = "Who leaves at each turn, and what was stated of it: " + "; ".join(
            f"{part.headline.score} {number(part.headline.mean.value)} "
            f"{ends(part.headline.mean.interval)}".strip()
            for part in shown
        )
        notes = ["Lines through points: 95 % intervals by person.", _people(found)]
        return finish(figure, title, notes=notes, legend=legend)


def _hazard(ax: Any, part: Assessment) -> Legend:
    turns = np.array([row.turn for row in part.hazard])
    people: list[Proportion | Mean] = [row.human for row in part.hazard]
    stated: list[Proportion | Mean] = [row.stated for row in part.hazard]
    sides = (("people", -0.1, GREY, "s", people), (part.method, 0.1, COLOURS[0], "o", stated))
    legend = []
    for name, shift, colour, marker, seen in sides:
        for turn, each in zip(turns, seen, strict=True):
            if each.interval is not None:
                ax.plot([turn + shift] * 2, each.interval, color=colour, lw=1.4, ls="-")
        values = [each.value for each in seen]
        legend.append((ax.plot(turns + shift, values, marker, color=colour, ms=4)[0], name))
    ax.set(ylim=(0, None))
    ax.set_title(f"{part.role}, {part.persons:,} people")
    ax.xaxis.get_major_locator().set_params(integer=True)
    return legend


FIGURES = {"reliability": reliability_diagrams, "hazard": hazards}
"""Each figure by its name."""
