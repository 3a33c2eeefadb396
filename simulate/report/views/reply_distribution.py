"""A reply distribution in a notebook."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from simulate.errors import plain_lines
from simulate.report.notebook_html import bar, escaped, table
from simulate.report.plotting import COLOURS, new_figure, styled
from simulate.terminal.numbers import number
from simulate.verbalized import ReplyDistribution

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_BARS = 15


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


def figure(found: ReplyDistribution) -> Figure:
    """Return the candidates with their weights as bars."""
    candidates = found.candidates[:MOST_BARS]
    places = range(len(candidates))
    with styled():
        figure, axes = new_figure(1, 1, 0.8 + 0.36 * len(candidates))
        ax = axes[0, 0]
        ax.barh(places, found.weights[:MOST_BARS], 0.62, color=COLOURS[0], label="weight")
        marks = [
            (c.probability, at) for at, c in enumerate(candidates) if c.probability is not None
        ]
        if marks:
            stated, at = zip(*marks, strict=True)
            ax.plot(stated, at, "o", color=COLOURS[1], ms=4, label="stated probability")
        ax.set(yticks=places, yticklabels=[_wrapped(c.shown) for c in candidates])
        ax.set(xlabel="weight", xlim=(0, None))
        ax.invert_yaxis()
        ax.legend(loc="lower right")
        more = len(found) > len(candidates)
        told = f", the first {MOST_BARS} of {len(found)} candidates" if more else ""
        ax.set_title(f"entropy {found.entropy():.2f} nats{told}")
    return figure


def _wrapped(text: str) -> str:
    lines = textwrap.wrap(plain_lines(" ".join(text.split())), 44)
    return "\n".join(lines[:2]) + ("…" if len(lines) > 2 else "")
