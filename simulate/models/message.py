"""What a message of a chat completion says, where its content is no plain text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from simulate.models.chat import ChatRequest

REASONING = ("reasoning_content", "reasoning")
"""Where a message has its reasoning; all of it, or whatever an endpoint takes for it."""


def text_in_parts(content: Any, *, in_json: bool) -> tuple[str, str]:
    """Return the text of a content that is no string, and the words of a refusal in it.

    It may be a list of parts, of which those with reasoning are no text; or, where JSON was asked
    for, the answer itself.
    """
    parts = content if isinstance(content, list) else [content]
    if in_json and not all(_is_part(part) for part in parts):
        return json.dumps(content, ensure_ascii=False), ""
    text = refusal = ""
    for part in parts:
        if isinstance(part, str):
            text += part
        elif part.get("type") in (None, "text", "output_text"):
            text += part["text"]
        elif part["type"] == "refusal":
            refusal += str(part.get("refusal"))
    return text, refusal


def _is_part(part: Any) -> bool:
    """Tell a part of a content from a part of an answer, which may have a text too."""
    if isinstance(part, dict):
        return isinstance(part.get("type"), str) or part.keys() == {"text"}
    return isinstance(part, str)


def answer_beside(message: Mapping[str, Any], request: ChatRequest) -> tuple[str, str | None]:
    """Return the JSON that was asked for and stands beside an empty content, and where it stands.

    Some endpoints answer by calling a tool that nobody offered; others, told not to think, put the
    whole answer where reasoning belongs. Reasoning that is more than the answer is no answer.
    """
    calls = message.get("tool_calls")
    called = [call["function"] for call in calls] if isinstance(calls, list) else []
    called += [message["function_call"]] if message.get("function_call") else []
    if len(called) == 1 and not request.tools:
        arguments = called[0].get("arguments")
        if isinstance(arguments, dict):
            arguments = json.dumps(arguments, ensure_ascii=False)
        if isinstance(arguments, str) and arguments.strip():
            return arguments, "a tool call"
    for place in REASONING:
        text = message.get(place)
        if isinstance(text, str) and _is_answer(text, request.schema or {}):
            return text, f"`{place}`"
    return "", None


def _is_answer(text: str, schema: Mapping[str, Any]) -> bool:
    """Tell whether a text is nothing but an object with the fields that were asked for."""
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(answer, dict) and set(schema.get("required", ())) <= answer.keys()


def has_reasoning(message: Mapping[str, Any]) -> bool:
    """Tell whether a message without a text has reasoning."""
    content = message.get("content")
    parts = content if isinstance(content, list) else []
    return any(message.get(place) for place in REASONING) or any(
        isinstance(part, dict) and part.get("type") in ("thinking", "reasoning") for part in parts
    )
