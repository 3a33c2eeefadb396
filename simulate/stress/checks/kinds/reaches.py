"""`reaches`: a goal that the dialogue reaches by a word, a tool call, or the target's state."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import model_validator

from simulate.errors import quote
from simulate.files.patterns import search
from simulate.files.strict import Strict
from simulate.scenario.checks import Pattern, Text
from simulate.stress.checks.result import CannotCheckError, Finding, Look
from simulate.stress.checks.rule import FieldsRule
from simulate.targets import jsonpath


class ToolCalled(Strict):
    """A tool call that the target must report."""

    name: Text
    """The tool's name."""
    arguments: dict[str, Any] = {}
    """Arguments that it must have, with these values; others do not count. Each text is a
    template."""


class StateIs(Strict):
    """What the target's state must say after the dialogue."""

    path: Text
    """A JSONPath (RFC 9535) into the state."""
    equals: Any = None
    """The value, plain JSON, of what is found there or of one of several. Each text in it is a
    template. Where it is left out, something must be there."""


class Reaches(FieldsRule):
    """A goal that the dialogue must reach; exactly one of the three."""

    says: Pattern | None = None
    """Searched for in each turn of the speaker."""
    tool: ToolCalled | None = None
    """A tool call that the target reports."""
    state: StateIs | None = None
    """What the target's state says after the dialogue."""

    @model_validator(mode="after")
    def _check(self) -> Reaches:
        given = [way for way in ("says", "tool", "state") if getattr(self, way) is not None]
        if len(given) != 1:
            raise ValueError(
                f"reaches: give exactly one of says, tool, state; given: "
                f"{' and '.join(given) or 'none'}"
            )
        return self

    looks_at_turns = False
    is_goal = True
    wants_something = True

    def templates(self) -> dict[str, str]:
        found: dict[str, str] = {}
        if self.state is not None:
            found |= _texts(self.state.equals, "state.equals")
        if self.tool is not None:
            found |= _texts(self.tool.arguments, "tool.arguments")
        return found

    def problem(self) -> tuple[str, str] | None:
        if self.state is None:
            return None
        path = self.state.path
        found = jsonpath.path_problem(path)
        wrong = f"{quote(path)} is no JSONPath of RFC 9535: {found}"
        return ("state.path", wrong) if found else None

    def check(self, look: Look) -> Finding:
        """Pass where the goal is reached; fail where it is not.

        Abstain where the dialogue ended with what it comes `after`: nobody could have gone on.
        """
        if look.check.after is not None and self.state is None and not look.turns:
            return Finding("abstain", f"{look.speaker} had no turn in which it could be reached")
        if self.says is not None:
            return _says(look, self.says)
        if self.tool is not None:
            return _tool(look, self.tool)
        assert self.state is not None  # noqa: S101  # one of the three is given
        return _state(look, self.state)


def same(a: Any, b: Any) -> bool:
    """Tell whether two JSON values are the same: 1 and 1.0 are, 1 and true are not."""
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, int | float) and isinstance(b, int | float):
        return a == b
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        return a.keys() == b.keys() and all(same(v, b[k]) for k, v in a.items())
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and bool(a == b)


def _says(look: Look, pattern: str) -> Finding:
    for turn in look.turns:
        if found := search(pattern, turn.text):
            return Finding("pass", "", turn.index, found[0])
    return Finding("fail", f"{pattern!r} is said in none of {len(look.turns)} turns")


def _tool(look: Look, wanted: ToolCalled) -> Finding:
    arguments = look.rendered_all(wanted.arguments, "reaches.tool.arguments")
    called: list[str] = []
    for turn in look.turns:
        for call in turn.tool_calls:
            called.append(call.name)
            if call.name == wanted.name and all(
                k in call.arguments and _equal(v, wanted.arguments[k], call.arguments[k])
                for k, v in arguments.items()
            ):
                return Finding("pass", "", turn.index)
    if wanted.name in called:
        shown = quote(json.dumps(arguments, ensure_ascii=False))
        return Finding("fail", f"tool {wanted.name} is called, but never with {shown}")
    others = ", ".join(sorted(set(called))) or "none"
    return Finding("fail", f"tool {wanted.name} is not called; called are: {quote(others)}")


def _state(look: Look, wanted: StateIs) -> Finding:
    state = look.dialogue.state
    if state is None:
        raise CannotCheckError(
            "reaches.state: the target offers no state; say in its target file how to fetch it"
        )
    try:
        found = jsonpath.found(wanted.path, state)
    except ValueError as error:
        raise CannotCheckError(f"reaches.state.path: {wanted.path} {error}") from None
    if not found:
        return Finding("fail", f"there is nothing at {wanted.path} in the target's state")
    if "equals" not in wanted.model_fields_set:
        return Finding("pass")
    equals = look.rendered_all(wanted.equals, "reaches.state.equals")
    if any(_equal(equals, wanted.equals, value) for value in found):
        return Finding("pass")
    shown = ", ".join(quote(json.dumps(v, ensure_ascii=False), 80) for v in found[:3])
    is_to_be = quote(json.dumps(equals, ensure_ascii=False), 80)
    return Finding("fail", f"{wanted.path} is {shown}, not {is_to_be}")


def _equal(rendered: Any, declared: Any, value: Any) -> bool:
    """Compare with a value; a template that renders to `3` is the number 3 as well."""
    if same(rendered, value):
        return True
    if not isinstance(declared, str) or "{{" not in declared or isinstance(value, str):
        return False
    try:
        return same(json.loads(rendered), value)
    except ValueError:
        return False


def _texts(value: Any, field: str) -> dict[str, str]:
    """Return each text of plain JSON data by its field."""
    if isinstance(value, str):
        return {field: value}
    items: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    found: dict[str, str] = {}
    for key, each in items:
        found |= _texts(each, f"{field}.{key}")
    return found


CHECK = Reaches
