"""The groups that an attribute makes: its levels, on both sides, and how a filter names them.

Levels are those of `reference.levels`: words as they are, numbers in thirds of the personas, as in
`summary` and `compare --by`; or the strata that the scenario declares of the attribute. Of more
than 24, those of most personas are groups, and the others together are the last one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulate.comparison.humans_of_groups import human_column, human_levels
from simulate.files.conditions import Condition, fits
from simulate.population import Value
from simulate.reference.levels import attribute_levels, level_order, ranges_of
from simulate.reference.respondents import Respondents
from simulate.scenario.outcome_kind import as_word

if TYPE_CHECKING:
    from simulate.scenario import Scenario

MOST_GROUPS = 24
OTHERS = "{:,} other levels"
UNKNOWN = "not known"
_NAMEABLE = re.compile(r"[A-Za-z][\w.-]*")


@dataclass(frozen=True)
class Levels:
    """The groups of an attribute.

    Attributes:
        names: in the order of the levels, never of their outcomes.
        of_personas: (G,) the place of each persona's group.
        of_humans: (n,) likewise of each human row, −1 for none; None where the human data lack it.
        filters: a condition of the filter language for each; None where there is none.
        most_told: how many levels there are, where some are put together; else None.
    """

    names: tuple[str, ...]
    of_personas: tuple[int, ...]
    of_humans: tuple[int, ...] | None
    filters: tuple[str | None, ...]
    most_told: int | None = None


def levels_of(
    scenario: Scenario,
    attribute: str,
    values: Sequence[Value | None],
    humans: Respondents | None,
) -> Levels:
    """Return the groups that an attribute makes.

    Args:
        scenario: whose strata may declare them.
        attribute: its name.
        values: (G,) of each persona.
        humans: the people of the reference, where they are known.
    """
    strata = scenario.design.strata.get(attribute)
    known = [value for value in values if value is not None]
    theirs: Sequence[str | None] | None
    if strata is not None:
        texts = [_stratum(value, strata) for value in values]
        column = human_column(humans, attribute)
        theirs = None if column is None else [_stratum(value, strata) for value in column]
        names = [name for name in strata if name in texts]
    else:
        texts = attribute_levels(values, known)
        theirs = human_levels(humans, attribute, known)
        names = sorted({text for text in texts if text is not None}, key=level_order)
    total = len(names)
    if total > MOST_GROUPS:
        often = Counter(texts)
        kept = sorted(names, key=lambda name: -often[name])[: MOST_GROUPS - 1]
        names = [name for name in names if name in kept]
    place = {name.casefold(): i for i, name in enumerate(names)}
    filters = [_filter(attribute, name, known, declared=strata is not None) for name in names]
    last = len(names)
    others = any(t is not None and t.casefold() not in place for t in texts)
    unknown = None in texts
    if others:
        names.append(OTHERS.format(total - last))
        filters.append(None)
    if unknown:
        names.append(UNKNOWN)
        filters.append(None)
    rest = last if others else -1

    def placed(text: str | None, missing: int) -> int:
        return missing if text is None else place.get(text.casefold(), rest)

    return Levels(
        tuple(names),
        tuple(placed(text, len(names) - 1) for text in texts),
        None if theirs is None else tuple(placed(text, -1) for text in theirs),
        tuple(filters),
        total if others else None,
    )


def _stratum(value: Value | None, strata: Mapping[str, Condition]) -> str | None:
    if value is None:
        return None
    return next((name for name, rule in strata.items() if fits(value, rule)), None)


def _filter(attribute: str, level: str, known: Sequence[Value], *, declared: bool) -> str | None:
    """Return the condition that finds the dialogues of a level; None where none can be written."""
    if not _NAMEABLE.fullmatch(attribute):
        return None
    if declared:
        return f"cell.{attribute}:{quoted(level)}"
    if ranges_of(known):
        return f"persona.{attribute}:{level.replace(' to ', '..')}"
    value = next(each for each in known if as_word(each) == level)
    if isinstance(value, str):
        return f"persona.{attribute}:{quoted(value)}"
    return f"persona.{attribute}:{float(value):g}"


def quoted(text: str) -> str:
    """Return a text as a filter quotes it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
