"""Main effects of a factorial design: what does each condition do, the others averaged out?

With cells that cross conditions of two levels, and a quantity θ of each cell (the mean outcome, or
D², the squared distance from the reference),

- the main effect of a condition is the mean of θ over the cells with its second level, less the
  mean over those with its first;
- the interaction of two conditions is half the difference between the effect of the one at the
  second and at the first level of the other.

Cells met the same personas under common random numbers, so personas are resampled once for all
cells together: what is common to the cells cancels out of the difference, and the interval is that
of the paired comparison. Only personas with a value in every cell take part, each once. Effects on
D² are unbiased whatever the elicitation (`simulate.statistics.contrasts`). Source: Box, Hunter and
Hunter 2005, ch. 5 (effects); Glasserman and Yao 1992 (common random numbers).
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
from simulate.reference import Reference
from simulate.statistics.confidence import CONFIDENCE
from simulate.statistics.contrasts import squared_contrast
from simulate.statistics.distances import SQUARED
from simulate.statistics.intervals import FEWEST_PERSONAS, percentile_interval
from simulate.statistics.resampling import Side, cluster_masses
from simulate.statistics.squared_distance import squared_distance

if TYPE_CHECKING:
    from simulate.runfile import RunReader

DRAWS = 2000
MOST_CONDITIONS = 4

Masses = NDArray[np.float64]


@dataclass(frozen=True)
class Effect:
    """One effect on one quantity.

    Attributes:
        name: such as `draw: uniform − probability`, or `k × draw`.
        quantity: `mean`, or `d2`.
        value: the effect, in the unit of the quantity.
        interval: None with fewer than 30 personas.
        conditions: the one, or the two, whose effect it is.
    """

    name: str
    quantity: str
    value: float
    interval: tuple[float, float] | None
    conditions: tuple[str, ...]


@dataclass(frozen=True)
class Effects:
    """All effects of a run.

    Attributes:
        outcome: the outcome's name.
        unit: of the mean.
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
    """Tell whether a run crosses two or more conditions of two levels, and compares an outcome.

    Every persona meets every cell of it; `simulate.comparison.summary` has effects of any design.
    """
    design = run.scenario.design
    if not design.plain or design.fraction is not None:
        return False
    varied = [levels for levels in run.scenario.conditions.values() if len(levels) > 1]
    two = all(len(levels) == 2 for levels in varied)
    return two and 2 <= len(varied) <= MOST_CONDITIONS and bool(run.scenario.compare)


def effects(run: RunReader, outcome: str, reference: Reference, *, draws: int = DRAWS) -> Effects:
    """Return main effects and interactions of a run's conditions.

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
    variable = reference.variable
    support = variable.common_support(reference.values, *(s.rows.values for s in samples))
    masses = cluster_masses(rows, support)
    means = masses @ variable.scored(support.points) if variable.has_mean else None
    humans = reference.side(support)
    n = len(people)
    times = generator(0, "compare/effects").multinomial(n, np.full(n, 1 / n), size=draws) / n
    found = []
    for name, conditions, signs in _contrasts(run):
        if means is not None:
            each = signs @ means
            interval = percentile_interval(times @ each) if n >= FEWEST_PERSONAS else None
            found.append(Effect(name, "mean", float(each.mean()), interval, conditions))
        contrast = squared_contrast(
            masses,
            signs,
            humans,
            draws=draws,
            confidence=CONFIDENCE,
            rng=generator(0, f"compare/effects/{name}"),
        )
        if contrast is not None:
            found.append(Effect(name, SQUARED, contrast.value, contrast.interval, conditions))
    cells: dict[str, dict[str, float]] = {}
    for i, sample in enumerate(samples):
        cells[sample.name] = {} if means is None else {"mean": float(means[i].mean())}
        distance = squared_distance(Side.of_masses(support, masses[i]), humans)
        if distance is not None:
            cells[sample.name][SQUARED] = distance
    return Effects(outcome, variable.unit, reference.name, n, cells, tuple(found))


def _contrasts(run: RunReader) -> list[tuple[str, tuple[str, ...], Masses]]:
    """Return each effect's name, its conditions and its (cells,) signs.

    The cells of each side weigh 1 in all.
    """
    varied = {c: list(v) for c, v in run.scenario.conditions.items() if len(v) == 2}
    sign = {
        c: np.array([1.0 if cell.levels[c] == levels[1] else -1.0 for cell in run.cells])
        for c, levels in varied.items()
    }
    half = len(run.cells) / 2
    found: list[tuple[str, tuple[str, ...], Masses]] = [
        (f"{c}: {v[1]} − {v[0]}", (c,), sign[c] / half) for c, v in varied.items()
    ]
    found += [
        (f"{a} × {b}", (a, b), sign[a] * sign[b] / half)
        for a, b in itertools.combinations(varied, 2)
    ]
    return found
