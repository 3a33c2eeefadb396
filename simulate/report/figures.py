"""Figures of a comparison, fit for a paper: cumulative shares, histograms, distances.

Colours are Okabe and Ito's, told apart by line style too. Humans are always black or grey.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from simulate.comparison.result import Comparison, Row
from simulate.errors import plain_lines
from simulate.files.writing import written_aside
from simulate.randomness import generator
from simulate.report.comparison_table import shown_distances
from simulate.report.plotting import COLOURS, STYLES, new_figure, styled
from simulate.statistics.distances import DISTANCES, SQUARED
from simulate.statistics.support import histogram as binned

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HUMAN = "#000000"
BAND = "#BBBBBB"
MOST_LINES = 6
BAND_DRAWS = 1000


def _samples(comparison: Comparison) -> list[Row]:
    return [row for row in comparison.samples if row.n][:MOST_LINES]


def _label(comparison: Comparison) -> str:
    return f"{plain_lines(comparison.variable.name.replace('_', ' '))}{_unit(comparison)}"


def _unit(comparison: Comparison) -> str:
    return f" ({plain_lines(comparison.unit)})" if comparison.unit else ""


def _range(comparison: Comparison, rows: list[Row]) -> tuple[float, float]:
    codes = [comparison.reference.values, *(r.sample.rows.values for r in rows)]
    low, high = min(float(c.min()) for c in codes), max(float(c.max()) for c in codes)
    if comparison.variable.support:
        low = min(low, comparison.variable.support[0])
        high = max(high, comparison.variable.support[1])
    pad = 0.02 * (high - low) or 0.52
    return low - pad, high + pad


def ecdf(comparison: Comparison) -> Figure:
    """Draw cumulative shares with the band in which 95 % of human samples of this n lie.

    Levels without an order have none; then the shares of each level are drawn.
    """
    if comparison.variable.scale == "nominal":
        return shares(comparison)
    rows, reference = _samples(comparison), comparison.reference
    with styled():
        figure, axes = new_figure(1, 1, 3.3)
        ax = axes[0, 0]
        low, high = _range(comparison, rows)
        n = int(np.median([row.people for row in rows])) if rows else reference.n
        _band(ax, comparison, n, low, high)
        human = {"color": HUMAN, "lw": 1.8, "label": plain_lines(reference.sized)}
        _step(ax, reference.values, reference.counts, low, high, human)
        for i, row in enumerate(rows):
            label = plain_lines(f"{row.name} (n = {row.n:,})")
            style = {"color": COLOURS[i], "ls": STYLES[i], "lw": 1.5, "label": label}
            found = row.sample.rows
            _step(ax, found.values, found.value_weights, low, high, style)
        ax.set(
            xlim=(low, high),
            ylim=(0, 1.02),
            xlabel=_label(comparison),
            ylabel="share at or below",
        )
        if comparison.variable.categories:
            ax.set_xticks(range(len(comparison.variable.categories)))
            ax.set_xticklabels(comparison.variable.categories)
        ax.legend(loc="lower right")
        _tell_left_out(figure, comparison)
    return figure


def _tell_left_out(figure: Figure, comparison: Comparison) -> None:
    """Say on the figure that there are more samples than it has room for."""
    count = sum(row.n > 0 for row in comparison.samples)
    if count > MOST_LINES:
        note = f"the first {MOST_LINES} of {count} samples"
        figure.supxlabel(note, fontsize=8, color="#555555")


def _step(
    ax: Axes,
    codes: NDArray[Any],
    weights: NDArray[Any],
    low: float,
    high: float,
    style: dict[str, Any],
) -> None:
    distinct, where = np.unique(codes, return_inverse=True)
    mass = np.bincount(where, weights=weights)
    share = np.cumsum(mass) / mass.sum()
    x = np.concatenate([[low], distinct, [high]])
    y = np.concatenate([[0.0], share, [1.0]])
    ax.step(x, y, where="post", **style)


def _band(ax: Axes, comparison: Comparison, n: int, low: float, high: float) -> None:
    reference = comparison.reference
    rng = generator(comparison.seed, "report/band", replicate=n)
    whose = "its" if reference.declared else reference.adjective
    drawn = rng.multinomial(n, reference.shares, size=BAND_DRAWS)
    lower, upper = np.quantile(np.cumsum(drawn, axis=1) / n, [0.025, 0.975], axis=0)
    x = np.concatenate([[low], reference.values, [high]])
    bottom, top = (np.concatenate([[0.0], side, [1.0]]) for side in (lower, upper))
    ax.fill_between(
        x,
        bottom,
        top,
        step="post",
        color=BAND,
        alpha=0.7,
        lw=0,
        label=f"95 % of {whose} samples of {n:,}",
    )


def shares(comparison: Comparison) -> Figure:
    """Draw the share of each level, humans beside samples."""
    rows, reference = _samples(comparison), comparison.reference
    names = comparison.variable.categories or ()
    with styled():
        figure, axes = new_figure(1, 1, 0.9 + 0.28 * len(names) * (len(rows) + 1))
        ax = axes[0, 0]
        height = 0.8 / (len(rows) + 1)
        sides: list[tuple[str, str, NDArray[Any], NDArray[Any]]] = [
            (plain_lines(reference.sized), HUMAN, reference.values, reference.counts)
        ]
        sides += [
            (
                plain_lines(row.name),
                COLOURS[i],
                row.sample.rows.values,
                row.sample.rows.value_weights,
            )
            for i, row in enumerate(rows)
        ]
        for i, (name, colour, codes, weights) in enumerate(sides):
            share = np.bincount(codes.astype(int), weights=weights, minlength=len(names))
            at = np.arange(len(names)) + (i - len(rows) / 2) * height
            ax.barh(at, share / share.sum(), height * 0.92, color=colour, label=name)
        ax.set(yticks=range(len(names)), yticklabels=names, xlim=(0, None))
        ax.set(xlabel=f"share of dialogues: {_label(comparison)}")
        ax.invert_yaxis()
        figure.legend(loc="outside upper right", ncols=min(4, len(sides)))
        _tell_left_out(figure, comparison)
    return figure


def histogram(comparison: Comparison) -> Figure:
    """Draw the declared histogram, one panel per sample, humans in grey behind it."""
    if comparison.variable.categories is not None:
        return shares(comparison)
    rows, reference = _samples(comparison), comparison.reference
    edges = comparison.variable.histogram_edges(reference.values)
    human = binned(reference.values, reference.counts.astype(np.float64), edges)
    columns = min(3, max(1, len(rows)))
    lines = -(-max(1, len(rows)) // columns)
    with styled():
        figure, axes = new_figure(lines, columns, 0.5 + 2.0 * lines, sharex=True, sharey=True)
        for i, ax in enumerate(axes.flat):
            if i >= max(1, len(rows)):
                ax.set_visible(False)
                continue
            behind = ax.stairs(human, edges, fill=True, color=BAND)
            if i < len(rows):
                sample = rows[i].sample.rows
                found = binned(sample.values, sample.value_weights, edges)
                ax.stairs(found, edges, color=COLOURS[i], lw=1.6)
                ax.set_title(plain_lines(f"{rows[i].name} (n = {rows[i].n:,})"), color=COLOURS[i])
        for ax in axes[-1, :]:
            ax.set_xlabel(_label(comparison))
        for ax in axes[:, 0]:
            ax.set_ylabel("share of dialogues")
        label = plain_lines(reference.sized)
        figure.legend([behind], [label], loc="outside upper right")
        _tell_left_out(figure, comparison)
    return figure


def forest(comparison: Comparison) -> Figure:
    """Draw each distance with its interval, the floor shaded, and the margin dashed."""
    rows = [row for row in comparison.rows if row.distances]
    shown = shown_distances(comparison)
    with styled():
        figure, axes = new_figure(1, len(shown), 0.9 + 0.3 * len(rows), sharey=True)
        colours = iter(COLOURS * len(rows))
        coloured = [next(colours) if row.kind == "sample" else "#777777" for row in rows]
        for ax, name in zip(axes.flat, shown, strict=True):
            for y, row in enumerate(rows):
                d = row.distances[name]
                if d.value is None:
                    continue
                ax.fill_betweenx([y - 0.42, y + 0.42], 0, d.floor.p95, color=BAND, alpha=0.6, lw=0)
                ax.plot([d.floor.mean] * 2, [y - 0.42, y + 0.42], color="#555555", lw=1)
                if d.interval:
                    ax.plot(d.interval, [y, y], color=coloured[y], lw=1.8)
                marker = "o" if row.kind == "sample" else "s"
                ax.plot(d.value, y, marker, color=coloured[y], ms=5)
                if d.margin is not None:
                    ax.plot([d.margin] * 2, [y - 0.5, y + 0.5], color=HUMAN, ls="--", lw=1)
            unit = _unit(comparison) if name == "wasserstein" else ""
            ax.set(
                xlabel=f"{DISTANCES[name].label}{unit}",
                xlim=(None if name == SQUARED else 0, None),
                ylim=(len(rows) - 0.4, -0.6),
            )
            ax.grid(axis="x", color="#DDDDDD", lw=0.6)
            ax.set_axisbelow(True)
        axes[0, 0].set(yticks=range(len(rows)), yticklabels=[_wrapped(row.name) for row in rows])
        dashed = any(row.distances[name].margin is not None for row in rows for name in shown)
        figure.supxlabel(
            f"shaded: 95 % of what as many fresh {comparison.reference.fresh} would show, "
            f"line: their mean{', dashed: margin' if dashed else ''}",
            fontsize=8,
            color="#555555",
        )
    return figure


def _wrapped(name: str, width: int = 18) -> str:
    return "\n".join(textwrap.wrap(plain_lines(name), width)[:2])


FIGURES: dict[str, Callable[[Comparison], Figure]] = {
    "ecdf": ecdf,
    "histogram": histogram,
    "forest": forest,
}


def write_figures(comparison: Comparison, folder: Path) -> list[Path]:
    """Write each figure as PNG and as PDF, in the place of earlier ones.

    Returns:
        The files written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stem = re.sub(r"[^\w.-]+", "-", comparison.outcome)
    written = []
    for name, draw in FIGURES.items():
        figure = draw(comparison)
        for ending in ("png", "pdf"):
            path = folder / f"{stem}-{name}.{ending}"
            creator = {"Creator": "simulate"} if ending == "pdf" else None
            with styled(), written_aside(path, force=True) as file:
                figure.savefig(file, format=ending, metadata=creator)
            written.append(path)
    return written
