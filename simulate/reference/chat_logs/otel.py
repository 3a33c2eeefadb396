"""OpenTelemetry spans of GenAI calls, as JSON: OTLP (`resourceSpans`), or a span a line.

What was said stands in the attributes `gen_ai.input.messages` and `gen_ai.output.messages`, of a
span or of an event of it; of older instrumentation in the events `gen_ai.content.prompt` and
`gen_ai.content.completion`, or in attributes such as `gen_ai.prompt.0.content`. Spans of one
`gen_ai.conversation.id`, else of one trace, are one dialogue. A call is usually sent all that was
said before: what a span repeats is not said twice.

Source: OpenTelemetry, Semantic Conventions for Generative AI (spans, events), v1.28 to v1.41.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from simulate.reference.chat_logs.json_values import OddValueError, decoded_json, listed, objects
from simulate.reference.chat_logs.logged import Format, LoggedDialogue, Place, named
from simulate.reference.chat_logs.messages import MOST_MESSAGES, SILENT, Message, messages_of

ASKED = ("gen_ai.input.messages", "gen_ai.prompt")
SAID = ("gen_ai.output.messages", "gen_ai.completion")
CONVERSATION = ("gen_ai.conversation.id", "session.id")
PERSON = ("user.id", "enduser.id")
AROUND = frozenset(("invoke_agent", "invoke_workflow", "create_agent", "execute_tool"))
"""Operations whose spans lie around those of the calls, and repeat what these say."""
_NUMBERED = re.compile(r"gen_ai\.(prompt|completion)\.(\d{1,5})\.(role|content)")
_TRACE, _SPAN = ("traceId", "trace_id"), ("spanId", "span_id")


@dataclass(slots=True)
class _Call:
    """What one call was sent, and what came."""

    start: float
    around: bool
    asked: tuple[Message, ...]
    said: tuple[Message, ...]


@dataclass(slots=True)
class _Conversation:
    place: Place
    name: str | None
    person: str | None = None
    calls: list[_Call] = field(default_factory=list)


class OpenTelemetry(Format):
    """Spans of GenAI calls."""

    name = "OpenTelemetry spans"

    def __init__(self) -> None:
        self._conversations: dict[str, _Conversation] = {}
        self._texts: dict[Message, Message] = {}

    def fits(self, value: Any) -> bool:
        """Tell whether a value is a span, or holds some."""
        return isinstance(value, dict) and (
            "resourceSpans" in value
            or "resource_spans" in value
            or (any(key in _context(value) for key in _SPAN) and "attributes" in value)
        )

    def take(self, value: Any, place: Place) -> Iterable[LoggedDialogue]:
        """Keep the calls of spans until all of their conversations are read."""
        for span, resource in _spans(value):
            self._keep(span, resource, place)
        return ()

    def _keep(self, span: Mapping[str, Any], resource: Mapping[str, Any], place: Place) -> None:
        known = {**resource, **_attributes(span.get("attributes"))}
        events = objects(span.get("events"))
        held = [known, *(_attributes(event.get("attributes")) for event in events)]
        asked = tuple(m for each in held for m in _messages(each, ASKED, "user"))
        said = tuple(m for each in held for m in _messages(each, SAID, "assistant"))
        if not (asked or said):
            return
        context = _context(span)
        name = named(known, CONVERSATION)
        key = f"conversation {name}" if name else f"trace {named(context, _TRACE)}"
        there = self._conversations.setdefault(key, _Conversation(place, name))
        if len(there.calls) >= MOST_MESSAGES:
            raise OddValueError(f"is of a conversation with more than {MOST_MESSAGES:,} calls")
        there.person = there.person or named(known, PERSON)
        around = str(known.get("gen_ai.operation.name")) in AROUND
        there.calls.append(_Call(_start(span), around, self._once(asked), self._once(said)))

    def _once(self, messages: Iterable[Message]) -> tuple[Message, ...]:
        """Return messages, of which one that came before is kept once: histories repeat them."""
        return tuple(
            m if m.calls or m.answers else self._texts.setdefault(m, m)
            for m in messages
            if m.role not in SILENT
        )

    def rest(self) -> Iterable[LoggedDialogue]:
        """Return the conversations, in the order of their first spans."""
        for key, each in self._conversations.items():
            messages = tuple(joined(each.calls))
            yield LoggedDialogue(
                each.place, messages, each.name or key.removeprefix("trace "), each.person
            )


def joined(calls: Sequence[_Call]) -> list[Message]:
    """Return what was said in the calls of a conversation, once."""
    inner = [call for call in calls if not call.around] or calls
    talk: list[Message] = []
    known: list[tuple[Any, ...]] = []
    for call in sorted(inner, key=lambda each: each.start):
        asked = list(call.asked)
        new = list(map(_same, asked))
        shorter = min(len(known), len(new))
        if shorter and known[:shorter] == new[:shorter]:
            talk, known = asked, new  # a history from the beginning; a call that was made again
        else:
            ends = (k for k in range(shorter, 0, -1) if known[-k] == new[0])
            overlap = next((k for k in ends if known[-k:] == new[:k]), 0)
            talk += asked[overlap:]
            known += new[overlap:]
        talk += call.said
        known += map(_same, call.said)
    return talk


def _same(message: Message) -> tuple[Any, ...]:
    """Return what tells a message from others, however it is spaced."""
    said = tuple(" ".join(text.split()) for text in message.texts)
    return message.role, said, tuple((c.name, c.id) for c in message.calls), len(message.answers)


def _spans(value: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Iterate over spans, each with the attributes of its resource."""
    batches = value.get("resourceSpans", value.get("resource_spans"))
    if batches is None:
        yield value, _of_resource(value)
        return
    for batch in objects(batches):
        of = _of_resource(batch)
        for scope in objects(batch.get("scopeSpans", batch.get("scope_spans"))):
            for span in objects(scope.get("spans")):
                yield span, of


