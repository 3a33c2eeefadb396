"""Reading what a target answers: texts, tool calls and the end, and saying what came instead."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from simulate.errors import TargetReplyError
from simulate.targets.jsonpath import found
from simulate.targets.redaction import Label
from simulate.targets.target import ToolCall
from simulate.targets.turn_buffer import Heard

DEEPEST = 100
"""Levels of JSON."""

NAMES = {
    type(None): "null",
    bool: "a truth value",
    int: "a number",
    float: "a number",
    str: "a text",
    list: "a list",
    dict: "an object",
}


def json_of(text: str, label: Label, what: str, where: str = "") -> Any:
    """Read a target's JSON.

    Args:
        text: what came.
        label: the target's.
        what: what it is called, such as `the body`.
        where: what else is known of it, such as ` (HTTP 200)`.

    Raises:
        TargetReplyError: it is not JSON; the message quotes it.
    """
    try:
        return _shallow(json.loads(text.removeprefix("\ufeff"), parse_constant=_no_number))
    except (ValueError, RecursionError) as error:
        why = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
        raise label.error(
            TargetReplyError, f"{what} is not JSON ({why}): {label.quoted(text)}{where}"
        ) from None


def plain(data: Any, label: Label, what: str) -> Any:
    """Return data of a Python target as plain JSON data.

    Raises:
        TargetReplyError: they hold something that JSON has no place for.
    """
    try:
        return _shallow(json.loads(json.dumps(data, allow_nan=False)))
    except (TypeError, ValueError, RecursionError) as error:
        raise label.error(
            TargetReplyError, f"{what} cannot be written as plain JSON data: {error}"
        ) from None


def read_calls(values: Sequence[Any], label: Label, where: str = "") -> list[ToolCall]:
    """Read tool calls: objects with `name` and `arguments`, also as chat completions have them.

    Raises:
        TargetReplyError: one of them is something else.
    """
    calls = []
    for value in values:
        if value is None:
            continue
        if isinstance(value, list):
            calls += read_calls(value, label, where)
            continue
        call = value
        if isinstance(call, Mapping) and isinstance(call.get("function"), Mapping):
            call = call["function"]
        name = call.get("name") if isinstance(call, Mapping) else None
        if not isinstance(name, str) or not name:
            _refuse(label, "a tool call is an object with name and arguments", value, where)
        arguments = call.get("arguments")
        if isinstance(arguments, str) and arguments.strip():
            arguments = json_of(arguments, label, f"the arguments of {name}", where)
        if arguments is None or arguments == "":
            arguments = {}
        if not isinstance(arguments, Mapping):
            _refuse(label, f"the arguments of {name} must be an object", value, where)
        calls.append(ToolCall(name, dict(arguments)))
    return calls


def read_plain(value: Any, heard: Heard, what: str) -> None:
    """Read what a Python target returns or a subprocess writes.

    That is a text, a list of texts, or an object with `messages` or `reply`, `tool_calls`, `ends`.

    Raises:
        TargetReplyError: it is something else.
    """
    label = heard.label
    if value is None:
        return
    if isinstance(value, Mapping):
        known = {"messages", "reply", "tool_calls", "ends"} & value.keys()
        if not known:
            _refuse(label, f"{what} has none of messages, reply, tool_calls and ends", value)
        said = [value.get("reply"), value.get("messages")]
        heard.tool_calls += read_calls(
            [plain(value.get("tool_calls"), label, "its tool calls")], label
        )
        heard.ends = _truth(value.get("ends"), label, "ends", value)
    elif isinstance(value, str | list | tuple):
        said = [value]
    else:
        _refuse(label, f"{what} is {_kind(value)}, not a text, a list of texts or an object", value)
    for text in _texts(said, label, what, value):
        heard.say(text)


@dataclass(frozen=True, slots=True)
class Answers:
    """Where a target's JSON says what.

    Attributes:
        label: the target's.
        field: what the target file calls the path to the text, such as `reply`.
        text: that path.
        tool_calls: the path to the tool calls, or None.
        ends: the path to the truth value that the conversation is over, or None.
    """

    label: Label
    field: str
    text: str
    tool_calls: str | None = None
    ends: str | None = None

    def take(self, data: Any, heard: Heard, where: str = "") -> None:
        """Take a whole answer: its messages, tool calls and end.

        Raises:
            TargetReplyError: it is not what the target file says; the message quotes it.
        """
        called = self.take_calls(data, heard, where)
        self.take_end(data, heard, where)
        texts = self.texts(data, where)
        if texts is None:
            if called or heard.ends:
                return  # a turn of tool calls alone, or one that only closes
            self.refuse_nothing(data, where)
        for text in texts:
            heard.say(text)

    def texts(self, data: Any, where: str = "") -> list[str] | None:
        """Return the texts, or None where the path finds nothing.

        Raises:
            TargetReplyError: there is something else than texts.
        """
        values = self._found(self.field, self.text, data, where)
        if not values:
            return None
        return _texts(values, self.label, f"{self.field} “{self.text}”", data, where)

    def take_calls(self, data: Any, heard: Heard, where: str = "") -> bool:
        """Take the tool calls; tell whether there were any."""
        if self.tool_calls is None:
            return False
        values = self._found("tool_calls", self.tool_calls, data, where)
        calls = read_calls(values, self.label, where)
        heard.tool_calls += calls
        return bool(calls)

    def take_end(self, data: Any, heard: Heard, where: str = "") -> None:
        """Take the truth value that the conversation is over."""
        if self.ends is not None and self.truth("ends", self.ends, data, where):
            heard.ends = True

    def truth(self, field: str, path: str, data: Any, where: str = "") -> bool:
        """Return the truth value at a path; false where there is none.

        Raises:
            TargetReplyError: there is something else.
        """
        values = self._found(field, path, data, where)
        return any(_truth(v, self.label, f"{field} “{path}”", data, where) for v in values)

    def refuse_nothing(self, data: Any, where: str = "") -> NoReturn:
        """Say that the path to the text finds nothing, and what came."""
        _refuse(
            self.label,
            f"{self.field} “{self.text}” finds nothing in what came",
            data,
            where,
            f"; set {self.field} to where the text stands",
        )

    def _found(self, field: str, path: str, data: Any, where: str) -> list[Any]:
        try:
            return found(path, data)
        except ValueError as error:
            raise self.label.error(
                TargetReplyError, f"{field} “{path}”: what came {error}{where}"
            ) from None


def _texts(values: Sequence[Any], label: Label, what: str, data: Any, where: str = "") -> list[str]:
    texts: list[str] = []
    for value in values:
        for text in value if isinstance(value, list | tuple) else [value]:
            if isinstance(text, str):
                texts.append(text)
            elif text is not None:
                _refuse(label, f"{what} holds {_kind(text)} where a text must stand", data, where)
    return texts


def _truth(value: Any, label: Label, what: str, data: Any, where: str = "") -> bool:
    if value is not None and not isinstance(value, bool):
        _refuse(label, f"{what} holds {_kind(value)} where true or false must stand", data, where)
    return bool(value)


def _refuse(label: Label, rule: str, data: Any, where: str = "", do: str = "") -> NoReturn:
    shown = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False, default=repr)
    raise label.error(TargetReplyError, f"{rule}: {label.quoted(shown)}{where}{do}")


def _kind(value: Any) -> str:
    return NAMES.get(type(value), f"a {type(value).__name__}")


def _shallow(data: Any) -> Any:
    """Return JSON data as they are; whoever walks them later may do so recursively."""
    level = [data]
    for _ in range(DEEPEST):
        level = [
            value
            for outer in level
            if isinstance(outer, dict | list)
            for value in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return data
    raise ValueError(f"nested more than {DEEPEST} levels deep")


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")
