"""Nuisance conditions: may a difference between the levels of other conditions be claimed?

A scenario names the conditions that should not matter (`nuisance`), such as the wording of a
question. Where one of them moves the mean of an outcome by more than all other conditions do, a
difference between the levels of those says as much of the wording, and none is claimed.

What a condition moves the mean by is the largest difference between the means of two of its levels:
each the mean over the cells with that level, over the personas with a value in every cell, each
once. Its interval resamples these personas, for all cells together. A condition with more levels
has more pairs of them, and so moves a mean more by chance alone: the rule errs towards claiming
nothing. Source: Box, Hunter and Hunter 2005, ch. 5 (main effects); Montgomery 2017, ch. 4 (nuisance
factors).
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from simulate.comparison.sample import Sample, side_by_side
from simulate.comparison.samples import from_run
from simulate.randomness import generator
from simulate.statistics.confidence import Interval
from simulate.statistics.intervals import FEWEST_PERSONAS, percentile_interval
from simulate.statistics.rows import persona_means
from simulate.terminal.numbers import ends, number

if TYPE_CHECKING:
    from simulate.reference import Variable
    from simulate.runfile import RunReader

DRAWS = 2000

Means = NDArray[np.float64]


@dataclass(frozen=True)
class LargestEffect:
    """What a condition moves a mean by.

    Attributes:
        condition: its name.
        a: the level with the larger mean.
        b: the level with the smaller mean.
        value: the mean of `a` less that of `b`, in the unit of the mean, ≥ 0.
        interval: over the personas.
    """

    condition: str
    a: str
    b: str
    value: float
    interval: Interval

    def told(self, unit: str) -> str:
        """Return it in words."""
        shown = f"{number(self.value)}{unit}{ends(self.interval)}"
        return f"{self.condition} ({self.a} − {self.b}) moves it by {shown}"


@dataclass(frozen=True)
class Claims:
    """Whether differences between levels of conditions that are no nuisance are claimed.

    Attributes:
        outcome: whose mean it is.
        unit: of the mean.
        about: the conditions that are no nuisance.
        personas: that have a value in every cell.
        nuisance: the nuisance condition that moves the mean most; None with too few personas.
        other: the other condition that moves it most; likewise.
        prefix: stands before the cells of the run where several are compared.
    """

    outcome: str
    unit: str | None
    about: tuple[str, ...]
    personas: int
    nuisance: LargestEffect | None
    other: LargestEffect | None
    prefix: str = ""

    @property
    def made(self) -> bool:
        """Whether they are claimed: the nuisance is known, and moves the mean no more."""
        if self.nuisance is None or self.other is None:
            return False
        return self.nuisance.value <= self.other.value

    @property
    def sentence(self) -> str:
        """Say whether, and why."""
        about = " or ".join(self.about)
        if self.nuisance is None or self.other is None:
            return (
                f"{self.prefix}No difference between levels of {about} is claimed: by how much the "
                f"nuisance conditions move the mean of {self.outcome} is not known from "
                f"{self.personas:,} personas with a value in every cell; that takes "
                f"{FEWEST_PERSONAS}."
            )
        unit = f" {self.unit}" if self.unit else ""
        both = f"{self.nuisance.told(unit)}, {self.other.told(unit)}"
        if self.made:
            return (
                f"{self.prefix}No nuisance moves the mean of {self.outcome} by more than {about}: "
                f"{both}."
            )
        return (
            f"{self.prefix}No difference between levels of {about} is claimed, since a nuisance "
            f"moves the mean of {self.outcome} by more: {both}."
        )

    def withhold(self, a: Mapping[str, str], b: Mapping[str, str]) -> bool:
        """Tell whether nothing is claimed of a difference, given the levels of both sides."""
        return not self.made and any(a.get(name) != b.get(name) for name in self.about)

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON."""
        fields = asdict(self)
        del fields["prefix"]
        return {"made": self.made, "sentence": self.sentence, **fields}


def claims_of(
    run: RunReader,
    outcome: str,
    variable: Variable,
    *,
    drawn: bool = False,
    prefix: str = "",
) -> Claims | None:
    """Return what may be claimed of a run's conditions.

    Args:
        run: the run file.
        outcome: the outcome's name.
        variable: what it measures.
        drawn: whether the drawn values count alone, and not the distributions.
        prefix: see `Claims`.

    Returns:
        None where the scenario declares no nuisance that varies, nothing else varies, or the
        outcome has no mean.
    """
    scenario = run.scenario
    varied = {name: list(levels) for name, levels in scenario.conditions.items() if len(levels) > 1}
    about = tuple(name for name in varied if name not in scenario.nuisance)
    if not variable.has_mean or not about or len(about) == len(varied):
        return None
    samples = from_run(run, outcome, variable, drawn=drawn)
    means = _means(samples, variable)
    n = means.shape[1]
    if n < FEWEST_PERSONAS:
        return Claims(outcome, variable.unit, about, n, None, None, prefix)
    resamples = generator(0, "compare/nuisance").multinomial(n, np.full(n, 1 / n), size=DRAWS) / n
    cells = [cell.levels for cell in run.cells]
    found = {
        name: _largest(name, levels, cells, means, resamples) for name, levels in varied.items()
    }
    nuisance = max((e for name, e in found.items() if name not in about), key=_value)
    other = max((found[name] for name in about), key=_value)
    return Claims(outcome, variable.unit, about, n, nuisance, other, prefix)


def _means(samples: Sequence[Sample], variable: Variable) -> Means:
    """Return (C, G) the mean of each persona that has a value in every cell."""
    rows, people = side_by_side(samples)
    if not people:
        return np.zeros((len(samples), 0))
    means = persona_means(rows.recoded(variable.scored(rows.values)))[..., 0]
    return means[:, ~np.isnan(means).any(axis=0)]


def _largest(
    condition: str,
    levels: Sequence[str],
    cells: Sequence[Mapping[str, str]],
    means: Means,
    resamples: Means,
) -> LargestEffect:
    """Return the largest difference between two levels, over (C, G) means of the cells."""
    of_level = {
        level: means[[each[condition] == level for each in cells]].mean(axis=0) for level in levels
    }
    a, b = max(
        itertools.permutations(levels, 2), key=lambda pair: _difference(of_level, *pair).mean()
    )
    each = _difference(of_level, a, b)
    return LargestEffect(condition, a, b, float(each.mean()), percentile_interval(resamples @ each))


def _difference(of_level: Mapping[str, Means], a: str, b: str) -> Means:
    return of_level[a] - of_level[b]


def _value(effect: LargestEffect) -> float:
    return effect.value
