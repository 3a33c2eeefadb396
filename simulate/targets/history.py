"""The conversation so far, as messages of chat completions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from simulate.targets.target import Said, ToolCall

NO_RESULT = "no result is on record"
"""What stands for the result of a call that nobody here answered: the protocol wants one."""


def messages(said: Sequence[Said]) -> list[dict[str, Any]]:
    """Return turns as `{"role", "content"}`, tool calls and their results included.

    What a target says and calls in one turn, it says before it calls: see `rounds`. A turn of
    neither text nor calls is left out.
    """
    return [message for i, turn in enumerate(said) for message in _of_turn(i, turn)]


def rounds(said: Sequence[str], calls: Sequence[ToolCall]) -> list[Said]:
    """Return a turn of a target as what it did one after the other: texts, then calls, and again.

    Args:
        said: its messages.
        calls: of the turn.
    """
    found: list[Said] = []
    at = 0
    for after, group in groupby(calls, lambda call: call.after):
        found.append(Said("target", "\n\n".join(said[at:after]), tuple(group)))
        at = after
    if at < len(said) or not found:
        found.append(Said("target", "\n\n".join(said[at:])))
    return found


def _of_turn(index: int, turn: Said) -> Iterator[dict[str, Any]]:
    if not turn.tool_calls:
        if turn.text:
            yield {"role": "user" if turn.speaker == "user" else "assistant", "content": turn.text}
        return
    calls = [(call.id or f"call-{index}-{i}", call) for i, call in enumerate(turn.tool_calls)]
    called = [_called(id, call) for id, call in calls]
    yield {"role": "assistant", "content": turn.text or None, "tool_calls": called}
    for id, call in calls:
        yield {"role": "tool", "tool_call_id": id, "content": result_text(call)}


def _called(id: str, call: ToolCall) -> dict[str, Any]:
    function = {"name": call.name, "arguments": json.dumps(dict(call.arguments))}
    return {"id": id, "type": "function", "function": function}


def result_text(call: ToolCall) -> str:
    """Return what a model is told that a tool answered."""
    if call.error is not None:
        return json.dumps({"error": call.error})
    if call.result is None:
        return NO_RESULT
    return call.result if isinstance(call.result, str) else json.dumps(call.result)
