"""A population in a notebook: what its people are like, and no single one of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from simulate.errors import plain_lines
from simulate.population import Persona, Population
from simulate.report.notebook_html import escaped, table
from simulate.report.plotting import COLOURS, new_figure, styled
from simulate.terminal.safe_text import shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

N = 1000
SEED = 0
MOST_VALUES = 12
MOST_TOLD = 6
MOST_BARS = 40
MOST_PANELS = 12
COLUMNS = 3


def html(population: Population) -> str:
    """Return each attribute as it comes out in people who are drawn; no single one of them."""
    people = population.sample(N, SEED)
    rows = [
        (escaped(name), *map(escaped, _told(_values(people, name), _order(population, name))))
        for name in _names(people)
    ]
    notes = [f"of {N:,} people drawn with seed {SEED}", population.description]
    columns = ("attribute", "values", "missing")
    return table(population.population, columns, rows, left=2, notes=filter(None, notes))


def figure(population: Population, n: int, seed: int) -> Figure:
    """Return a panel for each attribute, of n people who are drawn."""
    people = population.sample(n, seed)
    every = _names(people)
    names = every[:MOST_PANELS]
    columns = min(COLUMNS, max(1, len(names)))
    lines = max(1, -(-len(names) // columns))
    with styled():
        figure, axes = new_figure(lines, columns, 0.4 + 1.9 * lines)
        for at, ax in enumerate(axes.flat):
            ax.set_visible(at < len(names))
        for ax, name in zip(axes.flat, names, strict=False):
            _panel(ax, name, _values(people, name), _order(population, name))
        more = f", the first {MOST_PANELS} attributes" if len(every) > len(names) else ""
        figure.supxlabel(f"{len(people):,} people drawn{more}", fontsize=8, color="#555555")
    return figure


def _names(people: list[Persona]) -> list[str]:
    return list(dict.fromkeys(name for person in people for name in person.attributes))


def _values(people: list[Persona], name: str) -> list[Any]:
    return [person.attributes.get(name) for person in people]


def _numbers(values: list[Any]) -> list[float] | None:
    """Return values without missing ones as numbers; None where they are words, or few numbers."""
    known = [v for v in values if v is not None]
    if any(isinstance(v, bool | str) for v in known) or len(set(known)) <= MOST_VALUES:
        return None
    return [float(v) for v in known]


def _order(population: Population, name: str) -> dict[Any, int]:
    """Return the places of an attribute's values, where the population declares them."""
    declared = population.attributes.get(name)
    values = (declared.values or ()) if declared is not None else ()
    return {value: at for at, value in enumerate(values)}


def _shares(values: list[Any], order: Mapping[Any, int]) -> list[tuple[str, float]]:
    """Return the values with their shares, in their order; else the most frequent first."""
    known = [v for v in values if v is not None]
    found = Counter(known).most_common()
    found.sort(key=lambda each: order.get(each[0], len(order)))
    return [(str(value), count / len(known)) for value, count in found]


def _told(values: list[Any], order: Mapping[Any, int]) -> tuple[str, str]:
    missing = sum(v is None for v in values)
    share = f"{missing / len(values):.0%}" if missing else "–"
    numbers = _numbers(values)
    if numbers is not None:
        spread = f"mean {np.mean(numbers):.3g}, SD {np.std(numbers):.3g}"
        return f"{spread}, {min(numbers):g} to {max(numbers):g}", share
    shares = _shares(values, order)
    told = [f"{shortened(value, 30)} {part:.0%}" for value, part in shares[:MOST_TOLD]]
    more = len(shares) - len(told)
    return ", ".join(told) + (f" and {more} more" if more else ""), share


def _panel(ax: Axes, name: str, values: list[Any], order: Mapping[Any, int]) -> None:
    ax.set_title(plain_lines(shortened(name, 30)))
    numbers = _numbers(values)
    if numbers is not None:
        distinct, counts = np.unique(numbers, return_counts=True)
        if len(distinct) <= MOST_BARS:
            width = 0.8 * float(np.diff(distinct).min())
            ax.bar(distinct, counts / counts.sum(), width, color=COLOURS[0])
        else:
            weights = np.full(len(numbers), 1 / len(numbers))
            ax.hist(numbers, bins=20, color=COLOURS[0], weights=weights)
        return
    shares = _shares(values, order)[:MOST_VALUES]
    places = range(len(shares))
    ax.barh(places, [share for _, share in shares], 0.7, color=COLOURS[0])
    ax.set_yticks(places, [plain_lines(shortened(value, 18)) for value, _ in shares])
    ax.invert_yaxis()
