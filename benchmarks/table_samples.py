"""How well people drawn from a table stand for it, by several ways of drawing them.

    uv run python benchmarks/table_samples.py

Prints, for equal and for unequal weights and n = 20, 50 and 200: the root mean square error of the
mean of a column, in units of that of independent draws, over seeds, columns and tables of 8 to
1,000 rows; and by how many times at most a person came more or less often than its weight says.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from simulate.population.drawing import GOLDEN, drawn

Array = NDArray[np.float64]
Way = Callable[[Array, int, np.random.Generator], NDArray[Any]]
SEEDS = 200


def at(weights: Array, u: NDArray[Any]) -> NDArray[Any]:
    """Return the rows at these points of the cumulative weights."""
    return np.searchsorted(np.cumsum(weights) / weights.sum(), u, side="right")


WAYS: dict[str, Way] = {
    "as it is done": lambda w, n, rng: np.array(
        list(itertools.islice(drawn(w.tolist(), rng.random()), n))
    ),
    "golden-ratio sequence": lambda w, n, rng: at(w, (rng.random() + np.arange(n) * GOLDEN) % 1),
    "systematic, anew for each n": lambda w, n, rng: at(w, (rng.random() + np.arange(n)) / n),
    "independent": lambda w, n, rng: at(w, rng.random(n)),
}


def tables(*, equal: bool) -> Iterator[Array]:
    """Iterate over the weights of tables."""
    rng = np.random.default_rng(7)
    for size in (8, 30, 100, 1000):
        if equal:
            yield np.ones(size)
            continue
        yield from (rng.uniform(0.8, 1.25, size), rng.gamma(2, 1, size), rng.lognormal(size=size))


def measured(way: Way, n: int, *, equal: bool) -> tuple[float, float]:
    """Return the relative error, and the largest difference in how often somebody came."""
    errors, most = [], 0.0
    for weights in tables(equal=equal):
        rng = np.random.default_rng(3)
        columns = rng.normal(size=(len(weights), 20))
        mean = weights @ columns / weights.sum()
        deviation = np.sqrt(weights @ (columns - mean) ** 2 / weights.sum())
        for _ in range(SEEDS):
            order = rng.permutation(len(weights))
            rows = order[way(weights[order], n, rng).clip(max=len(weights) - 1)]
            errors.append((columns[rows].mean(0) - mean) / deviation * np.sqrt(n))
            times = np.bincount(rows, minlength=len(weights))
            most = max(most, np.abs(times - n * weights / weights.sum()).max())
    return float(np.sqrt(np.mean(np.square(errors)))), most


if __name__ == "__main__":
    for equal, (name, way) in itertools.product((True, False), WAYS.items()):
        figures = [measured(way, n, equal=equal) for n in (20, 50, 200)]
        shown = "  ".join(f"{error:.2f} (±{most:.1f})" for error, most in figures)
        print(f"{'equal' if equal else 'unequal':8} {name:28} {shown}")
