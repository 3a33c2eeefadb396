"""The conversation so far, as messages of chat completions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from simulate.targets.target import Said, ToolCall

NO_RESULT = "no result is on record"
"""What stands for the result of a call that nobody here answered: the protocol wants one."""


def messages(said: Sequence[Said]) -> list[dict[str, Any]]:
    """Return turns as `{"role", "content"}`, a turn's tool calls and their results included.

    A turn of neither text nor calls is left out.
    """
    return [message for i, turn in enumerate(said) for message in _of_turn(i, turn)]


def _of_turn(index: int, turn: Said) -> Iterator[dict[str, Any]]:
    if turn.tool_calls:
        calls = [(call.id or f"call-{index}-{i}", call) for i, call in enumerate(turn.tool_calls)]
        yield {
            "role": "assistant",
            "content": None,
            "tool_calls": [_called(id, call) for id, call in calls],
        }
        for id, call in calls:
            yield {"role": "tool", "tool_call_id": id, "content": result_text(call)}
    if turn.text:
        yield {"role": "user" if turn.speaker == "user" else "assistant", "content": turn.text}


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
