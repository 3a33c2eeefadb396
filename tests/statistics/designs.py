"""Simulators with a known distribution, in designs that differ in how values are elicited.

`uv run python -m tests.statistics.designs 2000` prints the table of docs/statistics.md.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from simulate.statistics.distances import DISTANCES, SQUARED
from simulate.statistics.equality import Equality
from simulate.statistics.intervals import estimate
from simulate.statistics.resampling import Side
from simulate.statistics.rows import Rows
from simulate.statistics.support import Support

POINTS = np.linspace(0, 2, 9)
SUPPORT = Support.of_numbers(POINTS, np.linspace(0, 2, 10), 2.0)
HUMAN = np.array([0.48, 0.12, 0.12, 0.04, 0.12, 0.02, 0.02, 0.01, 0.07])
"""Shares of the humans at each point: like donations, many nothing, some half, some all."""

DESIGNS = ("draws", "verbalized", "clustered", "unequal", "weighted")
TRUTHS = {"0": 0.0, "small": 0.1, "large": 0.4}
"""Which share of the simulated people gives 1 and not what humans give."""
PERSONAS, PEOPLE, CANDIDATES = 40, 400, 5
MEASURES = tuple(DISTANCES[name] for name in (SQUARED, "ks"))

Floats = NDArray[np.float64]


def shares(truth: float) -> Floats:
    """Return what the simulator's people give."""
    moved = (1 - truth) * HUMAN
    moved[4] += truth
    return moved


def correlated(p: Floats, owner: NDArray[np.int64], alike: float, rng: Any) -> Floats:
    """Return a value of the distribution for each entry; entries of one owner are alike."""
    own = rng.standard_normal(owner.max() + 1)[owner]
    latent = np.sqrt(alike) * own + np.sqrt(1 - alike) * rng.standard_normal(len(owner))
    index = np.searchsorted(np.cumsum(p), ndtr(latent))
    return np.asarray(POINTS[np.minimum(index, len(POINTS) - 1)])


def sample(design: str, p: Floats, rng: Any, personas: int = PERSONAS) -> Rows:
    """Return the rows of a simulator whose values have the distribution p in every design."""
    people = np.arange(personas)
    match design:
        case "draws":
            return Rows.of(rng.choice(POINTS, personas, p=p))
        case "weighted":
            weights = rng.gamma(6, 1 / 6, personas)
            return Rows.of(rng.choice(POINTS, personas, p=p), log_weights=np.log(weights))
        case "verbalized":
            row = np.repeat(people, CANDIDATES)
            stated = rng.dirichlet(np.full(CANDIDATES, 2.0), personas).ravel()
            return Rows.of(correlated(p, row, 0.3, rng), shares=stated, row=row)
        case "clustered" | "unequal":
            sizes = np.full(personas, 4) if design == "clustered" else rng.integers(1, 5, personas)
            owner = np.repeat(people, sizes)
            return Rows.of(correlated(p, owner, 0.6, rng), clusters=owner)
    raise ValueError(design)


def humans(rng: Any) -> Rows:
    """Return the humans: every fifth person gives three values that are alike."""
    sizes = np.where(np.arange(PEOPLE) % 5 == 0, 3, 1)
    owner = np.repeat(np.arange(PEOPLE), sizes)
    return Rows.of(correlated(HUMAN, owner, 0.5, rng), clusters=owner)


@dataclass(frozen=True)
class Characteristics:
    """What a distance does over many trials."""

    mean: float
    rejected: float
    covered: float
    agreed: float
    """Share of trials in which p < .05 exactly where the interval leaves out 0."""


def characteristics(
    design: str, truth: float, trials: int, draws: int = 199
) -> dict[str, Characteristics]:
    """Return, for each measure, what it does where the truth is known."""
    p = shares(truth)
    true = {m.name: float(m.function(p, HUMAN, SUPPORT)) for m in MEASURES}
    found: dict[str, list[tuple[float, bool, bool, bool]]] = {m.name: [] for m in MEASURES}
    rng = np.random.default_rng([len(design), int(100 * truth)])
    for _ in range(trials):
        ours = Side.of(SUPPORT, sample(design, p, rng))
        family = Equality(ours, Side.of(SUPPORT, humans(rng)), draws, rng)
        for measure in MEASURES:
            value = family.value(measure)
            assert value is not None
            e = estimate(measure, value, family, 0.95)
            inside = e.low <= true[measure.name] + 1e-12 and true[measure.name] <= e.high
            found[measure.name].append((value, e.p < 0.05, inside, (e.p < 0.05) == (e.low > 0)))
    return {
        name: Characteristics(*(float(x) for x in np.mean(np.array(rows, dtype=float), axis=0)))
        for name, rows in found.items()
    }


def main(trials: int) -> None:
    """Print the table."""
    print(
        "| design | truth | " + " | ".join(f"{m.label}: mean, p < .05, covered" for m in MEASURES)
    )
    for name, truth in TRUTHS.items():
        for design in DESIGNS:
            found = characteristics(design, truth, trials)
            cells = [f"{c.mean:.4f} · {c.rejected:.3f} · {c.covered:.3f}" for c in found.values()]
            print(f"| {design} | {name} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
