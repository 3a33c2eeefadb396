"""Figures of a comparison, fit for a paper: cumulative shares, histograms, distances."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from simulate.comparison.result import Comparison, Row
from simulate.comparison.sentences import finding
from simulate.errors import one_line
from simulate.randomness import generator
from simulate.report.comparison_table import distance_told, shown_distances
from simulate.report.figure_layout import Legend, finish, label_panels, named, small_multiples
from simulate.report.plotting import (
    BAND,
    COLOURS,
    DRAWN,
    GREY,
    GRID,
    HATCHES,
    HUMAN,
    MARKERS,
    STYLES,
    Width,
    new_figure,
    styled,
)
from simulate.statistics.distances import DISTANCES, SQUARED
from simulate.statistics.support import histogram as binned

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_LINES = 6
BAND_DRAWS = 1000
MOST_LEVELS = 30


def _samples(comparison: Comparison) -> list[Row]:
    return [row for row in comparison.samples if row.n][:MOST_LINES]


def _label(comparison: Comparison) -> str:
    return f"{one_line(comparison.variable.name.replace('_', ' '))}{_unit(comparison)}"


def _unit(comparison: Comparison) -> str:
    return f" ({one_line(comparison.unit)})" if comparison.unit else ""


def _sized(row: Row) -> str:
    return f"{row.name} (n = {row.n:,})"


def notes(comparison: Comparison) -> list[str]:
    """Return what a reader of any figure must know: what was left out, and whose the data are."""
    reference, count = comparison.reference, sum(row.n > 0 for row in comparison.samples)
    found = [f"The first {MOST_LINES} of {count} samples."] if count > MOST_LINES else []
    found.append(distance_told(comparison))
    named_as = f"{reference.noun}: {reference.name}"
    source = reference.source.split(";")[0]
    return [*found, f"{named_as[0].upper()}{named_as[1:]}{f'; {source}' if source else ''}."]


def _finished(
    figure: Figure, comparison: Comparison, legend: Legend = (), *told: str, cut: bool = True
) -> Figure:
    found = notes(comparison)
    title = finding(comparison.rows, comparison.reference, comparison.confidence)
    return finish(figure, title, notes=[*told, *(found if cut else found[-2:])], legend=legend)


def _range(comparison: Comparison, rows: list[Row]) -> tuple[float, float]:
    codes = [comparison.reference.values, *(r.sample.rows.values for r in rows)]
    low, high = min(float(c.min()) for c in codes), max(float(c.max()) for c in codes)
    if comparison.variable.support:
        low = min(low, comparison.variable.support[0])
        high = max(high, comparison.variable.support[1])
    pad = 0.02 * (high - low) or 0.52
    return low - pad, high + pad


def ecdf(comparison: Comparison, width: Width = "page") -> Figure:
    """Draw cumulative shares with the band in which 95 % of human samples of this n lie.

    Levels without an order have none; then the shares of each level are drawn.
    """
    if comparison.variable.scale == "nominal":
        return shares(comparison, width)
    rows, reference = _samples(comparison), comparison.reference
    with styled():
        figure, axes = new_figure(1, 1, 2.6 if width == "page" else 2.2, width)
        ax = axes[0, 0]
        low, high = _range(comparison, rows)
        n = int(np.median([row.people for row in rows])) if rows else reference.n
        whose = "its" if reference.declared else reference.adjective
        band = _band(ax, comparison, n, low, high)
        sides: list[tuple[Artist, str]] = []
        for i, row in enumerate(rows):
            style = {"color": COLOURS[i], "ls": STYLES[i], "lw": 1.5}
            found = row.sample.rows
            line = _step(ax, found.values, found.value_weights, low, high, style)
            sides.append((line, _sized(row)))
        human = {"color": HUMAN, "lw": 1.8, "zorder": 2.5}
        line = _step(ax, reference.values, reference.counts, low, high, human)
        floor = (band, f"floor: 95 % of {whose} samples of {n:,}")
        ax.set(
            xlim=(low, high), ylim=(0, 1.02), xlabel=_label(comparison), ylabel="share at or below"
        )
        if comparison.variable.categories:
            names = [one_line(name) for name in comparison.variable.categories]
            ax.set_xticks(range(len(names)), names)
        return _finished(figure, comparison, [(line, reference.sized), floor, *sides])


def _step(
    ax: Axes,
    codes: NDArray[Any],
    weights: NDArray[Any],
    low: float,
    high: float,
    style: dict[str, Any],
) -> Artist:
    distinct, where = np.unique(codes, return_inverse=True)
    mass = np.bincount(where, weights=weights)
    share = np.cumsum(mass) / mass.sum()
    x = np.concatenate([[low], distinct, [high]])
    y = np.concatenate([[0.0], share, [1.0]])
    return ax.step(x, y, where="post", **style)[0]


def _band(ax: Axes, comparison: Comparison, n: int, low: float, high: float) -> Artist:
    reference = comparison.reference
    rng = generator(comparison.seed, "report/band", replicate=n)
    drawn = rng.multinomial(n, reference.shares, size=BAND_DRAWS)
    lower, upper = np.quantile(np.cumsum(drawn, axis=1) / n, [0.025, 0.975], axis=0)
    x = np.concatenate([[low], reference.values, [high]])
    bottom, top = (np.concatenate([[0.0], side, [1.0]]) for side in (lower, upper))
    return ax.fill_between(x, bottom, top, step="post", color=BAND, alpha=0.7, lw=0)


def shares(comparison: Comparison, width: Width = "page") -> Figure:
    """Draw the share of each level, humans beside samples.

    Of more than 30 levels those with the largest shares are drawn.
    """
    rows, reference = _samples(comparison), comparison.reference
    names = comparison.variable.categories or ()
    sides = [(reference.sized, reference.values, reference.counts.astype(np.float64))]
    sides += [(_sized(row), row.sample.rows.values, row.sample.rows.value_weights) for row in rows]
    found = [_shares(codes, weights, len(names)) for _, codes, weights in sides]
    order = np.arange(len(names))
    told = []
    if len(names) > MOST_LEVELS:
        order = np.sort(np.argsort(-np.max(found, axis=0), kind="stable")[:MOST_LEVELS])
        told = [f"The {MOST_LEVELS} levels with the largest shares, of {len(names):,}."]
    with styled():
        bar = min(0.16, 7.0 / (len(order) * (len(sides) + 1)))
        slot = max(0.14, bar * (len(sides) + 1))
        figure, axes = new_figure(1, 1, 0.45 + slot * len(order), width)
        ax, high = axes[0, 0], 0.84 / len(sides)
        legend: list[tuple[Artist, str]] = []
        for i, (name, _, _) in enumerate(sides):
            at = np.arange(len(order)) + (i - (len(sides) - 1) / 2) * high
            look: dict[str, Any] = {"color": "#444444"}
            if i:
                look = {"color": COLOURS[i - 1], "hatch": HATCHES[i - 1], "edgecolor": "white"}
            legend.append((ax.barh(at, found[i][order], high * 0.94, lw=0, **look), name))
        named(ax, [names[i] for i in order], width, lines=2 if slot > 0.3 else 1)
        ax.set(xlim=(0, None), xlabel=f"share of dialogues: {_label(comparison)}")
        ax.set_ylim(len(order) - 0.45, -0.55)
        ax.tick_params(axis="y", length=0)
        return _finished(figure, comparison, legend, *told)


def _shares(codes: NDArray[Any], weights: NDArray[Any], levels: int) -> NDArray[np.float64]:
    mass = np.bincount(codes.astype(int), weights=weights, minlength=levels)
    return np.asarray(mass / mass.sum())


def histogram(comparison: Comparison, width: Width = "page") -> Figure:
    """Draw the declared histogram, one panel per sample, humans in grey behind it."""
    if comparison.variable.categories is not None:
        return shares(comparison, width)
    rows, reference = _samples(comparison), comparison.reference
    edges = comparison.variable.histogram_edges(reference.values)
    human = binned(reference.values, reference.counts.astype(np.float64), edges)
    alone = len(rows) < 2
    figure, panels = small_multiples(max(1, len(rows)), width, height_in=2.0 if alone else 1.35)
    with styled():
        for i, ax in enumerate(panels):
            behind = ax.stairs(human, edges, fill=True, color=BAND)
            if i < len(rows):
                sample = rows[i].sample.rows
                found = binned(sample.values, sample.value_weights, edges)
                ax.stairs(found, edges, color=COLOURS[i], lw=1.5)
                ax.set_title(_sized(rows[i]), color=COLOURS[i])
        label_panels(panels, _label(comparison), "share of dialogues")
        return _finished(figure, comparison, [(behind, reference.sized)])


def forest(comparison: Comparison, width: Width = "page") -> Figure:
    """Draw each distance with its interval, the floor shaded, and the margin dashed."""
    rows = [row for row in comparison.rows if row.distances]
    shown = shown_distances(comparison)
    shown = shown if width == "page" else shown[:2]
    with styled():
        high = 0.32 if width == "page" else 0.36
        figure, axes = new_figure(1, len(shown), 0.55 + high * len(rows), width, sharey=True)
        for ax, name in zip(axes.flat, shown, strict=True):
            for y, row in enumerate(rows):
                _distance(ax, y, row, name)
            unit = _unit(comparison) if name == "wasserstein" else ""
            ax.set(
                xlabel=f"{DISTANCES[name].label}{unit}",
                xlim=(None if name == SQUARED else 0, None),
                ylim=(len(rows) - 0.4, -0.6),
            )
            ax.grid(axis="x", color=GRID, lw=0.6)
            ax.locator_params(axis="x", nbins=4)
        labels = [f"{row.name} ({row.n:,})" if row.kind == "sample" else row.name for row in rows]
        named(axes[0, 0], labels, width, share=0.24 if width == "page" else 0.34)
        dashed = any(row.distances[name].margin is not None for row in rows for name in shown)
        told = (
            f"Floor, shaded: 95 % of what as many fresh {comparison.reference.fresh} would show; "
            f"line: their mean{'; dashed: margin' if dashed else ''}. Lines through points: "
            f"{100 * comparison.confidence:.0f} % intervals. Squares: naive baselines. "
            f"In brackets: n."
        )
        return _finished(figure, comparison, (), told, cut=False)


def _distance(ax: Axes, y: int, row: Row, name: str) -> None:
    d = row.distances[name]
    if d.value is None:
        return
    sample = row.kind == "sample"
    colour = COLOURS[y % len(COLOURS)] if sample else DRAWN
    ax.fill_betweenx([y - 0.42, y + 0.42], 0, d.floor.p95, color=BAND, alpha=0.6, lw=0)
    ax.plot([d.floor.mean] * 2, [y - 0.42, y + 0.42], color=GREY, lw=1, ls="-")
    if d.interval:
        ax.plot(d.interval, [y, y], color=colour, lw=1.8, ls="-")
    marker = MARKERS[y % len(MARKERS)] if sample else "s"
    ax.plot(d.value, y, marker, color=colour, ms=5)
    if d.margin is not None:
        ax.plot([d.margin] * 2, [y - 0.5, y + 0.5], color=HUMAN, ls="--", lw=1)


class Draws(Protocol):
    """What draws a figure of a comparison."""

    def __call__(self, comparison: Comparison, width: Width = "page") -> Figure:
        """Return the figure."""


FIGURES: dict[str, Draws] = {
    "ecdf": ecdf,
    "histogram": histogram,
    "forest": forest,
}
