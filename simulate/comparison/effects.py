"""Main effects of a factorial design: what does each condition do, the others averaged out?

With cells that cross conditions of two levels, and a quantity θ of each cell (the mean outcome, or
a distance from the reference),

- the main effect of a condition is the mean of θ over the cells with its second level, less the
  mean over those with its first;
- the interaction of two conditions is half the difference between the effect of the one at the
  second and at the first level of the other.

Cells met the same personas under common random numbers, so personas are resampled once for all
cells together: what is common to the cells cancels out of the difference, and the interval is that
of the paired comparison. Only personas with a value in every cell take part. The reference is held
fixed. Source: Box, Hunter and Hunter 2005, ch. 5 (effects); Glasserman and Yao 1992 (common random
numbers).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simulate.comparison.sample import side_by_side
from simulate.comparison.samples import from_run
from simulate.errors import StatisticsError
from simulate.randomness import generator
from simulate.reference import Reference, Variable
from simulate.statistics.distances import measures_for
from simulate.statistics.intervals import percentile_interval
from simulate.statistics.resampling import cluster_masses
from simulate.statistics.support import Support

if TYPE_CHECKING:
    from simulate.runfile import RunReader

DRAWS = 2000
FEWEST_PERSONAS = 30
MOST_CONDITIONS = 4

Masses = NDArray[np.float64]


@dataclass(frozen=True)
class Effect:
    """One effect on one quantity.

    Attributes:
        name: such as `draw: uniform − probability`, or `k × draw`.
        quantity: `mean`, or the name of a distance.
        value: the effect, in the unit of the quantity.
        interval: None with fewer than 30 personas.
    """

    name: str
    quantity: str
    value: float
    interval: tuple[float, float] | None


@dataclass(frozen=True)
class Effects:
    """All effects of a run.

    Attributes:
        outcome: the outcome's name.
        unit: of the mean, and of a Wasserstein distance.
        reference: the reference's name.
        personas: how many have a value in every cell.
        cells: cell label to quantity to value, over those personas.
        effects: main effects first, then interactions.
    """

    outcome: str
    unit: str | None
    reference: str
    personas: int
    cells: dict[str, dict[str, float]]
    effects: tuple[Effect, ...]


def is_factorial(run: RunReader) -> bool:
    """Tell whether a run crosses two or more conditions of two levels, and compares an outcome."""
    varied = [levels for levels in run.scenario.conditions.values() if len(levels) > 1]
    two = all(len(levels) == 2 for levels in varied)
    return two and 2 <= len(varied) <= MOST_CONDITIONS and bool(run.scenario.compare)


def effects(
    run: RunReader,
    outcome: str,
    reference: Reference,
    *,
    draws: int = DRAWS,
    seed: int = 0,
) -> Effects:
    """Return main effects and interactions of a run's conditions.

    Args:
        run: an open run file.
        outcome: its name.
        reference: what the cells are compared with.
        draws: resamples of the personas.
        seed: of the resampling.

    Raises:
        StatisticsError: the conditions are not two or more of two levels each, or no persona has
            a value in every cell.
    """
    if not is_factorial(run):
        raise StatisticsError(
            f"{run.path}: effects need two to {MOST_CONDITIONS} conditions of two levels each, and "
            "an outcome that is compared; this run has "
            + (", ".join(f"{c}: {len(v)}" for c, v in run.scenario.conditions.items()) or "none")
        )
    samples = from_run(run, outcome, reference.variable)
    rows, people = side_by_side(samples)
    if not people:
        raise StatisticsError(
            f"{run.path}: no persona has a value of {outcome} in every cell; finish the run first"
        )
    support = reference.variable.common_support(
        reference.values, *(s.rows.values for s in samples), n=len(people), m=reference.n
    )
    q = support.mass(reference.values, reference.counts.astype(np.float64))
    matrices = cluster_masses(rows, support)
    rng = generator(seed, "compare/effects")
    n = len(people)
    times = rng.multinomial(n, np.full(n, 1 / n), size=draws).astype(np.float64)
    observed = _quantities(matrices, np.ones((1, n)), q, support, reference.variable)
    drawn = _quantities(matrices, times, q, support, reference.variable)
    found = []
    for name, signs in _contrasts(run):
        for quantity, values in observed.items():
            interval = None
            if n >= FEWEST_PERSONAS:
                interval = percentile_interval(signs @ drawn[quantity])
            found.append(Effect(name, quantity, float((signs @ values)[0]), interval))
    cells = {
        s.name: {quantity: float(values[i, 0]) for quantity, values in observed.items()}
        for i, s in enumerate(samples)
    }
    return Effects(outcome, reference.variable.unit, reference.name, n, cells, tuple(found))


def _quantities(
    matrices: Masses, times: Masses, q: Masses, support: Support, variable: Variable
) -> dict[str, Masses]:
    """Return quantity to (cells, draws) values, for personas taken `times` (draws, personas)."""
    masses = [(times @ m) / times.sum(axis=1, keepdims=True) for m in matrices]
    found: dict[str, Masses] = {}
    if variable.has_mean:
        found["mean"] = np.array([p @ variable.scored(support.points) for p in masses])
    for measure in measures_for(variable.scale):
        if measure.name in ("ks", "wasserstein", "tv"):
            found[measure.name] = np.array(
                [measure.function(p, np.broadcast_to(q, p.shape), support) for p in masses]
            )
    return found


def _contrasts(run: RunReader) -> list[tuple[str, Masses]]:
    """Return each effect's name and its (cells,) signs: each side's cells weigh 1 in all."""
    varied = {c: list(v) for c, v in run.scenario.conditions.items() if len(v) == 2}
    sign = {
        c: np.array([1.0 if cell.levels[c] == levels[1] else -1.0 for cell in run.cells])
        for c, levels in varied.items()
    }
    half = len(run.cells) / 2
    found = [(f"{c}: {v[1]} − {v[0]}", sign[c] / half) for c, v in varied.items()]
    found += [
        (f"{a} × {b}", sign[a] * sign[b] / half) for a, b in itertools.combinations(varied, 2)
    ]
    return found
