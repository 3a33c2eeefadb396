"""A message of a chat log, whatever wrote it, and the turns that messages make.

Providers differ in names more than in shape: a message has a role, and content that is a text or a
list of parts. Read are those of OpenAI (Chat Completions, and items of Responses and
Conversations), Anthropic, and OpenTelemetry's semantic conventions for GenAI.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from simulate.errors import quote
from simulate.reference.chat_logs.json_values import OddValueError, decoded_json, listed
from simulate.targets import ToolCall
from simulate.verbalized import storable

SILENT = frozenset(("system", "developer"))
"""Roles of messages that nobody says."""
TOOLS = frozenset(("tool", "function"))
"""Roles of what tools answer."""
MOST_MESSAGES = 10_000
"""Of one dialogue."""
_CALLS = frozenset(("tool_call", "tool_use", "server_tool_call"))
_ANSWERS = frozenset(("tool_call_response", "tool_result", "server_tool_call_response"))
_THOUGHT = frozenset(("reasoning", "thinking", "redacted_thinking"))
_TEXTS = frozenset((None, "text", "input_text", "output_text", "refusal"))


@dataclass(frozen=True, slots=True)
class Message:
    """A message of a log.

    Attributes:
        role: who it is from, as the log says it.
        texts: what it says; of what is no text, what it is, such as `[image]`.
        calls: the tools that it calls, each after so many of the texts.
        answers: what tools answered, each after the id of its call.
        ends: whether the log says that it ended the dialogue.
    """

    role: str
    texts: tuple[str, ...] = ()
    calls: tuple[ToolCall, ...] = ()
    answers: tuple[tuple[str, Any], ...] = ()
    ends: bool = False


@dataclass(slots=True)
class LoggedTurn:
    """All that a speaker says and does until another one speaks.

    Attributes:
        speaker: who.
        messages: the messages, in order.
        tool_calls: with what the tools answered.
        ends: whether it ended the dialogue.
    """

    speaker: str
    messages: list[str] = field(default_factory=list)
    tool_calls: list[ToolCall] = field(default_factory=list)
    ends: bool = False


def messages_of(found: Any) -> tuple[Message, ...]:
    """Read a list of messages.

    Raises:
        OddValueError: it is none; says what is wrong.
    """
    if not isinstance(found, list):
        raise OddValueError("has no list of messages")
    if len(found) > MOST_MESSAGES:
        raise OddValueError(f"has more than {MOST_MESSAGES:,} messages")
    return tuple(map(message_of, found))


def message_of(found: Any) -> Message:
    """Read one message; see `messages_of`."""
    if not isinstance(found, dict):
        raise OddValueError("has a message that is no object")
    kind = _kind(found)
    if kind == "function_call":
        return Message("assistant", calls=(_call(found),))
    if kind == "function_call_output":
        return Message("tool", answers=((_id(found.get("call_id")), _result(found.get("output"))),))
    if kind in _THOUGHT and "role" not in found:
        return Message("system")
    role = found.get("role")
    if not isinstance(role, str) or not role:
        raise OddValueError("has a message without a role")
    content = found.get("parts", found.get("content"))
    parts = content if isinstance(content, list) else [content]
    texts: list[str] = []
    calls: list[ToolCall] = []
    answers: list[tuple[str, Any]] = []
    for part in parts:
        _read_part(part, texts, calls, answers)
    calls += [_call(each, len(texts)) for each in listed(found.get("tool_calls"))]
    if found.get("function_call"):
        calls.append(_call(found["function_call"], len(texts)))
    if isinstance(found.get("refusal"), str):
        texts.append(found["refusal"])
    if role in TOOLS and not answers:
        answers, texts = [(_id(found.get("tool_call_id")), _result("\n".join(texts)))], []
    said = tuple(text for each in texts if (text := storable(each)).strip())
    return Message(role, said, tuple(calls), tuple(answers))


def _read_part(
    part: Any, texts: list[str], calls: list[ToolCall], answers: list[tuple[str, Any]]
) -> None:
    if part is None:
        return
    if isinstance(part, str):
        texts.append(part)
        return
    if not isinstance(part, dict):
        raise OddValueError("has content that is neither text nor parts")
    kind = _kind(part)
    text = part.get("text", part.get("content", part.get("refusal")))
    if kind in _CALLS:
        calls.append(_call(part, len(texts)))
    elif kind in _ANSWERS:
        of = _id(part.get("id", part.get("tool_use_id")))
        answers.append((of, _result(part.get("response", part.get("content")))))
    elif kind in _TEXTS and isinstance(text, str):
        texts.append(text)
    elif kind is None:
        raise OddValueError("has content without text and type")
    elif kind not in _THOUGHT:
        told = part.get("modality") or str(kind).removesuffix("_url").removeprefix("input_")
        texts.append(f"[{quote(str(told), 40)[1:-1]}]")


def _call(found: Any, after: int = 0) -> ToolCall:
    said = found.get("function", found) if isinstance(found, dict) else None
    if not isinstance(said, dict) or not isinstance(said.get("name"), str):
        raise OddValueError("has a tool call without a name")
    given = said.get("arguments", said.get("input"))
    if isinstance(given, str):
        given = _result(given)
    arguments = given if isinstance(given, dict) else {} if given in (None, "") else {"": given}
    named = _id(found.get("call_id", found.get("id")))
    return ToolCall(storable(said["name"]), arguments, named, after=after)


def _kind(found: Mapping[str, Any]) -> str | None:
    kind = found.get("type")
    return kind if isinstance(kind, str | None) else ""


def _id(found: Any) -> str:
    return storable(found) if isinstance(found, str) else ""


def _result(found: Any) -> Any:
    """Return what a tool answered: the JSON data that a text holds, else as it is."""
    if not isinstance(found, str) or found.strip()[:1] not in ("{", "["):
        return storable(found) if isinstance(found, str) else found
    try:
        return decoded_json(found)
    except ValueError:
        return storable(found)


def turns_of(messages: Iterable[Message], speaker_of: Callable[[str], str]) -> list[LoggedTurn]:
    """Return the turns of a dialogue: what one speaker says in a row is one turn.

    Args:
        messages: in order.
        speaker_of: the speaker of a role; raises where there is none.
    """
    turns: list[LoggedTurn] = []
    waiting: dict[str, tuple[LoggedTurn, int]] = {}
    for message in messages:
        for of, result in message.answers:
            _answer(turns, waiting, of, result)
        if message.role in SILENT or message.role in TOOLS:
            continue
        if not (message.texts or message.calls or message.ends):
            continue
        speaker = speaker_of(message.role)
        if not turns or turns[-1].speaker != speaker:
            turns.append(LoggedTurn(speaker))
        turn = turns[-1]
        before, said = len(turn.messages), len(message.texts)
        turn.messages += message.texts
        turn.ends = message.ends
        for call in message.calls:
            waiting[call.id] = (turn, len(turn.tool_calls))
            turn.tool_calls.append(replace(call, after=before + min(call.after, said)))
    return turns


def _answer(
    turns: list[LoggedTurn], waiting: Mapping[str, tuple[LoggedTurn, int]], of: str, result: Any
) -> None:
    """Put down what a tool answered beside its call; without an id, the first that waits."""
    if of in waiting:
        turn, place = waiting[of]
    else:
        calling = next((t for t in reversed(turns) if t.tool_calls), None)
        calls = calling.tool_calls if calling else []
        waits = next((i for i, call in enumerate(calls) if call.result is None), None)
        if calling is None or of or waits is None:
            return
        turn, place = calling, waits
    turn.tool_calls[place] = replace(turn.tool_calls[place], result=result)
