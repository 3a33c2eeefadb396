"""A reply distribution as a figure: the candidates with their weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulate.report.figure_layout import Legend, finish, named
from simulate.report.plotting import COLOURS, Width, new_figure, styled
from simulate.terminal.numbers import number
from simulate.verbalized import ReplyDistribution

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_BARS = 15


def distribution_figure(found: ReplyDistribution, width: Width = "page") -> Figure:
    """Draw the candidates with their weights as bars, and what was stated as points."""
    candidates = found.candidates[:MOST_BARS]
    places = range(len(candidates))
    with styled():
        figure, axes = new_figure(1, 1, 0.45 + 0.3 * len(candidates), width)
        ax = axes[0, 0]
        legend: Legend = [
            (ax.barh(places, found.weights[:MOST_BARS], 0.62, color=COLOURS[0]), "weight")
        ]
        marks = [
            (c.probability, at) for at, c in enumerate(candidates) if c.probability is not None
        ]
        if marks:
            stated, at = zip(*marks, strict=True)
            points = ax.plot(stated, at, "D", mfc="white", mec=COLOURS[1], ms=4)[0]
            legend = [*legend, (points, "stated probability")]
        named(ax, [c.shown for c in candidates], width, share=0.5)
        ax.set(xlabel="weight", xlim=(0, None), ylim=(len(candidates) - 0.5, -0.5))
        ax.tick_params(axis="y", length=0)
        more = len(found) > len(candidates)
        notes = [f"The first {MOST_BARS} of {len(found):,} candidates."] if more else []
        title = (
            f"{len(found):,} candidates, as uncertain as {number(found.effective_size(), 1)} "
            f"equally likely ones (entropy {found.entropy():.2f} nats); the heaviest "
            f"{number(float(max(found.weights)), 2)}"
        )
        return finish(figure, title, notes=notes, legend=legend)
