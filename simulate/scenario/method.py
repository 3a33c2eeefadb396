"""A method as a scenario names it, and what a level of a condition changes about one."""

from __future__ import annotations

from typing import Annotated, ClassVar, TypeVar

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ValidationError,
    model_validator,
)

from simulate.files.strict import Strict
from simulate.files.validation import first_problem
from simulate.scenario.model_names import harmless
from simulate.verbalized import Draw, MethodName, MethodSpec, WordingName
from simulate.verbalized.spec import (
    UNSAID,
    Acts,
    Candidates,
    Parts,
    Per,
    Rounds,
    Share,
    Temper,
    by_name,
)

M = TypeVar("M", MethodSpec, "MethodChange")


def _harmless(method: M) -> M:
    for name, part in (method.parts or {}).items():
        if part.model is not None:
            try:
                harmless(part.model)
            except ValueError as error:
                raise ValueError(f"parts.{name}.model: {error}") from None
    return method


Method = Annotated[
    MethodSpec,
    BeforeValidator(by_name, json_schema_input_type=MethodSpec | str),
    AfterValidator(_harmless),
]


class MethodChange(Strict):
    """What a level changes about a method.

    With `name` it is another method, whose options are those given here; without it, options that
    are left out stay as they are, so that two conditions can vary one option each.
    """

    changes: ClassVar = (MethodSpec,)

    name: MethodName | None = None
    k: Candidates | None = None
    rounds: Rounds | None = None
    draw: Draw | None = None
    wording: WordingName | None = None
    temper: Temper | None = None
    mix: Share | None = None
    below: Share | None = None
    acts: Annotated[Acts | None, UNSAID] = None
    parts: Annotated[Parts | None, UNSAID] = None
    per: Annotated[Per | None, UNSAID] = None
    prompt: str | None = None

    @model_validator(mode="after")
    def _check(self) -> MethodChange:
        if self.name is not None:
            self.applied(MethodSpec())
        return self

    def applied(self, base: MethodSpec) -> MethodSpec:
        """Return the method that this makes of another.

        Raises:
            ValueError: the method does not take one of the options.
        """
        given = {field: value for field, value in dict(self).items() if value is not None}
        try:
            return MethodSpec.model_validate(given if self.name else {**dict(base), **given})
        except ValidationError as error:
            problem = first_problem(error)
            dot = "." if error.errors()[0]["loc"] else ": "
            raise ValueError(f"method{dot}{problem}") from None


MethodLevel = Annotated[
    MethodChange,
    BeforeValidator(by_name, json_schema_input_type=MethodChange | str),
    AfterValidator(_harmless),
]