def _of_resource(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes of the resource that a span or a batch of them is of."""
    resource = found.get("resource")
    return _attributes(resource.get("attributes")) if isinstance(resource, dict) else {}


def _messages(known: Mapping[str, Any], names: Sequence[str], role: str) -> tuple[Message, ...]:
    found = next((known[name] for name in names if known.get(name)), None)
    if found is None:
        return _numbered(known, names[1].rpartition(".")[2])
    if isinstance(found, str):
        with contextlib.suppress(ValueError):  # a plain text is one message
            found = decoded_json(found)
    each = found if isinstance(found, list) else [found]
    said = ({"content": m} if isinstance(m, str) else m for m in each)
    return messages_of([{"role": role, **m} if isinstance(m, dict) else m for m in said])


def _numbered(known: Mapping[str, Any], which: str) -> tuple[Message, ...]:
    """Return messages whose parts are attributes of their own, each with the message's number."""
    found: dict[int, dict[str, Any]] = {}
    for name, value in known.items():
        if (match := _NUMBERED.fullmatch(name)) and match[1] == which:
            found.setdefault(int(match[2]), {})[match[3]] = value
    role = "user" if which == "prompt" else "assistant"
    return messages_of([{"role": role, **found[number]} for number in sorted(found)])


def _attributes(found: Any) -> dict[str, Any]:
    """Return attributes by name, of OTLP (`[{"key": …, "value": {"stringValue": …}}]`) or plain."""
    if isinstance(found, dict):
        return found
    return {
        each["key"]: _value(each.get("value"))
        for each in objects(found)
        if isinstance(each.get("key"), str)
    }


def _value(found: Any, depth: int = 0) -> Any:
    if not isinstance(found, dict) or depth > 50:
        return found
    for kind in ("arrayValue", "kvlistValue"):
        if kind not in found:
            continue
        values = found[kind].get("values") if isinstance(found[kind], dict) else None
        if kind == "arrayValue":
            return [_value(each, depth + 1) for each in listed(values)]
        items = objects(values)
        return {str(each.get("key")): _value(each.get("value"), depth + 1) for each in items}
    kinds = ("stringValue", "intValue", "doubleValue", "boolValue")
    return next((found[kind] for kind in kinds if kind in found), None)


def _context(span: Mapping[str, Any]) -> Mapping[str, Any]:
    context = span.get("context", span.get("spanContext"))
    return context if isinstance(context, dict) else span


def _start(span: Mapping[str, Any]) -> float:
    """Return when a span began, in s since 1970; 0 where it does not say."""
    found = span.get("startTimeUnixNano", span.get("start_time_unix_nano", span.get("start_time")))
    try:
        return int(found) / 1e9
    except (TypeError, ValueError, OverflowError):
        pass
    try:
        return datetime.fromisoformat(str(found)).timestamp()
    except (ValueError, OverflowError):
        return 0.0
