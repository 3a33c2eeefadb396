"""A reply distribution in a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulate.report.notebook_html import bar, escaped, table
from simulate.report.plotting import Width
from simulate.report.reply_distribution_figure import distribution_figure
from simulate.terminal.numbers import number
from simulate.verbalized import ReplyDistribution

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def html(found: ReplyDistribution) -> str:
    """Return the candidates with their weights as bars, beside what was stated."""
    ends = any(candidate.ends for candidate in found.candidates)
    columns = ("candidate", "", "weight", "stated", "ends")
    rows = [
        (
            escaped(candidate.shown),
            bar(weight),
            number(weight),
            number(candidate.probability),
            "✓" if candidate.ends else "",
        )
        for candidate, weight in zip(found.candidates, found.weights.tolist(), strict=True)
    ]
    shown = len(columns) if ends else len(columns) - 1
    title = f"{len(found)} candidates, entropy {found.entropy():.2f} nats"
    return table(title, columns[:shown], [row[:shown] for row in rows], left=2)


def figure(found: ReplyDistribution, width: Width = "page") -> Figure:
    """Return the candidates with their weights as bars."""
    return distribution_figure(found, width)
