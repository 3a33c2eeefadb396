"""One attribute of a person: its kind, its marginal, or its tables given other attributes."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Annotated

from pydantic import Field, model_validator

from simulate.files.strict import Strict
from simulate.limits import MOST_VALUES
from simulate.population.marginal import Continuous, Discrete, Distribution, Kind, Marginal, counted
from simulate.population.persona import Value
from simulate.population.shares import Share, Subgroup

Counts = Annotated[dict[Value, Share], Field(max_length=MOST_VALUES)]
MOST_ROWS = 10_000


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _marginal(kind: Kind, counts: Counts, distribution: Distribution | None) -> Marginal:
    """Return what counts or a distribution say.

    Raises:
        ValueError: they break a rule; the message begins with the field.
    """
    if distribution is not None:
        try:
            return distribution.marginal(kind)
        except ValueError as error:
            raise ValueError(f"distribution.{error}") from None
    if not sum(counts.values()) > 0:
        raise ValueError("counts must not all be zero")
    if kind in ("integer", "number"):
        values = list(counts)
        if not all(map(_is_number, values)):
            raise ValueError(f"the values of counts of kind {kind} must be numbers")
        if values != sorted(values, key=float):
            raise ValueError("the values of counts must stand in increasing order")
    return counted(counts)


class GivenRow(Subgroup):
    """What an attribute is, for people with certain values of others."""

    counts: Counts = {}
    """How often each value occurs among them."""
    distribution: Distribution | None = None
    """A distribution of scipy.stats, instead of counts."""


class Attribute(Strict):
    """One attribute of a person with its distribution: `counts`, `distribution` or `given`."""

    kind: Kind
    """`category` has no order; the others are drawn along theirs and may be correlated."""
    counts: Annotated[Counts, Field(exclude_if=lambda v: not v)] = {}
    """How often each value occurs, in the order of the values; need not sum to anything."""
    distribution: Distribution | None = None
    """A distribution of scipy.stats, instead of counts."""
    given: Annotated[list[GivenRow], Field(max_length=MOST_ROWS)] = []
    """A conditional table, instead of counts: a row for each combination of other attributes."""
    unit: str | None = None
    """The unit of a number, such as `years`."""
    words: dict[Value, str] = {}
    """What to say of a value in prose. For numbers: what to say up to and including that value."""
    protected: Annotated[bool, Field(exclude_if=lambda v: not v)] = False
    """Whether people must not be ranked by it: a group has a number only beside 30 humans of that
    group. Sex, age, religion and the like are, by their names, without saying so."""

    @model_validator(mode="after")
    def _check(self) -> Attribute:
        ways = [name for name in ("counts", "distribution", "given") if getattr(self, name)]
        if len(ways) != 1:
            raise ValueError(f"give counts, distribution or given, got {', '.join(ways) or 'none'}")
        if self.given:
            self._check_rows()
        values = self.values
        if self.kind in ("integer", "number"):
            if not all(map(_is_number, self.words)):
                raise ValueError(f"the values of words of kind {self.kind} must be numbers")
        elif self.words and set(self.words) != set(values or ()):
            raise ValueError(f"words must name each value of {ways[0]} once")
        return self

    def _check_rows(self) -> None:
        parents = set(self.given[0].when)
        for number, row in enumerate(self.given):
            where = f"given.{number}"
            if bool(row.counts) == (row.distribution is not None):
                raise ValueError(f"{where}: give counts or distribution")
            if set(row.when) != parents:
                raise ValueError(
                    f"{where}.when: each row must name the same attributes, "
                    f"{', '.join(self.given[0].when)}; got {', '.join(row.when)}"
                )
        if self.kind == "ordinal" and self.values:
            places = {value: i for i, value in enumerate(self.values)}
            for number, marginal in enumerate(self.marginals):
                assert isinstance(marginal, Discrete)  # noqa: S101  # ordinals are
                found = [places[value] for value in marginal.values]
                if found != sorted(found):
                    raise ValueError(
                        f"given.{number}: the levels must stand in the same order in each row: "
                        f"{', '.join(map(str, self.values))}"
                    )

    @cached_property
    def marginals(self) -> tuple[Marginal, ...]:
        """The one marginal, or that of each row of `given`.

        Raises:
            ValueError: there is none; the message begins with the field.
        """
        if not self.given:
            return (_marginal(self.kind, self.counts, self.distribution),)
        found = []
        for number, row in enumerate(self.given):
            try:
                found.append(_marginal(self.kind, row.counts, row.distribution))
            except ValueError as error:
                raise ValueError(f"given.{number}.{error}") from None
        return tuple(found)

    @cached_property
    def values(self) -> tuple[Value, ...] | None:
        """The values that can be counted, in their order; None of a continuous attribute."""
        found: dict[Value, None] = {}
        for marginal in self.marginals:
            if not isinstance(marginal, Discrete):
                return None
            found |= dict.fromkeys(marginal.values)
        numeric = self.kind in ("integer", "number")
        return tuple(sorted(found, key=float) if numeric else found)

    @cached_property
    def possible(self) -> tuple[Value, ...] | None:
        """Those of the values that somebody can have; None of a continuous attribute."""
        if self.values is None:
            return None
        found = {
            value
            for each in self.marginals
            if isinstance(each, Discrete)
            for value, count in zip(each.values, each.counts, strict=True)
            if count > 0
        }
        return tuple(value for value in self.values if value in found)

    def can_be(self, value: float) -> bool:
        """Tell whether a number lies within the bounds of a continuous attribute."""
        ends = [m.ends for m in self.marginals if isinstance(m, Continuous)]
        return any(low <= value <= high for low, high in ends)

    @property
    def parents(self) -> tuple[str, ...]:
        """The attributes that it is given."""
        return tuple(self.given[0].when) if self.given else ()

    def in_words(self, value: Value) -> str:
        """Return what to say of a value."""
        if not self.words:
            return str(value)
        if self.kind in ("category", "ordinal"):
            return self.words[value]
        for limit, words in self.words.items():
            if float(value) <= float(limit):
                return words
        return list(self.words.values())[-1]
