"""Reading what a target answers: texts, tool calls, the end; and saying what came instead."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn, TypeVar

from simulate.errors import QUOTED_CHARACTERS, TargetReplyError
from simulate.files.json_reading import STRICT, plain_json
from simulate.targets.jsonpath import found, holds, path_problem
from simulate.targets.redaction import Label
from simulate.targets.target import ToolCall
from simulate.targets.turn_buffer import Heard

DEEPEST = 100
"""Levels of JSON."""
LONGEST_ERROR = 600
"""Characters that are quoted of an error, which may tell why deep in what came."""
LONGEST_SHOWN = 300
"""Characters of one thing that is no text, such as the label of a button."""

_TELLS = re.compile("error|message$|detail|reason|feedback", re.IGNORECASE)

T = TypeVar("T")
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
        return _shallow(STRICT.decode(text.removeprefix("\ufeff")))
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
        return _shallow(plain_json(data))
    except (TypeError, ValueError, RecursionError) as error:
        raise label.error(
            TargetReplyError, f"{what} cannot be written as plain JSON data: {error}"
        ) from None


def read_calls(values: Sequence[Any], label: Label, where: str = "") -> list[ToolCall]:
    """Read tool calls: objects with `name` and `arguments`, also as chat completions have them.

    A target that carries them out itself may say `result` or `error` with each.

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
        id, error = value.get("id"), value.get("error")
        calls.append(
            ToolCall(
                name,
                dict(arguments),
                id if isinstance(id, str) else "",
                value.get("result"),
                error if error is None or isinstance(error, str) else json.dumps(error),
            )
        )
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
        calls = read_calls([plain(value.get("tool_calls"), label, "its tool calls")], label)
        heard.ends = _truth(value.get("ends"), label, "ends", value)
    elif isinstance(value, str | list | tuple):
        said, calls = [value], []
    else:
        _refuse(label, f"{what} is {_kind(value)}, not a text, a list of texts or an object", value)
    for text in _texts(said, label, what, value):
        heard.say(text)
    heard.called(calls)


@dataclass(frozen=True, slots=True)
class Answers:
    """How a target's answers are read; see `ServiceTarget` and `HttpTarget` for the fields.

    Attributes:
        label: the target's.
        status: of the answer that is read, for messages, such as ` (HTTP 200 OK)`.
    """

    label: Label
    reply: str
    where: str | None = None
    fails: str | None = None
    shows: Mapping[str, str] = field(default_factory=dict)
    tool_calls: str | None = None
    ends: str | None = None
    accept: str = "json"
    events: Sequence[str] = ()
    message_ends: Sequence[str] = ()
    done: str | None = None
    status: str = ""

    @property
    def raw(self) -> bool:
        """Whether what comes is the text itself, where it is no JSON that says otherwise."""
        return self.reply == "$" and self.where is None

    def carries(self, data: Any) -> bool:
        """Tell whether data are such as carry text."""
        return self.where is None or self.holds("where", self.where, data)

    def texts(self, data: Any) -> list[str] | None:
        """Return the texts, or None where the path finds nothing.

        Raises:
            TargetReplyError: there is something else than texts.
        """
        values = self._search(found, "reply", self.reply, data)
        if not values:
            return None
        return _texts(values, self.label, f"reply “{self.reply}”", data, self.status)

    def calls(self, data: Any) -> list[ToolCall]:
        """Return the tool calls."""
        if self.tool_calls is None:
            return []
        values = self._search(found, "tool_calls", self.tool_calls, data)
        return read_calls(values, self.label, self.status)

    def shown(self, data: Any) -> list[str]:
        """Return a line for each sort of thing that is no text, such as `[buttons: Yes | No]`."""
        lines = []
        for name, path in self.shows.items():
            values = self._search(found, f"shows.{name}", path, data)
            flat = [each for value in values for each in _several(value) if each is not None]
            if flat:
                lines.append(f"[{name}: {' | '.join(map(_short, flat))}]")
        return lines

    def truth(self, field: str, condition: str | None, data: Any) -> bool:
        """Tell whether a condition holds; false where there is none.

        Raises:
            TargetReplyError: it is a path, and finds neither true nor false nor null.
        """
        if condition is None:
            return False
        if path_problem(condition) is None:
            values = self._search(found, field, condition, data)
            return any(
                _truth(v, self.label, f"{field} “{condition}”", data, self.status) for v in values
            )
        return self.holds(field, condition, data)

    def holds(self, field: str, condition: str | None, data: Any) -> bool:
        """Tell whether a condition holds, of which a path that finds anything is one."""
        return condition is not None and self._search(holds, field, condition, data)

    def refuse_failed(self, data: Any, heard: Heard) -> None:
        """Refuse what says that the target failed."""
        if self.holds("fails", self.fails, data):
            rule = f"fails “{self.fails}” holds"
            so_far = f"; {heard.so_far()}" if heard.anything else ""
            _refuse(self.label, rule, _telling(data), self.status, so_far, LONGEST_ERROR)

    def refuse_nothing(self, data: Any) -> NoReturn:
        """Say that the path to the text finds nothing, and what came."""
        if not self.carries(data):
            rule = f"where “{self.where}” holds for nothing that came, such as"
            _refuse(self.label, rule, data, self.status, "; set where to what holds for texts")
        rule = f"reply “{self.reply}” finds nothing in what came"
        _refuse(self.label, rule, data, self.status, "; set reply to where the text stands")

    def _search(self, search: Callable[[str, Any], T], field: str, path: str, data: Any) -> T:
        try:
            return search(path, data)
        except ValueError as error:
            raise self.label.error(
                TargetReplyError, f"{field} “{path}”: what came {error}{self.status}"
            ) from None


def _several(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else [value]


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = " ".join(text.split())
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


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


def _refuse(
    label: Label,
    rule: str,
    data: Any,
    where: str = "",
    do: str = "",
    limit: int = QUOTED_CHARACTERS,
) -> NoReturn:
    shown = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False, default=repr)
    raise label.error(TargetReplyError, f"{rule}: {label.quoted(shown, limit)}{where}{do}")


def _telling(data: Any) -> Any:
    """Put first, at each level, what tells why something failed: only the beginning is quoted."""
    if not isinstance(data, dict):
        return data
    return {
        name: _telling(data[name]) for name in sorted(data, key=lambda n: not _tells(n, data[n]))
    }


def _tells(name: str, value: Any) -> bool:
    if isinstance(value, dict):
        return bool(_TELLS.search(name)) or any(_tells(*member) for member in value.items())
    return value is not None and bool(_TELLS.search(name))


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
