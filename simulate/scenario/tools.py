"""Tools that a target can call, and what each answers: mocks, as data.

All texts are templates. They see `arguments` (of the call), `state` (see `tool_state`), `calls` (so
far, with results), and what others of the scenario see: `persona`, `cell`, `variables`, `facts`. A
text that is one `{{ … }}` and nothing else keeps the type of its value.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, model_validator

from simulate.errors import InputError, first_of, quote
from simulate.files.json_schemas import schema_problem
from simulate.files.strict import Strict
from simulate.files.template_data import templates_in
from simulate.files.templates import variables_of
from simulate.scenario.computed import SEEN as SHARED
from simulate.scenario.computed import braced

SEEN = frozenset({"arguments", "state", "calls", *SHARED})
OK = "ok"
"""What a tool returns of which nothing is said."""
MOST_TOOLS = 100
MOST_ANSWERS = 100
LONGEST_AFTER_S = 600.0


def _checked(data: Any, seen: frozenset[str]) -> Any:
    for text in templates_in(data).values():
        try:
            unknown = sorted(variables_of(text, "template") - seen)
        except InputError as error:
            raise ValueError(str(error)) from None
        if unknown:
            raise ValueError(
                f"names the variable {quote(unknown[0])}; a template here sees "
                f"{', '.join(sorted(seen - {'speaker', 'goal'}))}"
            )
    return data


def _expression(text: str) -> str:
    if "{{" in text or "{%" in text:
        raise ValueError("is an expression by itself: leave out the braces")
    _checked(braced(text), SEEN)
    return text


def _schema(schema: dict[str, Any]) -> dict[str, Any]:
    if wrong := schema_problem(schema):
        raise ValueError(f"is no JSON Schema: {wrong}")
    return schema


Data = Annotated[Any, AfterValidator(lambda data: _checked(data, SEEN))]
Text = Annotated[str, Field(min_length=1), AfterValidator(lambda text: _checked(text, SEEN))]
Sets = Annotated[dict[str, Any], AfterValidator(lambda data: _checked(data, SEEN | {"result"}))]
State = Annotated[dict[str, Any], AfterValidator(lambda data: _checked(data, SHARED))]


class ToolAnswer(Strict):
    """What a tool answers to some of its calls, or to all."""

    when: Annotated[str, Field(min_length=1), AfterValidator(_expression)] | None = None
    """Only where this holds, an expression such as `arguments.order != facts.order`."""
    nth: Annotated[int, Field(ge=1)] | None = None
    """Only the n-th call of this tool in a dialogue, from 1."""
    chance: Annotated[float, Field(ge=0, le=1)] | None = None
    """Only so often: drawn by the run's seed, the persona and the number of the call, so that it
    is the same in every cell, and in a replay."""
    returns: Data = OK
    """The result: any JSON. None is told as the text `null`."""
    fails: Text | None = None
    """The error that the target is told in place of a result."""
    sets: Sets = {}
    """What it changes of the state: places, such as `orders.{{ arguments.order }}.paid`, to values,
    whose templates see `result` too. It does so where it fails as well."""
    after_s: Annotated[float, Field(ge=0, le=LONGEST_AFTER_S)] = 0.0
    """Seconds that the answer takes; they are not counted as time of the target."""


class Tool(ToolAnswer):
    """A tool that a target can call."""

    description: str = ""
    """What it does, for a model that is offered it."""
    parameters: Annotated[dict[str, Any], AfterValidator(_schema)] | None = None
    """What its arguments must be, a JSON Schema; a call that breaks it is told so. A target that is
    a model is offered the tools that have it."""
    answers: Annotated[list[ToolAnswer], Field(max_length=MOST_ANSWERS)] = []
    """What it answers to some calls; the first one counts whose conditions hold, and where none
    does, what stands beside it."""
    python: Annotated[str, Field(pattern=r"^[\w.]+:[\w.]+$")] | None = None
    """A Python function `module:function` in place of `returns`, called with the arguments and with
    what templates see; what it raises is the tool's error. Only where code is allowed."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        conditional = [f for f in ("when", "nth", "chance") if getattr(self, f) is not None]
        if conditional:
            raise ValueError(f"{conditional[0]}: stands in one of the answers, not beside them")
        if self.python is not None and (self.fails is not None or self.returns != OK):
            raise ValueError("python: stands in place of returns and fails; leave them out")
        return self

    @property
    def mocked(self) -> bool:
        """Whether it is said what it answers; else it is only known to be there."""
        said = self.returns != OK or self.fails or self.sets or self.answers or self.python
        return bool(said)

    def offered(self, name: str) -> dict[str, Any]:
        """Return it as the chat-completions protocol has tools."""
        function = {"name": name, "description": self.description, "parameters": self.parameters}
        return {"type": "function", "function": function}


def undeclared(name: str, tools: Mapping[str, Tool]) -> str:
    """Return what the target is told that calls a tool that is not there."""
    return f"no mock for {quote(name, 64)}; declared: {first_of(tools)}"
