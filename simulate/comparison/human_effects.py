"""Effects, not only marginals: do conditions and traits move simulated people as they move humans?

Three kinds of effects on the mean of an outcome are set beside the human ones:

- of a *condition*, A − B: two levels of a condition or two cells of a run. Each persona is compared
  with itself; humans of the two groups are mostly different people.
- of a *trait*, within each cell: the difference of each level from that of most people, or the
  slope per standard deviation of a number.
- their *interaction*: A − B within each level of the trait, and its change with the trait.

A mean of stated distributions has the same expectation as one of drawn values, so both kinds of
elicitation are alike here; see `simulate.statistics.effects`. Main effects of a factorial design,
which need no human data, are in `simulate.comparison.effects`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simulate.comparison.effect_groups import (
    Contrast,
    Group,
    Trait,
    contrast_of,
    human_columns,
    in_group,
    same,
)
from simulate.comparison.effects_found import ComparedEffect, ComparedVariance, HumanEffects
from simulate.comparison.sample import together
from simulate.comparison.samples import choose_cells, from_run
from simulate.comparison.trait_values import TraitValues, trait_values
from simulate.errors import StatisticsError
from simulate.randomness import generator
from simulate.reference import Reference
from simulate.reference.respondents import Respondents
from simulate.statistics.confidence import CONFIDENCE
from simulate.statistics.effects import (
    EffectEstimate,
    EffectLine,
    effect_line,
    group_mean,
    group_slope,
    paired_weights,
)
from simulate.statistics.rows import Floats, Rows
from simulate.statistics.variance_ratio import variance_ratio

if TYPE_CHECKING:
    from simulate.runfile import RunReader
    from simulate.scenario import Cell

DRAWS = 2000

Mask = NDArray[np.bool_]


def human_effects(
    run: RunReader,
    outcome: str,
    reference: Reference,
    people: Respondents | None,
    *,
    effects: Sequence[str] = (),
    by: Sequence[str] = (),
    cell: str | None = None,
    drawn: bool = False,
    draws: int = DRAWS,
    confidence: float = CONFIDENCE,
    seed: int = 0,
) -> HumanEffects:
    """Compare effects in a run with the same effects in people; see the module.

    Args:
        run: an open run file.
        outcome: its name.
        reference: the human values.
        people: who gave them, where that is known.
        effects: `A-B` or `CONDITION:A-B`.
        by: `TRAIT` or `TRAIT=COLUMN` of the human data.
        cell: the one cell whose trait effects are wanted; all for `None`.
        drawn: use drawn values only, not the verbalized distributions.
        draws: resamples of people for variance ratios.
        confidence: of intervals, in (0, 1).
        seed: of the resampling.

    Raises:
        StatisticsError: the outcome has no mean, nothing is asked for, an effect or trait is not
            in the run, or the run has no value.
    """
    variable = reference.variable
    if not effects and not by:
        raise StatisticsError("name an effect A-B, a trait by which, or both")
    if not variable.has_mean:
        raise StatisticsError(
            f"{outcome} is a {variable.kind} without an order, which has no mean for an effect; "
            "choose an outcome that is a number, an ordinal or yes/no"
        )
    cells = choose_cells(run, cell)
    rows, ids = together(from_run(run, outcome, variable, cell=cell, drawn=drawn))
    if not rows.n:
        raise StatisticsError(f"{run.path}: no dialogue has a value of {outcome} yet")
    known = {run.root(p.id): p.attributes for p in reversed(run.personas.values())}
    names = dict.fromkeys(name for attributes in known.values() for name in attributes)
    owners = [known.get(ids[person], {}) for person in rows.clusters]
    attributes = {name: [owner.get(name) for owner in owners] for name in names}
    comparing = _Comparing(
        Respondents(rows.recoded(variable.scored(rows.values)), attributes),
        None
        if people is None
        else replace(people, rows=people.rows.recoded(variable.scored(people.rows.values))),
        cells,
    )
    traits = [trait_values(Trait.of(t), comparing.simulated, comparing.human) for t in by]
    contrasts = [contrast_of(text, cells) for text in effects]
    found = [effect for contrast in contrasts for effect in comparing.contrast(contrast, traits)]
    if not contrasts:
        found = [effect for c in cells for effect in comparing.trait_effects(c, traits)]
    compared = tuple(replace(e, confidence=confidence) for e in found if e.simulated is not None)
    variances = []
    for label, group, ours, theirs in comparing.variances(traits):
        rng = generator(seed, f"compare/variance/{label}/{group}")
        ratio = variance_ratio(
            ours.rows,
            theirs.rows,
            (ours.weights[0], theirs.weights[0]),
            rng,
            draws=draws,
            confidence=confidence,
        )
        variances.append(ComparedVariance(label, group, ratio))
    notes = [f"{e.name} is left out: nobody is simulated" for e in found if e.simulated is None]
    notes += [trait.without for trait in traits if trait.without]
    if people is None:
        notes.append(
            f"no human counterpart: {reference.name} holds shares or counts, and not who gave "
            "what; give a table of people with --reference TABLE:COLUMN, or import them"
        )
    return HumanEffects(
        outcome=outcome,
        unit=variable.unit,
        mean_name=variable.mean_name,
        reference=reference.name,
        whose=reference.adjective,
        personas=rows.cluster_count,
        people=None if people is None else people.rows.cluster_count,
        effects=compared,
        lines=_lines(compared, confidence),
        variances=tuple(variances),
        confidence=confidence,
        notes=tuple(notes),
    )


def _lines(found: Sequence[ComparedEffect], confidence: float) -> dict[str, EffectLine]:
    sets: dict[str, list[tuple[EffectEstimate, EffectEstimate]]] = {}
    for effect in found:
        if effect.line is not None and effect.simulated and effect.human:
            sets.setdefault(effect.line, []).append((effect.simulated, effect.human))
    return {
        name: effect_line([s for s, _ in pairs], [h for _, h in pairs], confidence)
        for name, pairs in sets.items()
        if len(pairs) > 1
    }


@dataclass(frozen=True, eq=False)
class _Groups:
    """One group of rows of one side, or two of which the second is taken from the first."""

    rows: Rows
    weights: tuple[Floats, ...]
    """(n,) of the rows in each group, 0 outside."""

    def within(self, inside: Mask) -> _Groups:
        return _Groups(self.rows, tuple(w * inside for w in self.weights))

    def mean(self) -> EffectEstimate | None:
        return _difference([group_mean(self.rows, w) for w in self.weights])

    def slope(self, numbers: Floats) -> EffectEstimate | None:
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
class _Comparing:
    """Both sides, with scores as their values; strata of the simulated rows are cells."""

    simulated: Respondents
    human: Respondents | None
    cells: tuple[Cell, ...]

    def contrast(
        self, contrast: Contrast, traits: Sequence[TraitValues]
    ) -> Iterator[ComparedEffect]:
        """Yield A − B, and with each trait A − B by its levels and how it changes with it."""
        rows, groups = self.simulated.rows, (contrast.first, contrast.second)
        chosen = (
            np.array([_has(cell, group.levels) for cell in self.cells])[rows.strata]
            for group in groups
        )
        ours = _Groups(rows, paired_weights(rows, *chosen))
        theirs, without = None, None
        if self.human is not None:
            columns = human_columns(self.human, contrast)
            if isinstance(columns, str):
                without = columns
            else:
                met = (in_group(self.human, columns, group) for group in groups)
                weights = self.human.rows.weights
                theirs = _Groups(self.human.rows, tuple(weights * one for one in met))
        name = contrast.name
        human = None if theirs is None else theirs.mean()
        yield ComparedEffect(name, "effects", ours.mean(), human, without)
        for trait in traits:
            missing, known = without or trait.without, trait.human
            for place, level in enumerate(trait.levels):
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

    def variances(
        self, traits: Sequence[TraitValues]
    ) -> Iterator[tuple[str, str, _Groups, _Groups]]:
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
                    inside = ours.within(trait.simulated.levels == place)
                    people = theirs.within(trait.human.levels == place)
                    if not (inside.weights[0].any() and people.weights[0].any()):
                        continue
                    yield cell.label, f"{trait.name} = {level}", inside, people

    def of_cell(self, cell: Cell) -> tuple[_Groups, _Groups | None]:
        """Return the rows of a cell, and the people who met the same levels."""
        rows = self.simulated.rows
        ours = _Groups(rows, (rows.weights * (rows.strata == self.cells.index(cell)),))
        if self.human is None:
            return ours, None
        columns = {
            condition: condition
            for condition, level in cell.levels.items()
            if level.casefold() in map(same, self.human.columns.get(condition, ()))
        }
        met = in_group(self.human, columns, Group(cell.label, cell.levels))
        return ours, _Groups(self.human.rows, (self.human.rows.weights * met,))


def _by_trait(
    ours: _Groups,
    theirs: _Groups | None,
    trait: TraitValues,
    before: str,
    line: str | None,
    without: str | None,
) -> Iterator[ComparedEffect]:
    """Yield how the mean, or the difference of two groups, goes with a trait."""
    known = None if theirs is None else trait.human
    numbers = trait.simulated.numbers
    if numbers is not None:
        human = None
        if theirs is not None and known is not None and known.numbers is not None:
            human = theirs.slope(known.numbers)
        name = f"{before}{trait.name}, per SD ({trait.deviation:.3g})"
        yield ComparedEffect(name, line, ours.slope(numbers), human, without)
        return
    for place in range(1, len(trait.levels)):
        human = None
        if theirs is not None and known is not None:
            human = theirs.by_level(known.levels, place)
        name = f"{before}{trait.name}: {trait.levels[place]} − {trait.levels[0]}"
        simulated = ours.by_level(trait.simulated.levels, place)
        yield ComparedEffect(name, line, simulated, human, without)


def _has(cell: Cell, levels: Mapping[str, str]) -> bool:
    return all(cell.levels[condition] == level for condition, level in levels.items())
