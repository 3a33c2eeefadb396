"""Checks: what must hold of a speaker's turns, or of a dialogue, as a scenario declares it.

A check has one way of looking, a key below `after` such as `contains`. Each way is one class in one
module of `simulate.stress.checks.kinds`, which says what can be declared behind the key and how it
is carried out. Most look at each turn of the speaker under test and fail with the first turn that
breaks the rule; a goal, repetitions and a judge look at the dialogue as a whole.
"""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    GetJsonSchemaHandler,
    SerializeAsAny,
    SerializerFunctionWrapHandler,
    TypeAdapter,
    ValidationError,
    model_serializer,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from simulate.files.patterns import check_pattern
from simulate.files.strict import Strict
from simulate.registry import Modules, Registry
from simulate.scenario.owasp import Weakness, owasp_name

COMMON = ("description", "speaker", "after", "owasp")
"""The fields that all checks have."""

Text = Annotated[str, Field(min_length=1)]


def _pattern(source: str) -> str:
    check_pattern(source)
    return source


Pattern = Annotated[str, Field(min_length=1), AfterValidator(_pattern)]
"""A regular expression of Python's `re`, searched for anywhere in a text."""


def listed(value: Any) -> Any:
    """Return a list of a text where that is written in place of a list."""
    return [value] if isinstance(value, str) else value


class Rule(BaseModel, ABC):  # what is abstract of it stands in `simulate.stress`
    """What a check declares behind its key."""

    looks_at_turns: ClassVar[bool] = True
    """Whether it says something of turns, and so nothing where the speaker had none."""
    asks_judge: ClassVar[bool] = False
    """Whether a model judges."""
    is_goal: ClassVar[bool] = False
    """Whether it says that the user has got what it wanted."""
    wants_something: ClassVar[bool] = False
    """Whether it fails where something is missing, and so more easily the shorter a dialogue is."""

    @property
    def weaknesses(self) -> Sequence[Weakness]:
        """Which weaknesses a failure shows, where the user names none; see `Check.owasp`."""
        return ()

    def templates(self) -> dict[str, str]:
        """Return the texts that are templates, by their field below the key."""
        return {}

    def problem(self) -> tuple[str, str] | None:
        """Return why it can never be carried out, after the field below the key; None if it can."""
        return None


CHECKS: Registry[type[Rule]] = Registry(
    "way of checking",
    "simulate.checks",
    Modules("simulate.stress.checks.kinds", "CHECK"),
    fits=lambda found: isinstance(found, type) and issubclass(found, Rule),
    must_be="a class derived from CheckRule",
)


class Check(Strict):
    """Something that must hold, in exactly one of the ways below `after`."""

    description: str = ""
    """What it is for, in one sentence; shown in reports."""
    speaker: str | None = None
    """Whose turns are checked; by default the target's, else the assistant's."""
    after: (
        Annotated[
            list[Pattern],
            Field(min_length=1, max_length=10),
            BeforeValidator(listed, json_schema_input_type=list[Pattern] | Pattern),
        ]
        | None
    ) = None
    """Only turns after another speaker has said this; of several patterns each, in whatever turns
    and order. Where that never happens, the check passes. A judge and a function see the whole
    dialogue all the same."""
    # Left out of dumps where it is not said, so that these are as they were before there was one.
    owasp: Annotated[Weakness | None, Field(exclude_if=lambda v: v is None)] = None
    """Which weakness a failure shows, of the OWASP Top 10 for LLM Applications 2025, such as LLM06.
    Where no speaker is named, by default LLM07 for a `prompt` that leaks, LLM02 for `secrets` and
    `pii`. Reports name it."""
    way: str
    """The one way of looking that is given: in a file, the key."""
    rule: SerializeAsAny[Rule]
    """What it declares: in a file, what stands behind the key."""

    @model_validator(mode="before")
    @classmethod
    def _read_rule(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        given = {k: v for k, v in data.items() if k not in COMMON and v is not None}
        unknown = [way for way in given if way not in CHECKS]
        if unknown:
            raise ValidationError.from_exception_data(
                "Check", [{"type": "extra_forbidden", "loc": (w,), "input": None} for w in unknown]
            )
        if len(given) != 1:
            raise ValueError(
                f"give exactly one of {', '.join(CHECKS)}; given: {' and '.join(given) or 'none'}"
            )
        (way,) = given
        declared: Any = CHECKS[way]
        rule = TypeAdapter(dict[str, declared]).validate_python(given)[way]
        return {k: v for k, v in data.items() if k in COMMON} | {"way": way, "rule": rule}

    @model_serializer(mode="wrap")
    def _as_written(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        data = handler(self)
        data.pop("way")
        return {k: v for k, v in data.items() if k != "rule"} | {self.way: data["rule"]}

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        found = handler.resolve_ref_schema(handler(schema))
        properties = {k: v for k, v in found["properties"].items() if k in COMMON}
        for way, rule in CHECKS.built_in.items():
            declared = handler(TypeAdapter(rule).core_schema)
            (said, *_) = (rule.__doc__ or way).split("\n\n")
            properties[way] = {
                "anyOf": [declared, {"type": "null"}],
                "default": None,
                "description": " ".join(said.split()),
            }
        found["properties"] = properties
        found.pop("required")
        return found

    @property
    def weaknesses(self) -> str:
        """The names of the weaknesses that a failure shows, joined by commas; empty for none."""
        usual = self.rule.weaknesses if self.speaker is None else ()
        found = usual if self.owasp is None else (self.owasp,)
        return ", ".join(map(owasp_name, found))

    def templates(self) -> dict[str, str]:
        """Return the texts that are templates, by their field below the check."""
        texts = self.rule.templates()
        return {f"{self.way}.{field}" if field else self.way: t for field, t in texts.items()}

    def problem(self) -> str | None:
        """Return why it can never be carried out, beginning with the field; None where it can."""
        found = self.rule.problem()
        if found is None:
            return None
        field, why = found
        return f"{self.way}.{field}: {why}" if field else f"{self.way}: {why}"
