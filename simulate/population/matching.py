"""How a further speaker's persona is matched with another person of the dialogue."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from simulate.errors import PopulationError, first_of, quote
from simulate.files.conditions import number_in
from simulate.files.strict import Strict
from simulate.population.persona import Value
from simulate.population.population import Population

MOST_CROSSED = 1000
"""Combinations of levels through which the personas of a speaker run."""


class MatchRule(Strict):
    """What one attribute of a persona has to do with that of another."""

    rule: Literal["same", "different", "crossed"] = "same"
    """`same` or `different`: from the other person's; `crossed`: over the dialogues of a run, each
    level of the other person meets each level of this one equally often."""
    within: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    """Of a number: up to which difference two are the same."""


Match = dict[
    str,
    Annotated[
        MatchRule,
        BeforeValidator(
            lambda value: {"rule": value} if isinstance(value, str) else value,
            json_schema_input_type=MatchRule | Literal["same", "different", "crossed"],
        ),
    ],
]
"""Attribute to rule."""


def values_of(population: Population, name: str) -> tuple[Value, ...]:
    """Return the values that people of a population have of an attribute.

    Those of a table come in an order that does not depend on the order of its rows.
    """
    if not population.personas:
        return population.attributes[name].possible or ()
    found = {row.attributes.get(name) for row in population.rows}
    return tuple(sorted((v for v in found if v is not None), key=lambda v: (str(v), repr(v))))


def _is_number(population: Population, name: str) -> bool:
    if not population.personas:
        return population.attributes[name].kind not in ("category", "ordinal")
    values = [v for v in values_of(population, name) if v != ""]
    return bool(values) and all(number_in(value) is not None for value in values)


def check_match(match: Mapping[str, MatchRule], own: Population, other: Population) -> None:
    """Refuse rules that say nothing of two populations.

    Args:
        match: attribute to rule.
        own: of the speaker whose persona is matched.
        other: of whom it is matched with.

    Raises:
        PopulationError: the message begins with the attribute.
    """
    for name, rule in match.items():
        for people in (own, other):
            known = people.names
            if name not in known:
                raise PopulationError(
                    f"{name}: population {people.population} has no attribute {quote(name, 40)}; "
                    f"it has: {first_of(known) or 'none'}"
                )
        numbers = _is_number(own, name) and _is_number(other, name)
        if rule.rule == "crossed":
            if rule.within is not None:
                raise PopulationError(f"{name}: within is for same and different, not for crossed")
            if not values_of(own, name):
                raise PopulationError(
                    f"{name}: has no levels that could be crossed; take same or different, within"
                )
        elif numbers and rule.within is None:
            raise PopulationError(
                f"{name}: is a number: say up to which difference two are the same, such as "
                f"{{rule: {rule.rule}, within: 5}}; within: 0 for exactly"
            )
        elif not numbers and rule.within is not None:
            raise PopulationError(f"{name}: is no number, and within is for numbers; leave it out")
    crossed = [len(values_of(own, n)) for n, rule in match.items() if rule.rule == "crossed"]
    if math.prod(crossed) > MOST_CROSSED:
        raise PopulationError(
            f"{next(n for n, rule in match.items() if rule.rule == 'crossed')}: "
            f"{' × '.join(map(str, crossed))} levels are crossed, at most {MOST_CROSSED:,}"
        )
