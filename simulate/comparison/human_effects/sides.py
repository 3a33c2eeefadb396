"""Both sides of a comparison of effects: groups of their rows, and the effects among these."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simulate.comparison.human_effects.groups import GroupContrast, human_columns, in_group, met
from simulate.comparison.human_effects.result import ComparedEffect
from simulate.comparison.human_effects.traits import TraitValues
from simulate.reference.respondents import Respondents
from simulate.statistics.effects import EffectEstimate, group_mean, group_slope, paired_weights
from simulate.statistics.rows import Floats, Rows

if TYPE_CHECKING:
    from simulate.scenario import Cell

Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Groups:
    """One group of rows of one side, or two of which the second is taken from the first."""

    rows: Rows
    weights: tuple[Floats, ...]
    """(n,) of the rows in each group, 0 outside."""

    def within(self, inside: Mask) -> Groups:
        """Return the part of the groups that is inside, (n,)."""
        return Groups(self.rows, tuple(w * inside for w in self.weights))

    def mean(self) -> EffectEstimate | None:
        """Return the mean, or the difference of the means; None where a group is empty."""
        return _difference([group_mean(self.rows, w) for w in self.weights])

    def slope(self, numbers: Floats) -> EffectEstimate | None:
        """Return the slope on numbers, (n,), or the difference of the slopes; None without one."""
        known = np.isfinite(numbers)
        return _difference([group_slope(self.rows, numbers, w * known) for w in self.weights])

    def by_level(self, levels: NDArray[np.int64], place: int) -> EffectEstimate | None:
        """Return the mean in one level less that in the first one."""
        return _difference([self.within(levels == p).mean() for p in (place, 0)])


def _difference(found: Sequence[EffectEstimate | None]) -> EffectEstimate | None:
    """Return the first estimate, or the first less the second; None where one is missing."""
    known = [each for each in found if each is not None]
    if len(known) < len(found):
        return None
    return known[0] - known[1] if len(known) > 1 else known[0]


@dataclass(frozen=True, eq=False)
class Sides:
    """Both sides, with scores as their values; strata of the simulated rows are cells."""

    simulated: Respondents
    human: Respondents | None
    cells: tuple[Cell, ...]

    def contrast(
        self, contrast: GroupContrast, traits: Sequence[TraitValues]
    ) -> Iterator[ComparedEffect]:
        """Yield A − B, and with each trait A − B by its levels and how it changes with it."""
        rows, groups = self.simulated.rows, (contrast.first, contrast.second)
        chosen = (
            np.array([_has(cell, group.levels) for cell in self.cells])[rows.strata]
            for group in groups
        )
        ours = Groups(rows, paired_weights(rows, *chosen))
        theirs, without = None, None
        if self.human is not None:
            columns = human_columns(self.human, contrast)
            if isinstance(columns, str):
                without = columns
            else:
                inside = (in_group(self.human, columns, group) for group in groups)
                weights = self.human.rows.weights
                theirs = Groups(self.human.rows, tuple(weights * one for one in inside))
        name = contrast.name
        human = None if theirs is None else theirs.mean()
        yield ComparedEffect(name, "effects", ours.mean(), human, without)
        for trait in traits:
            missing, known = without or trait.without, trait.human
            for place, level in enumerate(trait.levels):
                if not trait.has_number(place):
                    continue
                human = None
                if theirs is not None and known is not None:
                    human = theirs.within(known.levels == place).mean()
                yield ComparedEffect(
                    f"{name} | {trait.name} = {level}",
                    f"{name} by {trait.name}",
                    ours.within(trait.simulated.levels == place).mean(),
                    human,
                    missing,
                )
            yield from _by_trait(ours, theirs, trait, f"{name}: ", None, missing)

    def trait_effects(self, cell: Cell, traits: Sequence[TraitValues]) -> Iterator[ComparedEffect]:
        """Yield the effects of traits within a cell."""
        ours, theirs = self.of_cell(cell)
        before = f"{cell.label} | " if len(self.cells) > 1 else ""
        for trait in traits:
            yield from _by_trait(ours, theirs, trait, before, cell.label, trait.without)

    def variances(self, traits: Sequence[TraitValues]) -> Iterator[tuple[str, str, Groups, Groups]]:
        """Yield cell, group of people and both sides of it, where people are known."""
        for cell in self.cells:
            ours, theirs = self.of_cell(cell)
            if theirs is None:
                continue
            yield cell.label, "all", ours, theirs
            for trait in traits:
                if trait.human is None:
                    continue
                for place, level in enumerate(trait.levels):
                    if not trait.has_number(place):
                        continue
                    inside = ours.within(trait.simulated.levels == place)
                    people = theirs.within(trait.human.levels == place)
                    if not (inside.weights[0].any() and people.weights[0].any()):
                        continue
                    yield cell.label, f"{trait.name} = {level}", inside, people

    def of_cell(self, cell: Cell) -> tuple[Groups, Groups | None]:
        """Return the rows of a cell, and the people who met the same levels."""
        rows = self.simulated.rows
        ours = Groups(rows, (rows.weights * (rows.strata == self.cells.index(cell)),))
        if self.human is None:
            return ours, None
        weights = self.human.rows.weights * met(self.human, cell)
        return ours, Groups(self.human.rows, (weights,))


def _by_trait(
    ours: Groups,
    theirs: Groups | None,
    trait: TraitValues,
    before: str,
    line: str | None,
    without: str | None,
) -> Iterator[ComparedEffect]:
    """Yield how the mean, or the difference of two groups, goes with a trait."""
    known = None if theirs is None else trait.human
    numbers = trait.simulated.numbers
    if numbers is not None:
        if not all(map(trait.has_number, range(len(trait.levels)))):
            return
        human = None
        if theirs is not None and known is not None and known.numbers is not None:
            human = theirs.slope(known.numbers)
        name = f"{before}{trait.name}, per SD ({trait.deviation:.3g})"
        yield ComparedEffect(name, line, ours.slope(numbers), human, without)
        return
    for place in range(1, len(trait.levels)):
        if not (trait.has_number(0) and trait.has_number(place)):
            continue
        human = None
        if theirs is not None and known is not None:
            human = theirs.by_level(known.levels, place)
        name = f"{before}{trait.name}: {trait.levels[place]} − {trait.levels[0]}"
        simulated = ours.by_level(trait.simulated.levels, place)
        yield ComparedEffect(name, line, simulated, human, without)


def _has(cell: Cell, levels: Mapping[str, str]) -> bool:
    return all(cell.levels[condition] == level for condition, level in levels.items())
