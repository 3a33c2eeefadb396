"""The groups of one attribute: what each has, and how far it is from humans.

The rule of protected attributes (`population.protected`) holds: a group has a picture and a number
only beside 30 humans of that group; with fewer than two such groups all personas are one.
Of another attribute, humans of the group stand beside it where the reference has 20 of them, else
all humans, and the picture says which.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from simulate.comparison.estimates import compare_samples
from simulate.comparison.humans_of_groups import TOGETHER, CellsAsOne
from simulate.comparison.outcome_bins import OutcomeBins, outcome_bins
from simulate.comparison.persona_groups.grouping import GroupedOutcome
from simulate.comparison.persona_groups.levels import UNKNOWN, Levels, levels_of, quoted
from simulate.comparison.persona_groups.result import (
    EVERYBODY,
    HumanSide,
    PersonaGroup,
    PersonaGroups,
)
from simulate.comparison.progress import Progress, Steps, untold
from simulate.comparison.result import Distance
from simulate.comparison.sample import Sample, together
from simulate.comparison.settings import Settings
from simulate.errors import StatisticsError, quote
from simulate.population.protected import FEWEST_HUMANS
from simulate.reference import Reference
from simulate.statistics.clusters import effective_size
from simulate.statistics.distances import SQUARED
from simulate.statistics.mean_contrasts import FEWEST_PERSONAS
from simulate.statistics.permutation import holm

DRAWS = 500
"""Resamples for the interval and the floor of each group."""
FEW = f"fewer than {FEWEST_HUMANS} humans of this group in the reference: no number"


def persona_groups(
    found: GroupedOutcome,
    attribute: str | None = None,
    cell: int = 0,
    settings: Settings | None = None,
    progress: Progress = untold,
) -> PersonaGroups:
    """Return an outcome by the groups of an attribute.

    Args:
        found: the outcome.
        attribute: its name; the first one for `None`.
        cell: a place in `GroupedOutcome.choices`.
        settings: how distances are made.
        progress: is told of each group.

    Raises:
        StatisticsError: the personas have no such attribute.
    """
    if attribute is None:
        attribute = next(iter(found.attributes), None)
    elif attribute not in found.attributes:
        have = ", ".join(found.attributes) or "none"
        raise StatisticsError(
            f"the personas have no attribute {quote(attribute, 40)}; they have: {have}"
        )
    settings = settings or Settings(draws=DRAWS)
    settings = replace(settings, baselines="none", margins=None, contrasts=())
    sample, cells = found.chosen(cell)
    notes = [note for each in cells for note in each.notes]
    people = tuple(found.people)
    levels = None
    if attribute is not None:
        values = [found.people[person].get(attribute) for person in people]
        levels = levels_of(found.scenario, attribute, values, found.humans)
    kept = [True] if levels is None else _kept(found, attribute or "", levels)
    if levels is None or sum(kept) < min(2, len(levels.names)):
        if levels is not None:
            notes.append(TOGETHER.format(name=attribute))
        levels, kept = _one(len(people)), [True]
    if found.reference is None:
        notes.append(f"no humans beside the groups: {found.why_none}")
    owner = dict(zip(people, levels.of_personas, strict=True))
    members = [
        _members(sample, [person for person in sample.personas if owner.get(person) == place])
        for place in range(len(levels.names))
    ]
    humans = [_humans(found, levels, place) for place in range(len(levels.names))]
    sides = [(m.rows.values, m.rows.value_weights) for m in members]
    sides += [(h.values, h.shares) for h in humans if h is not None]
    bins = outcome_bins(found.variable, sides)
    steps = Steps(progress, len(members))
    ended: Counter[int] = Counter()
    failed: Counter[int] = Counter()
    labels = {each.label for each in cells}
    for (label, person), (n, lost) in found.ended.items():
        if label in labels and person in owner:
            ended[owner[person]] += n
            failed[owner[person]] += lost
    groups = []
    for place, name in enumerate(levels.names):
        steps.begin(name)
        where = _filters(levels.filters[place], cells, len(found.cells))
        if not kept[place]:
            groups.append(PersonaGroup(name, where, None, withheld=FEW))
            continue
        group = PersonaGroup(name, where, members[place], failed=failed[place], ended=ended[place])
        of_group = levels.of_humans is not None and humans[place] is not found.reference
        groups.append(_filled(group, found, humans[place], of_group, bins, settings))
    groups = _adjusted(groups)
    protected = attribute in found.protected and len(levels.names) > 1
    notes += _notes(found, attribute, levels, groups)
    return PersonaGroups(
        outcome=found.outcome,
        variable=found.variable,
        cell=found.choices[cell],
        cells=found.choices,
        attribute=attribute,
        attributes=found.attributes,
        label=f"the model's portrayal of {attribute}" if protected else str(attribute or ""),
        groups=tuple(groups),
        bins=bins,
        notes=tuple(dict.fromkeys(notes)),
        running=found.running,
        confidence=settings.confidence,
    )


def _one(people: int) -> Levels:
    return Levels((EVERYBODY,), (0,) * people, None, (None,))


def _kept(found: GroupedOutcome, attribute: str, levels: Levels) -> list[bool]:
    """Return which groups may have a number."""
    if attribute not in found.protected:
        return [True] * len(levels.names)
    if found.humans is None or levels.of_humans is None:
        return [False] * len(levels.names)
    pairs = set(zip(found.humans.rows.clusters.tolist(), levels.of_humans, strict=True))
    counts = Counter(place for _, place in pairs)
    return [
        counts[place] >= FEWEST_HUMANS and name != UNKNOWN
        for place, name in enumerate(levels.names)
    ]


def _members(sample: Sample, people: Sequence[str]) -> Sample:
    """Return the values of some people."""
    if not people:
        return Sample.of_distributions(sample.name, [], [])
    rows, names = together([sample], people)
    return Sample(sample.name, rows, personas=names, unit=sample.unit)


def _humans(found: GroupedOutcome, levels: Levels, place: int) -> Reference | None:
    """Return the humans of a group, all humans where there are too few, or None."""
    reference, humans = found.reference, found.humans
    if reference is None or humans is None or levels.of_humans is None:
        return reference
    rows = humans.rows.subset(np.array(levels.of_humans) == place)
    if rows.cluster_count < FEWEST_PERSONAS:
        return reference
    values, counts = np.unique(rows.values, return_counts=True)
    return replace(
        reference,
        values=values,
        counts=counts.astype(np.int64),
        groups=(),
        persons={},
        weighted=rows,
    )


def _filters(own: str | None, cells: Sequence[CellsAsOne], of: int) -> str | None:
    """Return the filter of a group in the cells that are looked at."""
    if own is None:
        return None
    if len(cells) == of:
        return own
    (one,) = cells
    if len(one.cells) == 1:
        return f"{own} cell:{quoted(one.label)}"
    return " ".join([own, *(f"cell.{n}:{quoted(level)}" for n, level in one.levels.items())])


def _filled(
    group: PersonaGroup,
    found: GroupedOutcome,
    humans: Reference | None,
    of_group: bool,
    bins: OutcomeBins,
    settings: Settings,
) -> PersonaGroup:
    """Return a group with its numbers."""
    sample = group.sample
    if humans is not None:
        shares = bins.shares(humans.values, humans.shares)
        group = replace(group, humans=HumanSide(humans, of_group, shares))
    if sample is None or not sample.n:
        return group
    rows = sample.rows
    mean, interval = sample.mean_with_interval(found.variable, settings.confidence)
    return replace(
        group,
        effective=effective_size(rows.cluster_weights),
        shares=bins.shares(rows.values, rows.value_weights),
        mean=mean,
        interval=interval,
        distance=None if humans is None else _distance(sample, humans, settings),
    )


def _adjusted(groups: Sequence[PersonaGroup]) -> list[PersonaGroup]:
    """Return groups with p-values adjusted for their number."""
    adjusted = holm([None if each.distance is None else each.distance.p for each in groups])
    return [
        each if each.distance is None else replace(each, distance=replace(each.distance, p_holm=p))
        for each, p in zip(groups, adjusted, strict=True)
    ]


def _notes(
    found: GroupedOutcome, attribute: str | None, levels: Levels, groups: Sequence[PersonaGroup]
) -> list[str]:
    """Say what must be known to read the groups."""
    notes = []
    if attribute is None:
        notes.append("the personas have no attributes to make groups of")
    elif attribute in found.untold:
        notes.append(
            f"no template names {attribute}, so that no model was told of it: groups by it differ "
            "by chance, or by what goes with it"
        )
    if levels.most_told is not None:
        notes.append(
            f"{attribute} has {levels.most_told:,} levels: those of most personas are shown, the "
            "others together"
        )
    if attribute in found.protected and len(groups) > 1:
        notes.append(
            "what is seen is the model's portrayal of such people: nobody is ranked by it, and a "
            f"group has a number only beside {FEWEST_HUMANS} humans of it"
        )
    sides = [group.humans for group in groups if group.humans is not None]
    if len(groups) > 1 and any(not side.of_group for side in sides):
        which = (
            "beside some groups" if any(side.of_group for side in sides) else "beside the groups"
        )
        why = (
            "the human data do not have the attribute"
            if levels.of_humans is None
            else f"the reference has fewer than {FEWEST_PERSONAS} of the group"
        )
        notes.append(f"{which}: all humans, as {why}")
    if any(group.distance is not None for group in groups):
        notes.append(
            "D²: squared distance from the humans beside the group, with its 95 % interval, not "
            "adjusted for the number of groups; a group differs where its p, by Holm for that "
            "number, lies below .05; floor: what 95 % of as many fresh humans would stay below; no "
            "interval with fewer than 30 people on a side"
        )
    return notes


def _distance(sample: Sample, humans: Reference, settings: Settings) -> Distance:
    """Return D² of a group from humans, as `compare` finds it."""
    compared = compare_samples([sample], humans, settings=settings)
    return compared.rows[0].distances[SQUARED]
