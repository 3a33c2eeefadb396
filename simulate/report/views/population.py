"""A population in a notebook: what its people are like, and no single one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulate.population import Population
from simulate.population.achieved import Margin, Share
from simulate.population.levels import MISSING, OTHERS
from simulate.population.sample_report import achieved
from simulate.report.notebook_html import escaped, table
from simulate.report.plotting import Width
from simulate.report.population_figure import population_figure
from simulate.terminal.safe_text import shortened

if TYPE_CHECKING:
    from matplotlib.figure import Figure

N = 1000
SEED = 0
MOST_LEVELS = 6
MOST_OTHERS = 0.5
"""With a larger share beside the most frequent values, these say who somebody is."""


def html(population: Population) -> str:
    """Return each attribute as people who are drawn have it, beside what is stated."""
    found = achieved(population, N, SEED)
    rows = [tuple(map(escaped, (m.name, _told(m), _mean(m)))) for m in found.margins]
    sample = f"of {N:,} people drawn with seed {SEED}; in brackets as stated"
    notes = (sample, population.description)
    columns = ("attribute", "values", "mean")
    return table(population.population, columns, rows, left=2, notes=filter(None, notes))


def figure(population: Population, n: int, seed: int, width: Width = "page") -> Figure:
    """Return a panel for each attribute: n people who are drawn beside what is stated."""
    return population_figure(achieved(population, n, seed), width)


def _told(margin: Margin) -> str:
    shares = margin.levels
    if shares[-1].label == OTHERS and (shares[-1].achieved or 0) > MOST_OTHERS:
        return "many different values"
    if margin.mean is not None and len(shares) > MOST_LEVELS:
        numbers = [share.label for share in shares if share.label != MISSING]
        return f"{numbers[0].split(' – ')[0]} to {numbers[-1].split(' – ')[-1]}"
    told = [f"{shortened(share.label, 30)} {_share(share)}" for share in shares[:MOST_LEVELS]]
    more = len(shares) - len(told)
    return ", ".join(told) + (f" and {more} more" if more else "")


def _share(share: Share) -> str:
    drawn = "–" if share.achieved is None else f"{share.achieved:.0%}"
    return drawn if share.stated is None else f"{drawn} ({share.stated:.0%})"


def _mean(margin: Margin) -> str:
    mean = margin.mean
    if mean is None or mean.achieved is None:
        return ""
    return f"{mean.achieved:.3g}" + ("" if mean.stated is None else f" ({mean.stated:.3g})")
