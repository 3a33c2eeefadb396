"""Who is meant by a condition on attributes, and the shares that groups of people have."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated

from pydantic import BeforeValidator, Field

from simulate.errors import quote
from simulate.files.conditions import Condition, condition_words, fits
from simulate.files.strict import Strict
from simulate.limits import MOST_VALUES
from simulate.population.persona import Value

Share = Annotated[float, Field(ge=0, le=1e15, allow_inf_nan=False)]


class GroupShare(Strict):
    """A group by its values of one attribute, and its share."""

    when: Condition
    """One value, some, or numbers: `{at_least: 30, below: 50}`."""
    share: Share
    """How many they are; the shares of all groups need not sum to anything."""


class Subgroup(Strict):
    """People by their values of some attributes."""

    when: Annotated[dict[str, Condition], Field(min_length=1)]
    """Attribute to its values: one, some, or numbers: `{at_least: 30, below: 50}`."""

    def holds(self, attributes: Mapping[str, Value | None]) -> bool:
        """Tell whether a person is one of them."""
        return all(fits(attributes.get(name), each) for name, each in self.when.items())

    @property
    def label(self) -> str:
        """Who they are, in words."""
        return ", ".join(f"{name} {condition_words(each)}" for name, each in self.when.items())


class StratumShare(Subgroup):
    """A stratum, and its share."""

    share: Annotated[Share, Field(gt=0)]
    """How many they are; the shares of all strata need not sum to anything."""


def _groups(given: object) -> object:
    """Take a mapping of values to shares for the groups of one value each."""
    if not isinstance(given, Mapping):
        return given
    return [{"when": value, "share": share} for value, share in given.items()]


Shares = Annotated[
    list[GroupShare],
    Field(min_length=1, max_length=MOST_VALUES),
    BeforeValidator(_groups, json_schema_input_type=dict[Value, Share] | list[GroupShare]),
]
"""The shares of an attribute's values: `{f: 51, m: 49}`, or a list of groups."""


def group_of(value: Value | None, groups: Shares) -> int | None:
    """Return the group of a value, from 0; None where it is of none.

    Raises:
        ValueError: it is of two.
    """
    found = [i for i, group in enumerate(groups) if fits(value, group.when)]
    if len(found) > 1:
        one, other = (condition_words(groups[i].when) for i in found[:2])
        raise ValueError(f"{quote(str(value), 40)} is of the groups “{one}” and “{other}”, too")
    return found[0] if found else None


def portions(shares: list[float]) -> list[float]:
    """Return shares that sum to 1.

    Raises:
        ValueError: all are 0.
    """
    total = math.fsum(shares)
    if not total > 0:
        raise ValueError("the shares must not all be zero")
    return [share / total for share in shares]
