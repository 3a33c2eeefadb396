"""Read a chat completion: what the model wrote, why it stopped, and what it took."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from simulate.errors import ContentFilteredError
from simulate.models.chat import StopReason, Usage
from simulate.models.failures import quoted
from simulate.models.secrets import Secrets

_THINKING = re.compile(r"^\s*<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL)
_THOUGHT = re.compile(r"^.*?</think(?:ing)?>", re.DOTALL)
"""Reasoning without its opening tag, which some chat templates put into the prompt."""

_TRUNCATED = frozenset({"length", "max_tokens", "model_length"})
_LARGEST_COUNT = 2**53
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Completion:
    """What was read from an answer.

    Attributes:
        text: what the model wrote, without its reasoning.
        stop: why it stopped.
        usage: tokens spent.
        tool_calls: as the protocol has them.
        served: the model's name, as the endpoint says it; None where it does not say.
        fingerprint: what the endpoint calls the configuration that answered, likewise.
    """

    text: str
    stop: StopReason
    usage: Usage
    tool_calls: tuple[Any, ...] = ()
    served: str | None = None
    fingerprint: str | None = None


def read_completion(data: Any, secrets: Secrets) -> Completion:
    """Read a chat completion.

    Args:
        data: the answer's JSON.
        secrets: what was sent to the endpoint and must stand in no text.

    Raises:
        ContentFilteredError: the reply was held back.
        LookupError: (or TypeError, AttributeError) it is no chat completion.
    """
    choice = data["choices"][0]
    message = choice["message"]
    finish = choice.get("finish_reason")
    content = message.get("content")
    if finish == "content_filter":
        raise ContentFilteredError("the endpoint's content filter held the reply back")
    if not content and message.get("refusal"):
        refusal = quoted(str(message["refusal"]), secrets)
        raise ContentFilteredError(f"the model refused: {refusal}")
    if isinstance(content, list):
        parts = [
            p.get("text", "")
            for p in content
            if isinstance(p, dict) and p.get("type") not in ("thinking", "reasoning")
        ]
        content = "".join(p for p in parts if isinstance(p, str))
    text = content if isinstance(content, str) else ""
    if "<think" in text[:64]:
        text = _THINKING.sub("", text, count=1).lstrip()
    elif "</think" in text:
        text = _THOUGHT.sub("", text, count=1).lstrip()
    text = secrets.hidden_in_reply(text)
    calls = message.get("tool_calls")
    return Completion(
        text,
        "length" if finish in _TRUNCATED else "stop",
        _usage(data.get("usage")),
        tuple(calls) if isinstance(calls, list) else (),
        _name(data.get("model"), secrets),
        _name(data.get("system_fingerprint"), secrets),
    )


def _name(value: Any, secrets: Secrets) -> str | None:
    return secrets.hidden(value)[:_LONGEST_NAME] if isinstance(value, str) and value else None


def _usage(data: Any) -> Usage:
    if not isinstance(data, dict):
        return Usage()
    details = data.get("prompt_tokens_details")
    cached = details.get("cached_tokens") if isinstance(details, dict) else 0
    return Usage(
        _count(data.get("prompt_tokens")), _count(cached), _count(data.get("completion_tokens"))
    )


def _count(value: Any) -> int:
    counts = isinstance(value, int) and not isinstance(value, bool)
    return value if counts and 0 <= value <= _LARGEST_COUNT else 0
