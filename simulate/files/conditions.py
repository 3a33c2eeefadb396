"""Conditions on a value, as files write them: one value, some, or the numbers between two."""

from __future__ import annotations

import math
from typing import Annotated, Any

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from simulate.files.strict import Strict


class Between(Strict):
    """Numbers that lie above one number, below another one, or both."""

    above: float | None = None
    """They are greater than this."""
    below: float | None = None
    """They are less than this."""
    # Left out of dumps where they are not given, so that files begun before keep their identity.
    at_least: Annotated[float | None, Field(exclude_if=lambda v: v is None)] = None
    """They are this, or greater."""
    at_most: Annotated[float | None, Field(exclude_if=lambda v: v is None)] = None
    """They are this, or less."""

    @model_validator(mode="after")
    def _check(self) -> Between:
        given = [name for name, value in self if value is not None]
        if not given:
            raise ValueError("give above, below, or both (or at_least, at_most)")
        if {"above", "at_least"} <= set(given) or {"below", "at_most"} <= set(given):
            raise ValueError("give one of above and at_least, and one of below and at_most")
        if not self.meets(self):
            raise ValueError(f"no number lies there: {condition_words(self)}")
        return self

    def holds(self, number: float) -> bool:
        """Tell whether a number is one of them."""
        return (
            (self.above is None or number > self.above)
            and (self.at_least is None or number >= self.at_least)
            and (self.below is None or number < self.below)
            and (self.at_most is None or number <= self.at_most)
        )

    def meets(self, other: Between) -> bool:
        """Tell whether a number can be one of these and of the other ones."""
        lower, upper = max(self.lower, other.lower), min(self.upper, other.upper)
        return lower < upper or (lower == upper and self.holds(lower) and other.holds(lower))

    @property
    def lower(self) -> float:
        """Where they begin; −∞ where nothing says so."""
        return max((n for n in (self.above, self.at_least) if n is not None), default=-math.inf)

    @property
    def upper(self) -> float:
        """Where they end; ∞ where nothing says so."""
        return min((n for n in (self.below, self.at_most) if n is not None), default=math.inf)


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str | int | float) else value


Scalar = bool | int | float | str
OneOf = Annotated[
    list[Scalar],
    Field(min_length=1),
    BeforeValidator(_listed, json_schema_input_type=Scalar | list[Scalar]),
]
Condition = Annotated[
    Annotated[Between, Tag("between")] | Annotated[OneOf, Tag("one-of")],
    Discriminator(lambda given: "between" if isinstance(given, dict | Between) else "one-of"),
]
"""The values that are meant: one, some, or the numbers between two."""


def number_in(value: Scalar | None) -> float | None:
    """Return the number that a value is, or that is written in it; None where it is none."""
    if value is None or isinstance(value, bool):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def fits(value: Scalar | None, condition: Condition) -> bool:
    """Tell whether a value is as a condition says.

    Texts are compared whatever their case, and a number with what is written as one: cells of
    tables may be texts. A missing value fits nothing.
    """
    if value is None:
        return False
    if isinstance(condition, Between):
        number = number_in(value)
        return number is not None and condition.holds(number)
    return _word(value) in map(_word, condition)


def _word(value: Scalar) -> str:
    number = number_in(value)
    return str(value).casefold() if number is None else f"{number:.15g}"


def overlap(one: Condition, other: Condition) -> bool:
    """Tell whether a value can fit both."""
    if isinstance(one, Between) and isinstance(other, Between):
        return one.meets(other)
    if isinstance(other, Between):
        one, other = other, one
    assert not isinstance(other, Between)  # noqa: S101  # for the type checker
    return any(fits(value, one) for value in other)


def condition_words(condition: Condition) -> str:
    """Return a condition in a few words."""
    if not isinstance(condition, Between):
        return " or ".join(map(str, condition))
    said = {"above": ">", "at_least": "≥", "below": "<", "at_most": "≤"}
    return " and ".join(f"{said[n]} {v:g}" for n, v in condition if v is not None)
