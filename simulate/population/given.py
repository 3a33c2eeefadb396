"""Conditional tables: which row of `given` a person is drawn by, and whether each has one."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise, product

from simulate.errors import quote
from simulate.files.conditions import Between, fits
from simulate.population.attribute import Attribute, GivenRow
from simulate.population.persona import Value

MOST_COMBINATIONS = 100_000
"""Of the values of the attributes that one is given."""


def in_order(attributes: Mapping[str, Attribute]) -> list[str]:
    """Return attributes such that each comes after those that it is given.

    Raises:
        ValueError: one is given what there is not, or they are given each other in a circle.
    """
    for name, attribute in attributes.items():
        for parent in attribute.parents:
            if parent not in attributes or parent == name:
                wrong = "the attribute itself" if parent == name else "no attribute"
                raise ValueError(
                    f"attributes.{name}.given.0.when: {quote(parent, 40)} is {wrong}; there are: "
                    f"{', '.join(n for n in attributes if n != name) or 'none'}"
                )
    try:
        order = TopologicalSorter({n: a.parents for n, a in attributes.items()}).static_order()
        return list(order)
    except CycleError as error:
        circle = error.args[1][::-1]
        raise ValueError(
            f"attributes.{circle[0]}.given: attributes are given each other in a circle: "
            f"{' → '.join(circle)}"
        ) from None


def check_rows(name: str, attributes: Mapping[str, Attribute]) -> None:
    """Check that each combination of what an attribute is given has one row, and each row some.

    Raises:
        ValueError: one has none or two, or a row is for nobody; the message begins with the field.
    """
    attribute = attributes[name]
    field = f"attributes.{name}.given"
    for number, row in enumerate(attribute.given):
        for parent, condition in row.when.items():
            known = attributes[parent].possible
            if known is None:
                if not isinstance(condition, Between):
                    raise ValueError(
                        f"{field}.{number}.when.{parent}: {parent} is continuous: give a range, "
                        "such as {at_least: 30, below: 50}"
                    )
                continue
            each = [condition] if isinstance(condition, Between) else [[v] for v in condition]
            for part in each:
                if not any(fits(value, part) for value in known):
                    raise ValueError(
                        f"{field}.{number}.when.{parent}: nobody is so; {parent} has the values "
                        f"{_some(known)}"
                    )
    tried = {parent: _tried(parent, attributes[parent], attribute) for parent in attribute.parents}
    if math.prod(map(len, tried.values())) > MOST_COMBINATIONS:
        raise ValueError(
            f"{field}: more than {MOST_COMBINATIONS:,} combinations of {', '.join(tried)}; put "
            "them into fewer values"
        )
    for values in product(*tried.values()):
        person = dict(zip(tried, values, strict=True))
        rows = [i for i, row in enumerate(attribute.given) if _holds(row, person)]
        said = ", ".join(f"{parent} {quote(str(value), 40)}" for parent, value in person.items())
        if not rows:
            raise ValueError(f"{field}: no row is for {said}; add one")
        if len(rows) > 1:
            raise ValueError(
                f"{field}.{rows[1]}.when: {said} is met by given.{rows[0]}, too; each person needs "
                "one row"
            )


def _tried(parent: str, attribute: Attribute, child: Attribute) -> Sequence[Value]:
    """Return values of a parent, one at least of each sort that the rows tell apart."""
    if attribute.possible is not None:
        return attribute.possible
    ranges = [row.when[parent] for row in child.given]
    ends = {end for r in ranges if isinstance(r, Between) for end in (r.lower, r.upper)}
    cuts = sorted(end for end in ends if math.isfinite(end))
    between = [(low + high) / 2 for low, high in pairwise(cuts)]
    found = [cuts[0] - 1, *cuts, *between, cuts[-1] + 1] if cuts else [0.0]
    return [value for value in found if attribute.can_be(value)]


def _some(values: Iterable[Value]) -> str:
    listed = [str(value) for value in values]
    return ", ".join(listed[:8]) + (f" and {len(listed) - 8:,} more" if len(listed) > 8 else "")


def _holds(row: GivenRow, person: Mapping[str, Value | None]) -> bool:
    return all(fits(person[name], condition) for name, condition in row.when.items())


class RowFinder:
    """Finds the row of a conditional table that a person is drawn by."""

    def __init__(self, attribute: Attribute) -> None:
        self._rows = attribute.given
        self._parents = attribute.parents
        self._known: dict[tuple[Value | None, ...], int] = {}

    def rows(self, columns: Mapping[str, Sequence[Value | None]]) -> list[int]:
        """Return the row of each person, from 0.

        Args:
            columns: the values of each attribute that was drawn, by person.
        """
        return [
            self._row(values) for values in zip(*(columns[n] for n in self._parents), strict=True)
        ]

    def _row(self, values: tuple[Value | None, ...]) -> int:
        found = self._known.get(values)
        if found is None:
            person = dict(zip(self._parents, values, strict=True))
            found = next(i for i, row in enumerate(self._rows) if _holds(row, person))
            if len(self._known) < MOST_COMBINATIONS:
                self._known[values] = found
        return found
