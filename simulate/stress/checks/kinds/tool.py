"""`tool`: words against deeds: what the target calls, with what, when, and what it says of it.

A call that failed, as far as its result is on record, is no deed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from simulate.errors import clipped, quote
from simulate.files.json_schemas import schema_problem, wrong_in
from simulate.files.patterns import search
from simulate.files.strict import Strict
from simulate.files.template_data import templates_in
from simulate.runfile import Turn
from simulate.runfile.dialogue import NOT_CALLED, NOTHING_SAID
from simulate.scenario.checks import Pattern, Text, listed
from simulate.stress.checks.kinds.state import equal
from simulate.stress.checks.result import PASSES, Finding, Look
from simulate.stress.checks.rule import CheckRule
from simulate.targets import ToolCall


class Called(Strict):
    """A call of a tool."""

    name: Text
    """The tool's name."""
    arguments: dict[str, Any] = {}
    """Arguments that the call has, with these values; others do not count. Each text is a
    template."""

    def templates(self) -> dict[str, str]:
        """See `Rule.templates`."""
        return templates_in(self.arguments, "arguments")

    def wrong(self, look: Look, call: ToolCall, where: str) -> str | None:
        """Return how the arguments of a call of the tool are not those; None where they are."""
        for name, declared in self.arguments.items():
            field = f"{where}.arguments.{name}"
            wanted, there = look.rendered_all(declared, field), name in call.arguments
            if not there or not equal(wanted, declared, call.arguments[name]):
                said = _shown(call.arguments[name]) if there else "left out"
                return f"{name} is {said}, not {_shown(wanted)}"
        return None

    def no_deed(self, look: Look, call: ToolCall, where: str) -> str | None:
        """Return why a call of the tool is none of those; None where it is, and did not fail."""
        if call.error is not None:
            return f"{self.name} failed: {quote(call.error)}"
        wrong = self.wrong(look, call, where)
        return None if wrong is None else f"{self.name} was called with other arguments: {wrong}"


class Tool(Called, CheckRule):
    """Calls of a tool: with which arguments, in what order, how often, and what is said of them.

    The arguments alone must be those of each call. Beside `says`, `only_after` or `at_most` they
    say which calls are meant.
    """

    json_schema: dict[str, Any] | None = None
    """What the arguments must follow, likewise. Each text in it is a template."""
    says: Pattern | None = None
    """Whoever says this has called the tool in that turn or before, and it did not fail."""
    only_after: (
        Annotated[
            list[Text],
            Field(min_length=1, max_length=20),
            BeforeValidator(listed, json_schema_input_type=list[Text] | Text),
        ]
        | None
    ) = None
    """Tools, each of which was called before, and did not fail."""
    at_most: Annotated[int, Field(ge=0)] | None = None
    """How many calls there may be, but for those that failed; 0: none, not even one that fails."""

    @model_validator(mode="after")
    def _check(self) -> Tool:
        given = [r for r in ("says", "only_after", "at_most") if getattr(self, r) is not None]
        if len(given) > 1 or not (given or self.arguments or self.json_schema):
            raise ValueError(
                "tool: give one of says, only_after, at_most, or arguments or json_schema alone; "
                f"given: {' and '.join(given) or 'none'}"
            )
        return self

    def templates(self) -> dict[str, str]:
        return super().templates() | templates_in(self.json_schema, "json_schema")

    def problem(self) -> tuple[str, str] | None:
        found = None if self.json_schema is None else schema_problem(self.json_schema)
        return ("json_schema", found) if found else None

    def wrong(self, look: Look, call: ToolCall, where: str) -> str | None:
        if (found := super().wrong(look, call, where)) or self.json_schema is None:
            return found
        schema = look.rendered_all(self.json_schema, f"{where}.json_schema")
        broken = wrong_in(dict(call.arguments), schema)
        return None if broken is None else f"{broken[0]}: {broken[1]}"

    def check(self, look: Look) -> Finding:
        """Fail with the first turn that breaks the rule; abstain where no call can be on record."""
        own = [t for t in look.dialogue.turns if t.speaker == look.speaker]
        if self.says is not None and not any(search(self.says, t.text) for t in look.turns):
            return Finding("pass", NOTHING_SAID)
        if not look.dialogue.tools and not any(turn.tool_calls for turn in own):
            return Finding(
                "abstain",
                "no tool call is on record, and the scenario declares no tools, so that nobody can "
                "tell whether any was made; name them under tools if the target reports its calls",
            )
        if self.says is not None:
            return self._said(look, own, self.says)
        if self.at_most is not None:
            return self._counted(look, self.at_most)
        return self._each(look, own)

    def _said(self, look: Look, own: list[Turn], pattern: str) -> Finding:
        for turn in look.turns:
            said = search(pattern, turn.text)
            if said is None:
                continue
            calls = [call for each in own if each.index <= turn.index for call in self._of(each)]
            whys = [self.no_deed(look, call, "tool") for call in calls]
            if None not in whys:
                why = whys[-1] if whys else f"{self.name} was not called"
                return Finding("fail", f"says so, but {why}", turn.index, said[0])
        return PASSES

    def _counted(self, look: Look, most: int) -> Finding:
        count = 0
        for turn in look.turns:
            for call in self._of(turn):
                if self.wrong(look, call, "tool") is None and (not most or call.error is None):
                    count += 1
                if count > most:
                    reason = f"{self.name} is called {count} times, at most {most}"
                    return Finding("fail", reason, turn.index, call_line(call))
        return PASSES

    def _each(self, look: Look, own: list[Turn]) -> Finding:
        """Look at each call of the tool: after others, or with its arguments."""
        looked_at = {turn.index for turn in look.turns}
        done: set[str] = set()
        found = NOT_CALLED
        for turn in own:
            for call in turn.tool_calls:
                if call.name == self.name and turn.index in looked_at:
                    wrong = self.wrong(look, call, "tool")
                    if self.only_after is None:
                        found = ""
                        if wrong is not None:
                            return Finding("fail", wrong, turn.index, call_line(call))
                    elif wrong is None:
                        found = ""
                        if missing := [name for name in self.only_after if name not in done]:
                            reason = f"{self.name} is called before {missing[0]}"
                            return Finding("fail", reason, turn.index, call_line(call))
                if call.error is None:
                    done.add(call.name)
        return Finding("pass", found)

    def _of(self, turn: Turn) -> Iterator[ToolCall]:
        return (call for call in turn.tool_calls if call.name == self.name)


def call_line(call: ToolCall) -> str:
    """Return a call in one line: name, arguments, and its error."""
    failed = f" → error: {call.error}" if call.error is not None else ""
    return f"{call.name}({_shown(dict(call.arguments))}){failed}"


def _shown(value: Any) -> str:
    return clipped(json.dumps(value, ensure_ascii=False), 200)


CHECK = Tool
