"""`state`: what the target's books, or those of its tools, say after the dialogue."""

from __future__ import annotations

import json
from typing import Any

from pydantic import model_validator

from simulate.errors import quote
from simulate.files.json_schemas import json_form, schema_problem, wrong_in
from simulate.files.template_data import templates_in
from simulate.scenario.checks import Text
from simulate.stress.checks.result import PASSES, CannotCheckError, Finding, Look
from simulate.stress.checks.rule import FieldsRule
from simulate.targets import jsonpath


class State(FieldsRule):
    """What the state must say after the dialogue: the target's, else that of the mocked tools."""

    path: Text = "$"
    """A JSONPath (RFC 9535) into the state; something must be there."""
    equals: Any = None
    """The value, plain JSON, of what is found there or of one of several. Each text in it is a
    template. For null, write `json_schema: {type: "null"}`."""
    json_schema: dict[str, Any] | None = None
    """What is found there, each of several, must follow it. Each text in it is a template."""

    looks_at_turns = False
    wants_something = True

    @model_validator(mode="after")
    def _check(self) -> State:
        if self.path == "$" and self.equals is None and self.json_schema is None:
            raise ValueError("state: says nothing; give path, equals or json_schema")
        return self

    def templates(self) -> dict[str, str]:
        schema = templates_in(self.json_schema, "json_schema")
        return templates_in(self.equals, "equals") | schema

    def problem(self) -> tuple[str, str] | None:
        if found := jsonpath.path_problem(self.path):
            return "path", f"{quote(self.path)} is no JSONPath of RFC 9535: {found}"
        if self.json_schema is not None and (found := schema_problem(self.json_schema)):
            return "json_schema", found
        return None

    def check(self, look: Look, where: str = "state") -> Finding:
        """Pass where the state is so; `where` is the field in which it stands, for messages."""
        state = look.dialogue.state
        if state is None:
            raise CannotCheckError(
                f"{where}: the target offers no state, and no mocked tool keeps one; say in its "
                "target file how to fetch it, or give tool_state"
            )
        try:
            found = jsonpath.found(self.path, state)
        except ValueError as error:
            raise CannotCheckError(f"{where}.path: {self.path} {error}") from None
        if not found:
            return Finding("fail", f"there is nothing at {self.path} in the state")
        if self.json_schema is not None:
            schema = look.rendered_all(self.json_schema, f"{where}.json_schema")
            for value in found:
                if wrong := wrong_in(value, schema):
                    return Finding("fail", f"{self.path}: {wrong[0]}: {quote(wrong[1])}")
        if self.equals is None:
            return PASSES
        equals = look.rendered_all(self.equals, f"{where}.equals")
        if any(equal(equals, self.equals, value) for value in found):
            return PASSES
        shown = ", ".join(quote(json.dumps(v, ensure_ascii=False), 80) for v in found[:3])
        is_to_be = quote(json.dumps(equals, ensure_ascii=False), 80)
        return Finding("fail", f"{self.path} is {shown}, not {is_to_be}")


def equal(rendered: Any, declared: Any, value: Any) -> bool:
    """Compare with a value; a template that renders to `3` is the number 3 as well."""
    form = json_form(value)
    if json_form(rendered) == form:
        return True
    if not isinstance(declared, str) or "{{" not in declared or isinstance(value, str):
        return False
    try:
        return json_form(json.loads(rendered)) == form
    except ValueError:
        return False


CHECK = State
