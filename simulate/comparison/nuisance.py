"""Nuisance conditions: may a difference between the levels of other conditions be claimed?

A scenario names the conditions that should not matter (`nuisance`), such as the wording of a
question. Where one of them moves an outcome by more than another condition does, a difference
between the levels of that other one says as much of the wording, and none is claimed.

What a condition moves the mean by is the largest difference between the means of two of its levels:
each the mean over the cells with that level, over the personas with a value in every cell, each
once. Where the design gives cells to different people, it is over those with a value in every cell
that they share. Of words without an order it is the share of a level that is moved, of that which
is moved most. Its interval resamples these personas, for all cells together. A condition with more
levels has more pairs of them, and so moves a mean more by chance alone: the rule errs towards
claiming nothing. Effects are averaged over the other conditions, so that a nuisance that moves the
levels of another condition in opposite directions is seen in their interaction, and not here.
Source: Box, Hunter and Hunter 2005, ch. 5 (main effects); Montgomery 2017, ch. 4 (nuisance
factors).
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from simulate.comparison.sample import Sample, sharing, side_by_side
from simulate.comparison.samples import from_export, from_run
from simulate.randomness import generator
from simulate.runfile.export_reader import DialogueExport
from simulate.statistics.confidence import Interval
from simulate.statistics.intervals import FEWEST_PERSONAS, percentile_interval
from simulate.statistics.rows import persona_means
from simulate.terminal.numbers import ends, number
from simulate.verbalized.probability_map import ProbabilityMap

if TYPE_CHECKING:
    from simulate.reference import Variable
    from simulate.runfile import RunReader

DRAWS = 2000

Means = NDArray[np.float64]


@dataclass(frozen=True)
class LargestEffect:
    """What a condition moves a mean, or a share, by.

    Attributes:
        condition: its name.
        a: the level with the larger mean.
        b: the level with the smaller mean.
        value: the mean of `a` less that of `b`, in the unit of the mean, ≥ 0.
        interval: over the personas.
        share_of: the level of the outcome whose share it is; None where it is the mean.
    """

    condition: str
    a: str
    b: str
    value: float
    interval: Interval
    share_of: str | None = None

    def told(self, unit: str) -> str:
        """Return it in words."""
        shown = f"{number(self.value)}{unit}{ends(self.interval)}"
        what = "it" if self.share_of is None else f"that of “{self.share_of}”"
        return f"{self.condition} ({self.a} − {self.b}) moves {what} by {shown}"


@dataclass(frozen=True)
class Claims:
    """Whether differences between levels of conditions that are no nuisance are claimed.

    Attributes:
        outcome: what is moved.
        unit: of the mean.
        about: the conditions that are no nuisance.
        personas: that have a value in every cell; of several groups with cells of their own, in
            the smallest.
        nuisance: the nuisance condition that moves it most; None with too few personas.
        others: what each of the conditions that are no nuisance moves it by, in their order;
            nothing with too few personas.
        moved: `mean`, or `share` of words without an order.
        prefix: stands before the cells of the run where several are compared.
    """

    outcome: str
    unit: str | None
    about: tuple[str, ...]
    personas: int
    nuisance: LargestEffect | None = None
    others: tuple[LargestEffect, ...] = ()
    moved: str = "mean"
    prefix: str = ""

    @property
    def unclaimed(self) -> tuple[str, ...]:
        """The conditions that a nuisance moves the outcome more than; all where it is not known."""
        if self.nuisance is None:
            return self.about
        return tuple(e.condition for e in self.others if e.value < self.nuisance.value)

    @property
    def made(self) -> bool:
        """Whether all are claimed: the nuisance is known, and moves the outcome no more."""
        return not self.unclaimed

    @property
    def sentence(self) -> str:
        """Say whether, and why."""
        about = " or ".join(self.unclaimed or self.about)
        if self.nuisance is None:
            return (
                f"{self.prefix}No difference between levels of {about} is claimed: by how much the "
                f"nuisance conditions move the {self.moved} of {self.outcome} is not known from "
                f"{self.personas:,} personas with a value in every cell; that takes "
                f"{FEWEST_PERSONAS}."
            )
        unit = f" {self.unit}" if self.unit else ""
        told = [e for e in self.others if self.made or e.condition in self.unclaimed]
        each = ", ".join(effect.told(unit) for effect in (self.nuisance, *told))
        if self.made:
            return (
                f"{self.prefix}No nuisance moves the {self.moved} of {self.outcome} by more than "
                f"{about}: {each}."
            )
        return (
            f"{self.prefix}No difference between levels of {about} is claimed, since a nuisance "
            f"moves the {self.moved} of {self.outcome} by more: {each}."
        )

    def withhold(self, a: Mapping[str, str], b: Mapping[str, str]) -> bool:
        """Tell whether nothing is claimed of a difference, given the levels of both sides.

        A condition that one side does not have makes no difference between its levels.
        """
        both = [name for name in self.unclaimed if name in a and name in b]
        return any(a[name] != b[name] for name in both)

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON."""
        fields = asdict(self)
        del fields["prefix"]
        told = {"made": self.made, "unclaimed": self.unclaimed, "sentence": self.sentence}
        return told | fields


