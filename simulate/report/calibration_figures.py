"""Figures of a calibration: reliability diagrams, and the hazard of leaving."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from simulate.calibration.assessment import Assessment, Reliability
from simulate.calibration.result import Calibration
from simulate.errors import StatisticsError, plain_lines
from simulate.report.plotting import COLOURS, new_figure, styled
from simulate.statistics.proportions import Proportion
from simulate.statistics.skill import Mean
from simulate.terminal.numbers import ends, number

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLUMNS = 3
GREY = "#777777"


def reliability_diagrams(found: Calibration) -> Figure:
    """Draw the share that came true against the stated probability, one panel for each part.

    Points are bins with the interval by person (`binned`), the line is the isotonic
    curve, bars at the bottom say how many cases had which probability.

    Raises:
        StatisticsError: there is none, as only texts were forecast.
    """
    parts = [part for part in found.parts if part.reliability is not None]
    if not parts:
        raise StatisticsError("only texts were forecast, which have no reliability diagram")
    columns = min(COLUMNS, len(parts))
    rows = math.ceil(len(parts) / columns)
    with styled():
        figure, axes = new_figure(rows, columns, 2.9 * rows)
        for ax in axes.flat[len(parts) :]:
            ax.set_axis_off()
        for ax, part, colour in zip(axes.flat, parts, COLOURS * 9, strict=False):
            if part.reliability is not None:
                _diagram(ax, part, part.reliability, colour)
        figure.supxlabel("stated probability", fontsize=9)
        figure.supylabel("share that came true", fontsize=9)
    return figure


def _diagram(ax: Any, part: Assessment, found: Reliability, colour: str) -> None:
    ax.plot([0, 1], [0, 1], color=GREY, lw=0.8, ls=":")
    counts = np.array(found.histogram)
    middles = (np.arange(len(counts)) + 0.5) / len(counts)
    ax.bar(middles, 0.15 * counts / counts.max(), 0.9 / len(counts), color="#DDDDDD", zorder=0)
    ax.plot(*found.curve, color=colour, lw=1.2, alpha=0.6)
    for each in found.bins:
        if each.observed.interval is not None:
            ax.plot([each.stated] * 2, each.observed.interval, color=colour, lw=1.4)
        ax.plot(each.stated, each.observed.value, "o", color=colour, ms=4)
    error = found.error
    told = f"error {number(error.value, 2)}{ends(error.interval, lambda v: number(v, 2))}"
    ax.text(0.02, 0.99, told, transform=ax.transAxes, va="top", fontsize=7.5)
    of, event = (plain_lines(text)[:30] for text in (f"{part.what} of {part.role}", found.event))
    ax.set(title=f"{of}:\n{event}", xlim=(-0.02, 1.02), ylim=(-0.02, 1.14), aspect="equal")
    ax.set(xticks=[0, 0.5, 1], yticks=[0, 0.5, 1])


def hazards(found: Calibration) -> Figure:
    """Draw by turn the share that leaves of those who are there, beside the stated probability.

    Raises:
        StatisticsError: leaving was not forecast.
    """
    parts = [part for part in found.parts if part.hazard]
    if not parts:
        raise StatisticsError("leaving was not forecast where people may leave")
    with styled():
        figure, axes = new_figure(1, len(parts), 2.4, sharey=True)
        for ax, part in zip(axes.flat, parts, strict=True):
            _hazard(ax, part)
    return figure


def _hazard(ax: Any, part: Assessment) -> None:
    turns = np.array([row.turn for row in part.hazard])
    people: list[Proportion | Mean] = [row.human for row in part.hazard]
    stated: list[Proportion | Mean] = [row.stated for row in part.hazard]
    sides = (("people", -0.1, GREY, people), (part.method, 0.1, COLOURS[0], stated))
    for name, shift, colour, seen in sides:
        for turn, each in zip(turns, seen, strict=True):
            if each.interval is not None:
                ax.plot([turn + shift] * 2, each.interval, color=colour, lw=1.4)
        values = [each.value for each in seen]
        ax.plot(turns + shift, values, "o", color=colour, ms=4, label=plain_lines(name))
    ax.set(xlabel="turn", ylabel="leaves", ylim=(0, None), title=plain_lines(part.role)[:30])
    ax.xaxis.get_major_locator().set_params(integer=True)
    ax.legend()


FIGURES = {"reliability": reliability_diagrams, "hazard": hazards}
"""Each figure by its name."""
