"""The two arms of a universe: what each persona gave on average in either side of the contrast."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simulate.comparison.multiverse.grid import Declared, of_different_people
from simulate.comparison.sample import Sample, pooled, together
from simulate.errors import StatisticsError
from simulate.scenario import cells_called
from simulate.statistics.importance import WeightQuality, weight_quality
from simulate.statistics.mean_contrasts import MeanContrast, linear_contrast
from simulate.statistics.rows import Floats, Rows, row_means

if TYPE_CHECKING:
    from simulate.runfile import RunReader


@dataclass(frozen=True, eq=False)
class Arms:
    """What G personas gave in the two arms of a universe.

    Attributes:
        people: ids of the personas.
        there: (2, G) who counts in which arm; within personas, in both or in none.
        sums: (2, G) weight times mean of each; 0 where it does not count.
        weights: (2, G) the weight of each: 1, unless recorded draws are weighed anew.
        between: whether each persona is in one arm only.
        shares: whether the means are shares.
        left_out: what was left out of both arms together, such as `2 failed`.
        quality: how well the dialogues of each arm carry what they are weighed to; empty where
            nothing is weighed.
    """

    people: tuple[str, ...]
    there: NDArray[np.bool_]
    sums: Floats
    weights: Floats
    between: bool
    shares: bool
    left_out: str
    quality: tuple[WeightQuality, ...] = ()

    @property
    def contrast(self) -> MeanContrast:
        """The mean of the first arm less that of the second, with its interval.

        Where draws are weighed, it is wider by as much as weights that are expected were not drawn.
        """
        found = linear_contrast(self.linear, self.there, [1.0, -1.0], shares=self.shares)
        wider = max((each.widening for each in self.quality), default=1.0)
        if wider == 1.0 or found.interval is None or found.value is None or found.error is None:
            return found
        low, high = ((end - found.value) * wider + found.value for end in found.interval)
        return replace(found, interval=(low, high), error=found.error * wider, p=None)

    @property
    def ess(self) -> float | None:
        """The effective number of personas in the arm with fewer; None where nothing is weighed."""
        return min((each.size for each in self.quality), default=None)

    @property
    def refused(self) -> str | None:
        """Why the weights bear no number; None where they do."""
        return next((each.refused for each in self.quality if each.refused), None)

    @property
    def linear(self) -> Floats:
        """(2, G) values whose plain means are the weighted ones, to first order; NaN for none.

        Where all weigh the same, they are the personas' means.
        """
        weight = self.weights.sum(axis=1, keepdims=True)
        mean = self.sums.sum(axis=1, keepdims=True) / weight
        average = weight / self.there.sum(axis=1, keepdims=True)
        found = mean + (self.sums - self.weights * mean) / average
        return np.where(self.there, found, np.nan)

    def of(self, people: Sequence[str]) -> tuple[Floats, Floats]:
        """Return (2, G) sums and weights of these personas; 0 for those without a value."""
        place = {person: i for i, person in enumerate(people)}
        at = [place[person] for person in self.people]
        sums, weights = np.zeros((2, 2, len(people)))
        sums[:, at], weights[:, at] = self.sums, self.weights
        return sums, weights


def arms_of(
    run: RunReader,
    samples: Sequence[Sample],
    declared: Declared,
    squares: Sequence[Floats | None] = (),
) -> Arms:
    """Return the arms of a universe.

    Args:
        run: the run file.
        samples: of each of its cells.
        declared: what the contrast is of.
        squares: of each cell what the squared weights of its rows were expected to be, where the
            log weights of the samples are those of a draw rule; empty where nothing is weighed.

    Raises:
        StatisticsError: nobody has a value in one of the arms, or only some personas met both.
    """
    sides = [cells_called(label, run.cells) for label in declared.sides]
    parts = [
        pooled([samples[cell.index] for cell in side], label)
        for side, label in zip(sides, declared.sides, strict=True)
    ]
    for part in parts:
        if not part.n:
            raise StatisticsError(f"nobody has a value in {part.name}")
    rows, people = together(parts)
    met = ((each.cell, run.root(each.persona)) for each, _ in run.planned())
    between = of_different_people(met, sides)
    values = _values(rows, declared)
    weights, sums = _of_personas(rows, values, weighed=bool(squares))
    quality = [
        _quality(parts[arm], values[rows.strata == arm], [squares[cell.index] for cell in side])
        for arm, side in enumerate(sides if squares else ())
    ]
    there = ~np.isnan(weights)
    if not between:
        there &= there.all(axis=0)
    if not (there & (weights > 0)).any(axis=1).all():
        raise StatisticsError("no persona has a value in both arms")
    left_out = [f"{part.name}: {part.left_out}" for part in parts if part.left_out]
    return Arms(
        people,
        there,
        np.where(there, sums, 0.0),
        np.where(there, weights, 0.0),
        between,
        declared.level is not None,
        "; ".join(left_out),
        tuple(quality),
    )


def _quality(arm: Sample, values: Floats, squares: Sequence[Floats | None]) -> WeightQuality:
    """Return how well the dialogues of an arm carry what they are weighed to.

    Args:
        arm: the sample.
        values: (n,) of its rows.
        squares: of the rows of each of its cells what their squared weights were expected to be.
    """
    known = [each for each in squares if each is not None]
    expected = np.concatenate(known) if len(known) == len(squares) else None
    return weight_quality(arm.rows, values[:, None], expected)


def _values(rows: Rows, declared: Declared) -> Floats:
    """Return (n,) the mean of each dialogue, or the share of the level."""
    variable = declared.variable
    if declared.level is None:
        return row_means(rows.recoded(variable.scored(rows.values)))[:, 0]
    levels = variable.categories or ()
    return np.asarray(row_means(rows, len(levels))[:, levels.index(declared.level)])


def _of_personas(rows: Rows, values: Floats, *, weighed: bool) -> tuple[Floats, Floats]:
    """Return (2, G) weights and weights times values of each persona's average dialogue.

    NaN where a persona has none. Each persona counts once, unless draws are weighed.
    """
    count, weights, sums = np.zeros((3, 2, rows.cluster_count))
    at = rows.strata, rows.clusters
    np.add.at(count, at, 1.0)
    np.add.at(weights, at, rows.weights)
    np.add.at(sums, at, rows.weights * values)
    with np.errstate(invalid="ignore"):
        divisor = count if weighed else weights
        return weights / divisor, sums / divisor
