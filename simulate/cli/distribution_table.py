"""A reply distribution as a table with bars."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from simulate.report.value_table import ValueTable
from simulate.terminal.bars import bar
from simulate.terminal.safe_text import beginning
from simulate.verbalized import ReplyDistribution

BAR = 12
"""Width of a bar, in cells."""


def distribution_table(
    distribution: ReplyDistribution,
    chosen: int | None,
    title: str = "",
    below: float | None = None,
) -> Table:
    """Return candidates with stated probability and weight, the drawn one marked.

    Args:
        distribution: the candidates.
        chosen: the index of the drawn candidate, or None.
        title: above the table.
        below: the threshold where candidates were asked for from the tail; those that are stated
            not to be of it are marked.
    """
    table = ValueTable(
        title=title or None, title_justify="left", title_style="bold", show_edge=False
    )
    table.add_column("", width=1)
    table.add_column("stated", justify="right")
    table.add_column("weight", justify="right")
    table.add_column("", width=BAR)
    table.add_column("candidate", overflow="fold")
    weights = distribution.weights.tolist()
    for index, (candidate, weight) in enumerate(zip(distribution.candidates, weights, strict=True)):
        drawn, probability = index == chosen, candidate.probability
        table.add_row(
            "▶" if drawn else "",
            "–" if probability is None else f"{probability:.2f}",
            f"{weight:.2f}",
            bar(weight, BAR),
            Text(beginning(candidate.shown) + candidate.tail_mark(below), "bold" if drawn else ""),
        )
    return table
