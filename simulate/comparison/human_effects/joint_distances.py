"""Distances of an outcome given a trait, of each cell; see `simulate.statistics.joint_distance`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from simulate.comparison.human_effects.groups import met
from simulate.comparison.human_effects.result import ComparedJoint
from simulate.comparison.human_effects.traits import TraitValues
from simulate.comparison.settings import Settings
from simulate.randomness import generator
from simulate.reference import Variable
from simulate.reference.respondents import Respondents
from simulate.statistics.joint_distance import joint_distance
from simulate.statistics.resampling import Side
from simulate.statistics.rows import Rows
from simulate.statistics.squared_distance import squared_distance
from simulate.statistics.support import Support

if TYPE_CHECKING:
    from simulate.scenario import Cell


def joint_distances(
    simulated: Respondents,
    people: Respondents,
    cells: Sequence[Cell],
    traits: Sequence[TraitValues],
    variable: Variable,
    settings: Settings,
) -> Iterator[ComparedJoint]:
    """Yield the distance given each trait that people have, in each cell.

    Values of both sides are codes of the variable; strata of the simulated ones are cells.
    """
    ours, theirs = (
        side.rows.recoded(variable.rounded(side.rows.values)) for side in (simulated, people)
    )
    support = variable.common_support(ours.values, theirs.values)
    for number, cell in enumerate(cells):
        inside, with_them = ours.strata == number, met(people, cell)
        whole = _pair(support, ours.subset(inside), theirs.subset(with_them))
        for trait in traits:
            if trait.human is None or whole is None:
                continue
            sides, counts = {}, {}
            for place, level in enumerate(trait.levels):
                kept = with_them & (trait.human.levels == place)
                counts[level] = float(theirs.weights[kept].sum())
                simulated_rows = ours.subset(inside & (trait.simulated.levels == place))
                if pair := _pair(support, simulated_rows, theirs.subset(kept)):
                    sides[level] = pair
            total = sum(counts.values())
            if not sides:
                continue
            shares = {level: count / total for level, count in counts.items()}
            rng = generator(settings.seed, f"compare/joint/{cell.label}/{trait.name}")
            found = joint_distance(sides, shares, rng, confidence=settings.confidence)
            yield ComparedJoint(cell.label, trait.name, found, squared_distance(*whole))


def _pair(support: Support, ours: Rows, theirs: Rows) -> tuple[Side, Side] | None:
    """Return both sides on the points that they hold; None where a side has no weight."""
    if not ours.value_weights.any() or not theirs.value_weights.any():
        return None
    held = np.unique(support.index(np.concatenate([ours.values, theirs.values])))
    points = replace(support, points=support.points[held], bins=support.bins[held])
    return Side.of(points, ours), Side.of(points, theirs)
