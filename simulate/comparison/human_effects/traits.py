"""A trait on both sides of a comparison: numbers on one scale, or levels with the same names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulate.comparison.human_effects.groups import Trait, same
from simulate.errors import StatisticsError, quote
from simulate.population import Value
from simulate.population.protected import FEWEST_HUMANS, Protects
from simulate.reference.levels import (
    FEW_NUMBERS,
    attribute_levels,
    is_number,
    level_order,
    ranges_of,
)
from simulate.reference.respondents import Respondents
from simulate.scenario.outcome_kind import LARGEST
from simulate.statistics.rows import Floats
from simulate.terminal.safe_text import counted

MOST_LEVELS = 12


@dataclass(frozen=True, eq=False)
class TraitSide:
    """The values of a trait of n rows of one side.

    Attributes:
        levels: (n,) index of the level; −1 where the value is missing.
        numbers: (n,) in standard deviations of the people, NaN where missing; None for words.
    """

    levels: NDArray[np.int64]
    numbers: Floats | None


@dataclass(frozen=True, eq=False)
class TraitValues:
    """The values of a trait on both sides.

    Attributes:
        name: of the trait.
        column: of the human data.
        levels: names of the ranges in order, or of the levels, that of most people first.
        simulated: of the simulated rows.
        human: of the human rows; None without a human counterpart.
        deviation: the standard deviation of a number among the people, or among the personas where
            no people are known; None for words.
        without: why there is no human counterpart; None where nothing is known of people.
        humans: how many people have each level.
        protected: whether people must not be ranked by it; see `population.protected`.
    """

    name: str
    column: str
    levels: tuple[str, ...]
    simulated: TraitSide
    human: TraitSide | None
    deviation: float | None
    without: str | None
    humans: tuple[int, ...]
    protected: bool

    def has_number(self, place: int) -> bool:
        """Tell whether a level may have a number: a protected one only beside humans of it."""
        return not self.protected or self.humans[place] >= FEWEST_HUMANS

    @property
    def rule(self) -> str | None:
        """What a protected attribute asks for; None of any other."""
        if not self.protected:
            return None
        few = [n for place, n in enumerate(self.levels) if not self.has_number(place)]
        without = (
            f"; no number for {', '.join(few)}: no {FEWEST_HUMANS} humans of that group in the "
            "reference"
        )
        return (
            f"{self.name} is a protected attribute: what is seen is the model's portrayal of it, "
            f"and nobody is ranked by it{without if few else ''}"
        )


def trait_values(
    trait: Trait, simulated: Respondents, human: Respondents | None, protects: Protects
) -> TraitValues:
    """Return the values of a trait on both sides.

    Numbers are cut into ranges, and scaled by the standard deviation, of the people.

    Raises:
        StatisticsError: the personas lack it or have it all alike, one side has numbers and the
            other words, or it has too many levels.
    """
    ours = simulated.columns.get(trait.name)
    if ours is None:
        have = ", ".join(simulated.columns) or "none"
        raise StatisticsError(
            f"--by {quote(trait.name)}: the personas have no such attribute; they have: {have}"
        )
    theirs = None if human is None else human.columns.get(trait.column)
    without = None
    if human is not None and theirs is None:
        have = ", ".join(human.columns) or "none"
        without = (
            f"the human data have no column {quote(trait.column)}; write --by "
            f"{trait.name}=COLUMN with one of: {have}"
        )
    sides = [[v for v in side if v is not None] for side in (ours, theirs or ())]
    deciding = sides[1] or sides[0]
    numeric = [all(map(is_number, side)) for side in sides if side]
    deviation = None
    if any(ranges_of(side) for side in sides):
        if not all(numeric):
            raise StatisticsError(
                f"--by {quote(trait.name)}: a number on one side and words on the other; give "
                "--by TRAIT=COLUMN a column that holds the same"
            )
        if not ranges_of(deciding):
            raise StatisticsError(
                f"--by {quote(trait.name)}: the people have {counted(len(set(deciding)), 'value')} "
                f"of it, and ranges of a number need more than {FEW_NUMBERS}"
            )
        if unusable := [v for side in sides for v in side if not abs(float(v)) <= LARGEST]:
            raise StatisticsError(
                f"--by {quote(trait.name)}: {quote(str(unusable[0]), 40)} is too large to compute "
                "with; correct it, or declare it with --missing"
            )
        deviation = float(np.std(np.array([float(v) for v in deciding]), ddof=1))
        if not deviation > 0:
            raise StatisticsError(f"--by {quote(trait.name)}: all have nearly the same value of it")
    texts = [attribute_levels(side, deciding) for side in (ours, theirs or ())]
    names, places = _numbered(texts, 1 if sides[1] else 0, in_order=deviation is not None)
    if len(names) > MOST_LEVELS:
        raise StatisticsError(
            f"--by {quote(trait.name)}: {len(names)} different words, more than {MOST_LEVELS}; "
            "give an attribute with fewer levels"
        )
    if len(names) < 2:
        raise StatisticsError(f"--by {quote(trait.name)}: all have the same value of it")
    simulated_side = TraitSide(places[0], _scaled(ours, deviation))
    human_side = None if theirs is None else TraitSide(places[1], _scaled(theirs, deviation))
    humans = [0] * len(names)
    if human is not None and human_side is not None:
        pairs = set(zip(human.rows.clusters.tolist(), human_side.levels.tolist(), strict=True))
        humans = [sum(level == place for _, level in pairs) for place in range(len(names))]
    return TraitValues(
        trait.name,
        trait.column,
        names,
        simulated_side,
        human_side,
        deviation,
        without,
        tuple(humans),
        protects(trait.name) or protects(trait.column),
    )


def _scaled(values: Sequence[Value | None], deviation: float | None) -> Floats | None:
    if deviation is None:
        return None
    return np.array([np.nan if v is None else float(v) / deviation for v in values])


def _numbered(
    sides: Sequence[Sequence[str | None]], deciding: int, *, in_order: bool
) -> tuple[tuple[str, ...], list[NDArray[np.int64]]]:
    """Return the levels, and each row's number.

    The most frequent level of the deciding side is the first one, unless they are ranges in order.
    """
    spelled: dict[str, str] = {}
    for side in (sides[deciding], *sides):
        for text in side:
            if text is not None:
                spelled.setdefault(text.casefold(), text)
    keys = [same(text) for text in sides[deciding]]
    order = sorted(spelled, key=lambda key: level_order(spelled[key]))
    if order and not in_order:
        base = max(order, key=keys.count)
        order = [base, *(key for key in order if key != base)]
    number = {key: i for i, key in enumerate(order)}
    places = [
        np.array([-1 if t is None else number[t.casefold()] for t in side], dtype=np.int64)
        for side in sides
    ]
    return tuple(spelled[key] for key in order), places
