"""Dialogues raked to a population, and how well their mean is known if the weights are estimated.

Raking looks at the sample, so that its weights are as uncertain as the sample is. Each resample is
raked anew. Resamples are those of the Bayesian bootstrap, in which each person has a random weight
and none is left out, so that no group is ever empty. Source: Rubin 1981, Annals of Statistics 9.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulate.comparison.reweighing.target_population import OUTSIDE, TargetPopulation
from simulate.errors import StatisticsError, first_of
from simulate.population import Attributes
from simulate.statistics.raking import Raked, rake
from simulate.statistics.rows import Floats, Indices

MISSED = 1e-6
"""By how much of all people a share may miss its target; more, and the margins contradict."""


@dataclass(frozen=True)
class Raking:
    """How dialogues are raked to the margins of a population.

    Attributes:
        cell: (n,) the combination of groups of each dialogue, from 0; `OUTSIDE` for none.
        groups: for each margin, (C,) its group of each combination.
        shares: for each margin, the share of each of its groups.
    """

    cell: Indices
    groups: Sequence[Indices]
    shares: Sequence[Floats]

    @property
    def inside(self) -> NDArray[np.bool_]:
        """(n,) whether a dialogue's persona is in a group of each margin."""
        return np.asarray(self.cell != OUTSIDE)

    @property
    def outside(self) -> int:
        """How many dialogues are of personas who are in no group, and so count nothing."""
        return int((~self.inside).sum())

    def raked(self, begun: Floats) -> tuple[Floats, Raked]:
        """Return (n,) weights that meet the margins, and how raking went.

        Args:
            begun: (n,) ≥ 0, the weights that raking begins with.
        """
        inside = self.inside
        count = len(self.groups[0])
        held = np.bincount(self.cell[inside], begun[inside], minlength=count).astype(np.float64)
        found = rake(held, self.groups, self.shares)
        change = np.divide(found.weights, held, out=np.zeros(len(held)), where=held > 0)
        return np.where(inside, begun * change[self.cell], 0.0), found


def raking_to(target: TargetPopulation, people: Sequence[Attributes]) -> Raking:
    """Return how dialogues are raked to a population, by the attributes of their personas, (n,).

    Raises:
        StatisticsError: a group has a share and nobody in it, or no weights meet all margins.
    """
    groups = np.stack([margin.groups(people) for margin in target.margins])
    inside = (groups != OUTSIDE).all(axis=0)
    sizes = [
        np.bincount(own[inside], minlength=len(margin.labels))
        for margin, own in zip(target.margins, groups, strict=True)
    ]
    empty = [
        f"{label} ({share:.1%})"
        for margin, held in zip(target.margins, sizes, strict=True)
        for label, share, n in zip(margin.labels, margin.shares, held, strict=True)
        if share > 0 and n == 0
    ]
    if empty:
        raise StatisticsError(
            f"nobody of these dialogues is {first_of(empty)} of {target.name}: put groups "
            "together, as in --on age:30,50, or leave the attribute out"
        )
    cells, cell = np.unique(groups[:, inside], axis=1, return_inverse=True)
    of_all = np.full(len(people), OUTSIDE, dtype=np.int64)
    of_all[inside] = cell.ravel()
    found = Raking(of_all, list(cells), [margin.shares for margin in target.margins])
    _, went = found.raked(np.ones(len(people)))
    if went.missed > MISSED:
        raise StatisticsError(
            f"no weights meet the margins of {target.name} together: the nearest miss a share by "
            f"{went.missed:.3f}; put groups together, or leave an attribute out"
        )
    return found


def raked_variance(
    raking: Raking,
    values: Floats,
    weights: Floats,
    clusters: Indices,
    draws: int,
    rng: np.random.Generator,
) -> Floats:
    """Return (L,) the variance of weighted means whose weights are raked in each resample.

    Args:
        raking: of n dialogues.
        values: (n, L) what means are wanted of.
        weights: (n,) ≥ 0, those that do not come from raking.
        clusters: (n,) the person behind each dialogue, from 0, of G ≥ 2.
        draws: how many resamples.
        rng: draws the resamples.
    """
    count = int(clusters.max()) + 1
    means = np.empty((draws, values.shape[1]))
    for place in range(draws):
        of_person = rng.standard_exponential(count)
        raked, _ = raking.raked(of_person[clusters])
        means[place] = np.average(values, axis=0, weights=raked * weights)
    # The Bayesian bootstrap's variance of a mean is (G − 1)/(G + 1) of the usual estimate.
    return np.asarray(means.var(axis=0, ddof=1) * (count + 1) / (count - 1), dtype=np.float64)
