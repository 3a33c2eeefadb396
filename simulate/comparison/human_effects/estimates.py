"""Effects, not only marginals: do conditions and traits move simulated people as they move humans?

Three kinds of effects on the mean of an outcome are set beside the human ones:

- of a *condition*, A − B: two levels of a condition or two cells of a run. Each persona is compared
  with itself; humans of the two groups are mostly different people.
- of a *trait*, within each cell: the difference of each level from that of most people, or the
  slope per standard deviation of a number.
- their *interaction*: A − B within each level of the trait, and its change with the trait.

A mean of stated distributions has the same expectation as one of drawn values, so both kinds of
elicitation are alike here; see `simulate.statistics.effects`. Main effects of a factorial design,
which need no human data, are in `simulate.comparison.factorial_effects`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from simulate.comparison.human_effects.groups import Trait, contrast_of
from simulate.comparison.human_effects.joint_distances import joint_distances
from simulate.comparison.human_effects.result import (
    ComparedEffect,
    ComparedJoint,
    ComparedVariance,
    HumanEffects,
)
from simulate.comparison.human_effects.sides import Sides
from simulate.comparison.human_effects.traits import trait_values
from simulate.comparison.humans_of_groups import TOGETHER, without_humans
from simulate.comparison.nuisance import claims_of
from simulate.comparison.sample import Sample, together
from simulate.comparison.samples import choose_cells, from_run
from simulate.comparison.settings import Settings
from simulate.errors import StatisticsError
from simulate.population.protected import protected_by
from simulate.randomness import generator
from simulate.reference import Reference, Variable
from simulate.reference.respondents import Respondents
from simulate.statistics.effects import EffectEstimate, EffectLine, effect_line
from simulate.statistics.variance_ratio import variance_ratio

if TYPE_CHECKING:
    from simulate.runfile import RunReader


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
    settings: Settings,
) -> HumanEffects:
    """Compare effects in a run with the same effects in people; see the module.

    `effects` are `A-B` or `CONDITION:A-B`, `by` holds `TRAIT` or `TRAIT=COLUMN` of the human data,
    and `people` are those who gave the reference's values, where they are known. With `cell` only
    its trait effects are found. Draws are for variance ratios; distances take 500.

    Raises:
        StatisticsError: the outcome has no mean, nothing is asked for, an effect or trait is not
            in the run, or the run has no value.
    """
    variable, confidence = reference.variable, settings.confidence
    if not effects and not by:
        raise StatisticsError("name an effect A-B, a trait by which, or both")
    if not variable.has_mean:
        raise StatisticsError(
            f"{outcome} is a {variable.kind} without an order, which has no mean for an effect; "
            "choose an outcome that is a number, an ordinal or yes/no"
        )
    cells = choose_cells(run, cell)
    simulated = _simulated(run, from_run(run, outcome, variable, cell=cell, drawn=drawn))
    scored = None if people is None else _scored(people, variable)
    sides = Sides(_scored(simulated, variable), scored, cells)
    protects = protected_by(run.meta.get("population"))
    traits = [trait_values(Trait.of(text), simulated, people, protects) for text in by]
    contrasts = [contrast_of(text, cells) for text in effects]
    for each in contrasts:
        for name in without_humans(run, people):
            if each.first.levels.get(name) != each.second.levels.get(name):
                told = TOGETHER.format(name=name)
                raise StatisticsError(f"--effect {each.first.name}-{each.second.name}: {told}")
    claims = claims_of(run, outcome, variable, drawn=drawn) if contrasts else None
    claimed = [
        each
        for each in contrasts
        if claims is None or not claims.withhold(each.first.levels, each.second.levels)
    ]
    found = [effect for contrast in claimed for effect in sides.contrast(contrast, traits)]
    if not contrasts:
        found = [effect for c in cells for effect in sides.trait_effects(c, traits)]
    compared = tuple(replace(e, confidence=confidence) for e in found if e.simulated is not None)
    variances = []
    for label, group, ours, theirs in sides.variances(traits):
        ratio = variance_ratio(
            ours.rows,
            theirs.rows,
            (ours.weights[0], theirs.weights[0]),
            generator(settings.seed, f"compare/variance/{label}/{group}"),
            draws=settings.draws,
            confidence=confidence,
        )
        variances.append(ComparedVariance(label, group, ratio))
    joint: Iterable[ComparedJoint] = ()
    if people is not None:
        joint = joint_distances(simulated, people, cells, traits, variable, settings)
    notes = [f"{e.name} is left out: nobody is simulated" for e in found if e.simulated is None]
    if claims is not None and len(claimed) < len(contrasts):
        notes.append(claims.sentence)
    notes += [trait.without for trait in traits if trait.without]
    if people is None:
        notes.append(
            f"no human counterpart: {reference.name} holds shares or counts, and not who gave "
            "what; give a table of people with --reference TABLE:COLUMN, or import them"
        )
    notes += [trait.rule for trait in traits if trait.rule]
    return HumanEffects(
        outcome=outcome,
        unit=variable.unit,
        mean_name=variable.mean_name,
        reference=reference.name,
        whose=reference.adjective,
        personas=simulated.rows.cluster_count,
        people=None if people is None else people.rows.cluster_count,
        effects=compared,
        lines=_lines(compared, confidence),
        variances=tuple(variances),
        joint=tuple(joint),
        confidence=confidence,
        notes=tuple(notes),
    )


def _simulated(run: RunReader, samples: Sequence[Sample]) -> Respondents:
    """Return the rows of all cells, a stratum for each, with the attributes of their personas."""
    rows, ids = together(samples)
    if not rows.n:
        raise StatisticsError(f"{run.path}: no dialogue has a value of this outcome yet")
    known = {run.root(p.id): p.attributes for p in reversed(run.personas.values())}
    names = dict.fromkeys(name for attributes in known.values() for name in attributes)
    owners = [known.get(ids[person], {}) for person in rows.clusters]
    return Respondents(rows, {name: [owner.get(name) for owner in owners] for name in names})


def _scored(side: Respondents, variable: Variable) -> Respondents:
    """Return the same rows with what their codes count in a mean."""
    return replace(side, rows=side.rows.recoded(variable.scored(side.rows.values)))


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
