"""Computed outcomes: values that follow from other outcomes by a rule, without a model call.

A difference between two waves, a scale score, a check that was passed, points. Nothing is guessed:
where a rule has too few values it gives none, and the outcome is missing.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from typing import Annotated, TypeGuard

from pydantic import Field, model_validator

from simulate.errors import InputError
from simulate.files.conditions import Condition, Scalar
from simulate.files.strict import Strict
from simulate.files.templates import variables_of
from simulate.limits import MOST_OUTCOMES
from simulate.verbalized.spec import Name

RULES = ("difference", "mean", "sum", "when", "expression")
SEEN = frozenset(("persona", "cell", "variables", "speaker", "facts", "goal"))
"""What an expression sees beside outcomes; an outcome of such a name cannot be used in one."""
Parts = Annotated[list[Name], Field(min_length=1, max_length=MOST_OUTCOMES)]


class Computed(Strict):
    """The value follows from other outcomes, which are measured before; nobody is asked."""

    difference: Annotated[list[Name], Field(min_length=2, max_length=2)] | None = None
    """Two outcomes: the first minus the second, such as `[after, before]`."""
    mean: Parts | None = None
    """Outcomes of which the mean is taken, such as the items of a scale."""
    sum: Parts | None = None
    """Outcomes that are added up."""
    when: Annotated[dict[Name, Condition], Field(min_length=1)] | None = None
    """Outcomes with values, such as `{check: 3}`: yes where all of them have these, no where one
    has not. A value may be a template, such as `{{ cell.strategy }}`."""
    expression: Annotated[str, Field(min_length=1)] | None = None
    """A Jinja expression of outcomes, and of what templates see, such as
    `food * persona.points_of_food`; it needs `kind` and `support`."""
    reversed: list[Name] = []
    """Those of `mean` or `sum` that count the other way round: 1 of 1 to 7 as 7."""
    at_least: Annotated[int, Field(ge=1)] | None = None
    """How many outcomes of `mean` must have a value; by default all. With fewer it is missing."""
    speaker: Name | None = None
    """Whose persona an expression sees; by default the first user's."""

    @model_validator(mode="after")
    def _check(self) -> Computed:
        given = [rule for rule in RULES if getattr(self, rule) is not None]
        if len(given) != 1:
            named = " and ".join(given) or "none"
            raise ValueError(f"give exactly one of {', '.join(RULES)}; given: {named}")
        parts = self.difference or self.mean or self.sum or []
        if len(set(parts)) < len(parts):
            twice = next(part for part in parts if parts.count(part) > 1)
            raise ValueError(f"{given[0]}: “{twice}” is named twice")
        for name in self.reversed:
            if name not in (self.mean or self.sum or ()):
                raise ValueError(f"reversed: “{name}” is not among those of mean or sum")
        if self.at_least is not None:
            if self.mean is None:
                raise ValueError("at_least is for mean: any other value needs all of its outcomes")
            if self.at_least > len(self.mean):
                raise ValueError(
                    f"at_least is {self.at_least}, and mean has {len(self.mean)} outcomes"
                )
        if self.speaker is not None and self.expression is None:
            raise ValueError("speaker is for an expression; leave it out")
        if self.expression is not None:
            try:
                if not self.parts:
                    raise ValueError("expression: uses no outcome")
            except InputError as error:
                raise ValueError(str(error)) from None
        return self

    @property
    def rule(self) -> str:
        """Which of the rules it is, such as `mean`."""
        return next(rule for rule in RULES if getattr(self, rule) is not None)

    @property
    def parts(self) -> tuple[str, ...]:
        """The outcomes that it is computed from."""
        if self.expression is not None:
            return tuple(sorted(variables_of(braced(self.expression), "expression") - SEEN))
        return tuple(self.difference or self.mean or self.sum or self.when or ())

    @property
    def templates(self) -> tuple[str, ...]:
        """The values of `when` that are templates."""
        conditions = (self.when or {}).values()
        listed = chain.from_iterable(c for c in conditions if isinstance(c, list))
        return tuple(value for value in listed if is_template(value))

    @property
    def stated(self) -> dict[str, Condition]:
        """The conditions of `when`, without values that only a dialogue can tell."""
        return self._when(lambda value: [] if is_template(value) else [value])

    def filled(self, fill: Callable[[str], str]) -> Computed:
        """Return it with each template of `when` replaced by what `fill` makes of it."""
        return self.model_copy(
            update={"when": self._when(lambda v: [fill(v) if is_template(v) else v])}
        )

    def _when(self, values: Callable[[Scalar], list[Scalar]]) -> dict[str, Condition]:
        """Return `when` with other values in place of each one that is listed."""
        return {
            name: [each for value in condition for each in values(value)]
            if isinstance(condition, list)
            else condition
            for name, condition in (self.when or {}).items()
        }


def is_template(value: object) -> TypeGuard[str]:
    """Tell whether a value is a text that is filled in."""
    return isinstance(value, str) and "{" in value


def braced(expression: str) -> str:
    """Return an expression as a template."""
    return "{{ " + expression + " }}"
