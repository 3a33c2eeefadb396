"""Target margins of a table of people: its weights are raked to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from simulate.errors import PopulationError, quote
from simulate.files.conditions import condition_words
from simulate.population.shares import Shares, group_of, portions
from simulate.population.table_row import TableRow
from simulate.statistics.raking import Raked, rake

MISSED = 1e-6
"""By how much of all people a share may miss its target; more, and the margins contradict."""


def groups_of(
    name: str, groups: Shares, rows: Sequence[TableRow], place: Callable[[TableRow], str]
) -> list[int]:
    """Return the group of a margin in which each person of a table is, from 0.

    Raises:
        PopulationError: somebody is in none, or in two.
    """
    found: list[int] = []
    known: dict[tuple[type, object], int | None] = {}
    for row in rows:
        value = row.attributes.get(name)
        key = (type(value), value)
        try:
            if key not in known:
                known[key] = group_of(value, groups)
            group = known[key]
        except ValueError as error:
            raise PopulationError(f"margins.{name}: {error}; of {place(row)}") from None
        if group is None:
            said = "no value" if value is None else quote(str(value), 40)
            raise PopulationError(
                f"margins.{name}: {place(row)} has {said}, which is in no group; give it a share, "
                "0 for nobody"
            )
        found.append(group)
    return found


def raked(
    rows: Sequence[TableRow], margins: Mapping[str, Shares], place: Callable[[TableRow], str]
) -> Raked:
    """Return the weights of people, raked to margins.

    Args:
        rows: the people.
        margins: attribute to the shares of its values or groups.
        place: says which person a row is, for messages.

    Raises:
        PopulationError: a group has a share and nobody in it, somebody is in none, or the margins
            cannot be met together.
    """
    groups, shares = [], []
    for name, each in margins.items():
        found = np.array(groups_of(name, each, rows, place))
        try:
            share = np.array(portions([group.share for group in each]))
        except ValueError as error:
            raise PopulationError(f"margins.{name}: {error}") from None
        sizes = np.bincount(found, minlength=len(each))
        if (empty := np.flatnonzero((share > 0) & (sizes == 0))).size:
            said = condition_words(each[int(empty[0])].when)
            raise PopulationError(
                f"margins.{name}: nobody of {len(rows):,} people is {quote(said, 60)}, which has a "
                "share; put it together with another group, or give it none"
            )
        groups.append(found)
        shares.append(share)
    result = rake(np.array([row.weight for row in rows]), groups, shares)
    if result.missed > MISSED:
        raise PopulationError(
            f"margins: no weights of these people meet {' and '.join(margins)} together: the "
            f"nearest that raking came to misses a share by {result.missed:.3f}. Some combinations "
            "have nobody in them; put groups together, or leave a margin out"
        )
    return result
