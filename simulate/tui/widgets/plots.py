"""Plots of distributions. Each series has a letter of its own, so that no colour is needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray
from rich.text import Text
from textual_plot import HiResMode

from simulate.terminal.numbers import number
from simulate.terminal.safe_text import line
from simulate.tui.distribution_data import Draws, SideBySide, ecdf, histogram
from simulate.tui.widgets.even_plot import EvenPlot

LETTERS = "AB"
HUMAN = "H"


@dataclass(frozen=True)
class Palette:
    """Rich styles of the series.

    Attributes:
        human: of the human values.
        sides: of each side.
        faint: of bands and guides.
    """

    human: str
    sides: tuple[str, ...]
    faint: str

    @classmethod
    def of(cls, variables: dict[str, str]) -> Palette:
        """Take the colours of a theme."""

        def colour(name: str) -> str:
            return variables.get(name, "default").removeprefix("ansi_")

        return cls(colour("foreground"), (colour("secondary"), colour("accent")), colour("quiet"))


def _range(found: SideBySide) -> tuple[float, float]:
    if found.variable.categories is not None:
        return 0.0, float(len(found.variable.categories) - 1)
    if found.variable.support is not None:
        return found.variable.support
    parts = [s.rows.values for s in found.samples if s.n]
    if found.reference is not None:
        parts.append(found.reference.values)
    values = np.concatenate(parts) if parts else np.array([0.0, 1.0])
    low, high = float(values.min()), float(values.max())
    return (low, high) if low < high else (low - 0.5, high + 0.5)


def _lines(
    found: SideBySide, low: float, high: float, palette: Palette
) -> list[tuple[str, str, str, NDArray[np.float64], NDArray[np.float64]]]:
    """Return letter, label, style and corners of each distribution function."""
    series = []
    if found.reference is not None:
        counts = found.reference.counts.astype(np.float64)
        x, y = ecdf(found.reference.values, counts, low, high)
        label = found.reference.noun
        if found.partial and not found.reference.declared:
            label += f" n={found.reference.n:,}"
        series.append((HUMAN, label, palette.human, x, y))
    for letter, sample, style in zip(LETTERS, found.samples, palette.sides, strict=False):
        if sample.n:
            x, y = ecdf(sample.rows.values, sample.rows.value_weights, low, high)
            far = f" n={sample.n:,} so far" if found.partial else ""
            series.append((letter, f"{line(sample.name)}{far}", style, x, y))
    return series


def _legend(plot: EvenPlot, series: Sequence[tuple[str, str, str]]) -> None:
    """Write letters and labels under the plot, where they hide nothing."""
    text = Text()
    for letter, label, style in series:
        text.append(f" {letter} ", f"{style} bold")
        text.append(f"{label} ")
    plot.border_subtitle = text


def _ready(plot: EvenPlot) -> None:
    plot.show_legend(is_visible=False)
    plot.clear()
    plot.set_xlimits(None, None)
    plot.set_ylimits(None, None)


def draw_ecdf(plot: EvenPlot, found: SideBySide, palette: Palette, floor: float | None) -> None:
    """Draw the distribution functions, with the floor as a band around that of the humans.

    Args:
        plot: to draw on.
        found: what is drawn.
        palette: styles.
        floor: half the width of the band: the 95th percentile of the human KS floor.
    """
    _ready(plot)
    low, high = _range(found)
    series = _lines(found, low, high, palette)
    braille = HiResMode.BRAILLE
    legend = [(letter, label, style) for letter, label, style, _, _ in series]
    if floor is not None and found.reference is not None and series:
        x, y = series[0][3], series[0][4]
        for edge in (np.clip(y - floor, 0, 1), np.clip(y + floor, 0, 1)):
            plot.plot(x, edge, line_style=palette.faint, hires_mode=braille)
        legend.append(("┈", f"floor, 95 % ≤ {number(floor)}", palette.faint))
    for letter, _, style, x, y in series:
        plot.plot(x, y, line_style=style, hires_mode=braille)
        # Letters stand where the line steps up, at the height it reaches.
        steps = slice(2, -1, 2)
        apart = _apart(x[steps], y[steps], high - low)
        plot.scatter(x[steps][apart], y[steps][apart], marker=letter, marker_style=style)
    _legend(plot, legend)
    plot.set_xlimits(low, high)
    plot.set_ylimits(0, 1.02)
    if found.variable.categories is not None:
        plot.of_levels([line(c) for c in found.variable.categories])
    unit = f" ({found.variable.unit})" if found.variable.unit else ""
    plot.set_xlabel(f"{line(found.outcome)}{unit}, at most")
    plot.set_ylabel("share")


def _apart(x: NDArray[np.float64], y: NDArray[np.float64], width: float) -> NDArray[np.int64]:
    """Return steps that are far enough apart for a letter each."""
    kept: list[int] = []
    for i in range(len(x)):
        near = kept and abs(x[i] - x[kept[-1]]) < width / 24 and abs(y[i] - y[kept[-1]]) < 0.08
        if not near:
            kept.append(i)
    return np.array(kept, dtype=np.int64)


def draw_histogram(plot: EvenPlot, found: SideBySide, palette: Palette) -> None:
    """Draw the share in each bin, or at each level, side by side."""
    _ready(plot)
    variable = found.variable
    parts: list[tuple[str, str, str, NDArray[np.float64], NDArray[np.float64]]] = []
    if found.reference is not None:
        reference = found.reference
        counts = reference.counts.astype(np.float64)
        parts.append((HUMAN, reference.noun, palette.human, reference.values, counts))
    for letter, sample, style in zip(LETTERS, found.samples, palette.sides, strict=False):
        if sample.n:
            label = line(sample.name)
            parts.append((letter, label, style, sample.rows.values, sample.rows.value_weights))
    if not parts:
        return
    codes = np.concatenate([part[3] for part in parts])
    if variable.categories is not None:
        edges = np.arange(len(variable.categories) + 1, dtype=np.float64) - 0.5
    else:
        edges = variable.histogram_edges(codes)
    middle, width = (edges[:-1] + edges[1:]) / 2, float(edges[1] - edges[0])
    each = 0.84 * width / len(parts)
    top = 0.0
    for place, (letter, _, style, values, weights) in enumerate(parts):
        shares = histogram(variable, values, weights, edges)
        x = middle + (place - (len(parts) - 1) / 2) * each
        some = shares > 0
        quadrant = HiResMode.QUADRANT
        plot.bar(x[some], shares[some], width=each, bar_style=style, hires_mode=quadrant)
        high_enough = shares > 0.02
        plot.scatter(
            x[high_enough],
            shares[high_enough] + 0.02,
            marker=letter,
            marker_style=style,
        )
        top = max(top, float(shares.max()))
    _legend(plot, [(letter, label, style) for letter, label, style, _, _ in parts])
    plot.set_xlimits(float(edges[0]), float(edges[-1]))
    plot.set_ylimits(0, min(top * 1.1 + 0.05, 1.1))
    if variable.categories is not None:
        plot.of_levels([line(c) for c in variable.categories])
    unit = f" ({variable.unit})" if variable.unit else ""
    plot.set_xlabel(f"{line(found.outcome)}{unit}")
    plot.set_ylabel("share")


def draw_entropy(
    plot: EvenPlot, draws: Sequence[Draws], labels: Sequence[str], palette: Palette
) -> None:
    """Draw the mean entropy at each turn, under ln k, the most that k candidates can have."""
    _ready(plot)
    drawn = [
        (letter, line(label), style, each)
        for letter, label, style, each in zip(LETTERS, labels, palette.sides, draws, strict=False)
        if each.entropy
    ]
    turns = [at.position for *_, each in drawn for at in each.entropy]
    if not turns:
        return
    first, last = min(turns), max(*turns, min(turns) + 1)
    top = max([0.5, *(at.mean for *_, each in drawn for at in each.entropy)])
    letters: list[tuple[str, str, str]] = []
    legend: list[tuple[str, str, str]] = []
    for k in sorted({each.method_k for *_, each in drawn if each.method_k}):
        level = log(k)
        x = np.array([first, last + 0.5], dtype=np.float64)
        plot.plot(x, np.full(2, level), line_style=palette.faint, hires_mode=HiResMode.BRAILLE)
        legend.append(
            ("┈", f"ln {k} = {level:.2f} nats, the most {k} candidates have", palette.faint)
        )
        top = max(top, level)
    for letter, label, style, each in drawn:
        x = np.array([at.position for at in each.entropy], dtype=np.float64)
        y = np.array([at.mean for at in each.entropy])
        plot.plot(x, y, line_style=style, hires_mode=HiResMode.BRAILLE)
        plot.scatter(x, y, marker=letter, marker_style=style)
        letters.append((letter, label, style))
    _legend(plot, [*letters, *legend])
    plot.of_whole_numbers()
    plot.set_xlimits(first, last + 0.5)
    plot.set_ylimits(0, top * 1.1)
    plot.set_xlabel("turn")
    plot.set_ylabel("nats")


def draw_calibration(
    plot: EvenPlot, draws: Sequence[Draws], labels: Sequence[str], palette: Palette
) -> None:
    """Draw how often candidates of a stated probability were drawn."""
    _ready(plot)
    diagonal = np.array([0.0, 1.0])
    plot.plot(
        diagonal,
        diagonal,
        line_style=palette.faint,
        hires_mode=HiResMode.BRAILLE,
    )
    legend = [("┈", "drawn as often as stated", palette.faint)]
    for letter, label, style, (_, _, stated) in zip(
        LETTERS, labels, palette.sides, draws, strict=False
    ):
        if stated.bins:
            x = np.array([b.stated for b in stated.bins])
            y = np.array([b.drawn for b in stated.bins])
            plot.scatter(x, y, marker=letter, marker_style=style)
            legend.append((letter, line(label), style))
    _legend(plot, legend)
    plot.set_xlimits(0, 1)
    plot.set_ylimits(0, 1.02)
    plot.set_xlabel("stated probability")
    plot.set_ylabel("share drawn")
