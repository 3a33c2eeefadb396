"""Whether those with human values stand for the people of a run, and weights where they do not.

What simulations of others tell of the humans holds only if the others are of the same population:
those with a human value are a random part of the people of the run, or the others are weighted so
that they are like them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulate.errors import StatisticsError, first_of, quote
from simulate.population import Value
from simulate.randomness import generator
from simulate.reference.levels import attribute_levels, level_order
from simulate.statistics.clusters import effective_size
from simulate.statistics.covariate_balance import balance_p_values
from simulate.statistics.intervals import LARGEST_SHARE
from simulate.statistics.prediction_powered import FEWEST_HUMANS
from simulate.statistics.raking import MET, rake
from simulate.statistics.rows import Floats
from simulate.terminal.numbers import p_text

DIFFERENT = 0.01
"""Below such an adjusted p-value those with human values are no random part of the others."""
MOST_LEVELS = 30
"""An attribute with more levels, such as a name, is not looked at."""
MISSING = "missing"

Attributes = Mapping[str, Value | None]


class Balance(NamedTuple):
    """How far an attribute is from what a random part of the people would have.

    Attributes:
        attribute: its name.
        p: that a random part differs as much in some attribute, adjusted for their number.
    """

    attribute: str
    p: float


@dataclass(frozen=True, eq=False)
class Weighting:
    """How the others are weighted; all alike without `raked`.

    Attributes:
        raked: the attributes whose margins they are given.
        weights: (N,) sum 1; None without.
        margins: (n, K) and (N, K) the levels of these attributes as numbers; None without.
        alone: how many of the others nobody with a human value is like, so that they weigh 0.
    """

    raked: tuple[str, ...] = ()
    weights: Floats | None = None
    margins: tuple[Floats, Floats] | None = field(default=None, repr=False)
    alone: int = 0


def refuse_without_people(population: Mapping[str, Any] | None, raked: Sequence[str]) -> None:
    """Refuse a run of whose personas nobody can have human values, or who are not alike likely.

    Raises:
        StatisticsError: its personas are no people of a table, or were drawn by their weights and
            nothing is raked.
    """
    rows = (population or {}).get("personas")
    if not population or not rows:
        raise StatisticsError(
            "the personas of this run were drawn from distributions and are nobody who could have "
            "answered: simulate the humans and others of one table of people (--population TABLE)"
        )
    uneven = len({row.get("weight", 1) for row in rows}) > 1 or population.get("margins")
    if uneven and not raked:
        raise StatisticsError(
            "the people of this run were drawn by their weights, so that the others are not like "
            "those with human values: name what to weigh them by with --rake ATTRIBUTE,…"
        )


def refuse_lacking(ours: Sequence[Attributes], theirs: Sequence[Attributes]) -> None:
    """Refuse people of whom something is known on one side only, which a persona is made of.

    Args:
        ours: attributes of those with human values.
        theirs: those of the others.

    Raises:
        StatisticsError: an attribute is missing in one of the first and known of all others, or
            known of one and missing in all others.
    """
    names = dict.fromkeys(name for person in (*ours, *theirs) for name in person)
    lacking, only = [], []
    for name in names:
        without = sum(person.get(name) is None for person in ours)
        others_without = sum(person.get(name) is None for person in theirs)
        if without and not others_without:
            lacking.append(f"{name} ({without:,} of {len(ours):,})")
        elif others_without == len(theirs) and without < len(ours):
            only.append(name)
    if lacking:
        raise StatisticsError(
            f"humans lack attributes that the personas of all others have: {first_of(lacking)}; "
            "fill these columns of the people, or leave those humans out"
        )
    if only:
        raise StatisticsError(
            f"attributes are known of humans and of none of the others: {first_of(only)}; a "
            "persona must not be made of them: leave these columns out and simulate anew"
        )


def balance(
    ours: Sequence[Attributes], theirs: Sequence[Attributes], seed: int
) -> tuple[Balance, ...]:
    """Return how far those with human values are from a random part of all, by attribute.

    Attributes with more than 30 levels, or one, are left out; numbers are put into thirds.
    """
    people = [*ours, *theirs]
    chosen = np.arange(len(people)) < len(ours)
    found = {name: _numbers(people, name)[0] for name in _names(people)}
    looked_at = {name: each for name, each in found.items() if 0 < each.shape[1] < MOST_LEVELS}
    rng = generator(seed, "ppi/balance")
    p_values = balance_p_values(list(looked_at.values()), chosen, rng)
    return tuple(Balance(name, p) for name, p in zip(looked_at, p_values, strict=True))


def refuse_different(found: Sequence[Balance], raked: Sequence[str]) -> None:
    """Refuse humans who are no random part of the people of the run.

    Raises:
        StatisticsError: they differ in an attribute that is not raked.
    """
    differing = [each for each in found if each.p < DIFFERENT and each.attribute not in raked]
    if not differing:
        return
    said = ", ".join(f"{each.attribute} ({p_text(each.p)})" for each in differing)
    names = ",".join([*raked, *(each.attribute for each in differing)])
    raise StatisticsError(
        f"those with human values are no random part of the people of this run: they differ in "
        f"{said}; weigh the others to them with --rake {names}"
    )


def weighting(
    ours: Sequence[Attributes], theirs: Sequence[Attributes], raked: Sequence[str]
) -> Weighting:
    """Return weights of the others with which they have the margins of those with human values.

    Raises:
        StatisticsError: there is no such attribute, a level of theirs is that of none of the
            others, the margins cannot be met together, or too few of the others carry the weight.
    """
    if not raked:
        return Weighting()
    people = [*ours, *theirs]
    known, n = _names(people), len(ours)
    groups, shares, numbers = [], [], []
    for name in raked:
        if name not in known:
            raise StatisticsError(
                f"--rake {quote(name, 40)}: the personas have no such attribute; they have: "
                f"{first_of(list(known))}"
            )
        columns, levels, place = _numbers(people, name)
        wanted = np.bincount(place[:n], minlength=len(levels)) / n
        there = np.bincount(place[n:], minlength=len(levels))
        if (empty := np.flatnonzero((wanted > 0) & (there == 0))).size:
            raise StatisticsError(
                f"--rake {name}: some humans are {quote(levels[empty[0]], 40)}, and none of the "
                "others is, so that nothing tells of them; leave those humans out, or simulate "
                "others who are"
            )
        groups.append(place[n:])
        shares.append(wanted)
        numbers.append(columns)
    begun = np.ones(len(theirs))
    alone = np.any([share[group] == 0 for group, share in zip(groups, shares, strict=True)], axis=0)
    found = rake(begun, groups, shares)
    weights = found.weights / found.weights.sum()
    said = f"--rake {','.join(raked)}"
    if found.missed > MET * 10:
        raise StatisticsError(
            f"{said}: no weights of the others have all these margins of the humans (a share "
            f"misses by {found.missed:.2g}); name fewer attributes"
        )
    size = effective_size(weights)
    if size < FEWEST_HUMANS or weights.max() > LARGEST_SHARE:
        raise StatisticsError(
            f"{said}: {len(theirs):,} others count as {size:.1f} after weighting, the heaviest "
            f"with {weights.max():.0%} of the weight; at least {FEWEST_HUMANS} are needed and at "
            f"most {LARGEST_SHARE:.0%}: name fewer attributes, or simulate more people"
        )
    design = np.concatenate(numbers, axis=1)
    return Weighting(tuple(raked), weights, (design[:n], design[n:]), int(alone.sum()))


def _names(people: Sequence[Attributes]) -> dict[str, None]:
    return dict.fromkeys(name for person in people for name in person)


def _numbers(
    people: Sequence[Attributes], name: str
) -> tuple[Floats, list[str], NDArray[np.int64]]:
    """Return (M, L − 1) indicators of an attribute's levels but the first, the L levels, and (M,)
    which of them each person has; a missing value is a level.
    """
    values = [person.get(name) for person in people]
    known = [value for value in values if value is not None]
    texts = [MISSING if t is None else t for t in attribute_levels(values, known)]
    levels = sorted(set(texts), key=level_order)
    number = {level: i for i, level in enumerate(levels)}
    place = np.array([number[text] for text in texts], dtype=np.int64)
    columns = (place[:, None] == np.arange(1, len(levels))).astype(np.float64)
    return columns, levels, place
