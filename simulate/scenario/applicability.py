"""Whether an outcome applies to a dialogue: where no deal was made, there is no price.

That an outcome does not apply is a level of its own, neither a number nor missing. Either who is
asked says so (`not_applicable`), or the value of another outcome does (`applies_if`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Annotated, Any, NamedTuple

from pydantic import (
    BeforeValidator,
    Discriminator,
    Field,
    Tag,
    model_validator,
)

from simulate.files.strict import Strict
from simulate.scenario.outcome_kind import OutcomeScalar

DOES_NOT_APPLY = "does not apply"
"""How it is written: in prompts, run files and tables."""

LONGEST = 400
"""Characters of an answer that says so: a condition has at most 200."""
_SAID = re.compile(
    r"""["'“]?(?:does\ not\ apply|doesn['’]t\ apply|not\ applicable|n/a)\b["'”]?
        [\s.,:;!(\[–—-]*(?:because\ |since\ |as\ )?(?P<reason>.*?)[\s.!)\]"'”]*""",
    re.VERBOSE | re.DOTALL,
)


class Answer(NamedTuple):
    """What an answer says of an outcome.

    Attributes:
        value: None where it is missing, or does not apply.
        applies: whether the outcome applies; what is missing may.
    """

    value: OutcomeScalar | None
    applies: bool = True


MISSING = Answer(None)
NOT_APPLICABLE = Answer(None, applies=False)


def says_so(raw: object, condition: str = "") -> bool:
    """Tell whether an answer says that the outcome does not apply.

    Args:
        raw: as the model wrote it.
        condition: the one reason that may follow, such as “no deal was made”.
    """
    if not isinstance(raw, str) or len(raw) > LONGEST:
        return False
    said = _SAID.fullmatch(raw.strip().casefold())
    return said is not None and said["reason"] in ("", condition.strip(" .").casefold())


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
        lower, upper = max(self._lower, other._lower), min(self._upper, other._upper)
        return lower < upper or (lower == upper and self.holds(lower) and other.holds(lower))

    @property
    def _lower(self) -> float:
        return max((n for n in (self.above, self.at_least) if n is not None), default=-math.inf)

    @property
    def _upper(self) -> float:
        return min((n for n in (self.below, self.at_most) if n is not None), default=math.inf)

    def __contains__(self, answer: Answer) -> bool:
        number = answer.value
        return isinstance(number, int | float) and self.holds(number)


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
"""The values of another outcome with which an outcome applies: one, some, or those between."""


def conjunction(holds: Iterable[bool | None]) -> bool | None:
    """Return whether all hold: False where one does not, else None where one is not known."""
    each = set(holds)
    return False if False in each else None if None in each else True


def in_order(
    depends: Mapping[str, Sequence[str]], field: Callable[[str], str] = "outcomes.{}".format
) -> list[str]:
    """Return outcomes in their order, but each one after those that it depends on.

    Args:
        depends: each outcome with those that it depends on.
        field: returns where an outcome says so.

    Raises:
        ValueError: outcomes depend on each other in a circle.
    """
    depth: dict[str, int] = {}
    try:
        for label in TopologicalSorter(depends).static_order():
            depth[label] = 1 + max((depth[other] for other in depends[label]), default=-1)
    except CycleError as error:
        circle = error.args[1][::-1]
        raise ValueError(
            f"{field(circle[0])}: outcomes depend on each other in a circle: {' → '.join(circle)}"
        ) from None
    return sorted(depends, key=depth.__getitem__)