def claims_of(
    run: RunReader | DialogueExport,
    outcome: str,
    variable: Variable,
    *,
    drawn: bool = False,
    prefix: str = "",
    mapped: ProbabilityMap | None = None,
    samples: Sequence[Sample] | None = None,
) -> Claims | None:
    """Return what may be claimed of a run's conditions.

    Args:
        run: the run file, or an export.
        outcome: the outcome's name.
        variable: what it measures.
        drawn: whether the drawn values count alone, and not the distributions.
        prefix: see `Claims`.
        mapped: the map that the distributions go through.
        samples: those of all cells; they are read for `None`.

    Returns:
        None where the scenario declares no nuisance that varies, nothing else varies, or the
        outcome has neither a mean nor levels.
    """
    scenario = run.scenario
    varied = {name: list(levels) for name, levels in scenario.conditions.items() if len(levels) > 1}
    about = tuple(name for name in varied if name not in scenario.nuisance)
    levels = None if variable.has_mean else variable.categories
    if (levels is None and not variable.has_mean) or not about or len(about) == len(varied):
        return None
    moved = "mean" if levels is None else "share"
    if samples is None:
        if isinstance(run, DialogueExport):
            samples = from_export(run, outcome, variable)
        else:
            samples = from_run(run, outcome, variable, drawn=drawn, mapped=mapped)
    groups = [(at, _means([samples[i] for i in at], variable, levels)) for at in sharing(samples)]
    n = min((means.shape[1] for _, means in groups), default=0)
    found = Claims(outcome, variable.unit, about, n, moved=moved, prefix=prefix)
    if n < FEWEST_PERSONAS:
        return found
    rng = generator(0, "compare/nuisance")
    resamples = [
        rng.multinomial(people, np.full(people, 1 / people), size=DRAWS) / people
        for people in (means.shape[1] for _, means in groups)
    ]
    cells = [cell.levels for cell in run.cells]
    largest = {
        name: _largest(name, of, cells, groups, resamples, levels) for name, of in varied.items()
    }
    nuisance = max((e for name, e in largest.items() if name not in about), key=_value)
    return replace(found, nuisance=nuisance, others=tuple(largest[name] for name in about))


def _means(samples: Sequence[Sample], variable: Variable, levels: Sequence[str] | None) -> Means:
    """Return (C, G, L) means of each persona that has a value in every cell; L shares, or 1."""
    rows, people = side_by_side(samples)
    if not people:
        return np.zeros((len(samples), 0, 1))
    if levels is None:
        means = persona_means(rows.recoded(variable.scored(rows.values)))
    else:
        means = persona_means(rows, len(levels))
    return means[:, ~np.isnan(means).any(axis=(0, 2))]


def _largest(
    condition: str,
    of: Sequence[str],
    cells: Sequence[Mapping[str, str]],
    groups: Sequence[tuple[Sequence[int], Means]],
    resamples: Sequence[Means],
    levels: Sequence[str] | None,
) -> LargestEffect:
    """Return the largest difference between two levels.

    Args:
        condition: whose levels they are.
        of: the levels.
        cells: the levels of each cell.
        groups: the places of the cells that share personas, and their (C, G, L) means.
        resamples: (DRAWS, G) how often each persona is drawn, of each group.
        levels: of the outcome, whose shares the means are; None for means.
    """
    having = {each: [cell[condition] == each for cell in cells] for each in of}

    def parts(a: str, b: str) -> list[Means]:
        """Return what each persona of each group, (G, L), adds to the difference."""
        pairs = zip(having[a], having[b], strict=True)
        weights = [x / sum(having[a]) - y / sum(having[b]) for x, y in pairs]
        return [np.tensordot([weights[i] for i in at], means, axes=1) for at, means in groups]

    found = []
    for a, b in itertools.permutations(of, 2):
        differences = sum(part.mean(axis=0) for part in parts(a, b))
        found.append((float(np.max(differences)), int(np.argmax(differences)), a, b))
    value, at, a, b = max(found, key=lambda each: each[0])
    each = [times @ part[:, at] for times, part in zip(resamples, parts(a, b), strict=True)]
    interval = percentile_interval(np.sum(each, axis=0))
    return LargestEffect(condition, a, b, value, interval, None if levels is None else levels[at])


def _value(effect: LargestEffect) -> float:
    return effect.value
