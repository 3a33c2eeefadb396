"""Conditional tables: which row of `given` a person is drawn by, and whether each has one."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from itertools import pairwise, product
from typing import cast

from simulate.errors import first_of, quote
from simulate.files.conditions import Between, fits
from simulate.files.ordering import in_order as ordered
from simulate.population.attribute import Attribute
from simulate.population.persona import Value

MOST_COMBINATIONS = 100_000
"""Of the values of the attributes that one is given."""
MOST_FITS = 1_000_000
"""Rows × values of the attributes that one is given."""


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
    parents = {name: each.parents for name, each in attributes.items()}
    return ordered(parents, "attributes.{}.given".format, "attributes are given")


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
                        f"{first_of([*map(str, known)])}"
                    )
    finder = RowFinder(name, attributes)
    tried = {parent: _tried(parent, attributes[parent], attribute) for parent in attribute.parents}
    if math.prod(map(len, tried.values())) > MOST_COMBINATIONS:
        raise ValueError(
            f"{field}: more than {MOST_COMBINATIONS:,} combinations of {', '.join(tried)}; put "
            "them into fewer values"
        )
    for values in product(*tried.values()):
        rows = finder.rows_of(values)
        if rows.bit_count() == 1:
            continue
        person = zip(tried, values, strict=True)
        said = ", ".join(f"{parent} {quote(str(value), 40)}" for parent, value in person)
        if not rows:
            raise ValueError(f"{field}: no row is for {said}; add one")
        first, second = [i for i in range(len(attribute.given)) if rows >> i & 1][:2]
        raise ValueError(
            f"{field}.{second}.when: {said} is met by given.{first}, too; each person needs one row"
        )


def _tried(parent: str, attribute: Attribute, child: Attribute) -> Sequence[Value]:
    """Return values of a parent, one at least of each sort that the rows tell apart."""
    if attribute.possible is not None:
        return attribute.possible
    cuts = _cuts(parent, child)
    between = [(low + high) / 2 for low, high in pairwise(cuts)]
    found = [cuts[0] - 1, *cuts, *between, cuts[-1] + 1] if cuts else [0.0]
    return [value for value in found if attribute.can_be(value)]


def _cuts(parent: str, child: Attribute) -> list[float]:
    """Return where the ranges of rows begin and end, increasing."""
    ranges = [row.when[parent] for row in child.given]
    ends = {end for r in ranges if isinstance(r, Between) for end in (r.lower, r.upper)}
    return sorted(end for end in ends if math.isfinite(end))


class RowFinder:
    """Finds the row of a conditional table that a person is drawn by.

    Which rows fit a value is a number with a bit for each row, kept for each value; of a continuous
    attribute for each cut of the ranges and each space between two. The row of a person is where
    those of all its values agree.
    """

    def __init__(self, name: str, attributes: Mapping[str, Attribute]) -> None:
        """Take all attributes, and the name of the one whose table it is.

        Raises:
            ValueError: the table is too large.
        """
        self._rows = attributes[name].given
        self._parents = attributes[name].parents
        counted = [len(attributes[parent].values or ()) for parent in self._parents]
        if sum(counted) * len(self._rows) > MOST_FITS:
            raise ValueError(
                f"attributes.{name}.given: {len(self._rows):,} rows over {sum(counted):,} values; "
                "put them into fewer"
            )
        self._cuts = [
            None if attributes[parent].values is not None else _cuts(parent, attributes[name])
            for parent in self._parents
        ]
        self._known: list[dict[object, int]] = [{} for _ in self._parents]

    def rows(self, columns: Mapping[str, Sequence[Value | None]]) -> list[int]:
        """Return the row of each person, from 0.

        Args:
            columns: the values of each attribute that was drawn, by person.
        """
        parents = (columns[name] for name in self._parents)
        return [self.rows_of(values).bit_length() - 1 for values in zip(*parents, strict=True)]

    def rows_of(self, values: Sequence[Value | None]) -> int:
        """Return the rows for somebody with these values of the parents, a bit for each."""
        found = -1
        for place, value in enumerate(values):
            found &= self._fitting(place, value)
        return found

    def _fitting(self, place: int, value: Value | None) -> int:
        cuts, known, key = self._cuts[place], self._known[place], cast("object", value)
        if cuts is not None and isinstance(value, int | float):
            at = bisect_left(cuts, value)
            key = (at, at < len(cuts) and cuts[at] == value)
        found = known.get(key)
        if found is None:
            parent = self._parents[place]
            fitting = (fits(value, row.when[parent]) << i for i, row in enumerate(self._rows))
            found = known[key] = sum(fitting)
        return found
