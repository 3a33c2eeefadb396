"""What a call took: read from whatever an endpoint says of it, estimated where it does not say."""

from __future__ import annotations

import math
from typing import Any

from simulate.models.chat import ChatRequest, Usage
from simulate.models.message import REASONING
from simulate.models.tokens import TokenEstimator, tokens_in

_LARGEST_COUNT = 2**53


def read_usage(data: Any) -> Usage:
    """Read the `usage` of an answer; 0 for what it does not say, or not as a count of tokens."""
    if not isinstance(data, dict):
        return Usage()
    prompt = _count(data.get("prompt_tokens")) or _count(data.get("input_tokens"))
    completion = _count(data.get("completion_tokens")) or _count(data.get("output_tokens"))
    if prompt and not completion:
        completion = max(_count(data.get("total_tokens")) - prompt, 0)
    details = data.get("prompt_tokens_details") or data.get("input_tokens_details")
    cached = details.get("cached_tokens") if isinstance(details, dict) else None
    if cached is None:
        cached = data.get("prompt_cache_hit_tokens")
    return Usage(prompt, min(_count(cached), prompt), completion)


def completed(usage: Usage, request: ChatRequest, written: str) -> Usage:
    """Return a call's usage with estimates in place of what was not counted.

    Args:
        usage: what the endpoint counted.
        request: what was asked.
        written: all that the model wrote, its reasoning included.
    """
    if usage.prompt_tokens and (usage.completion_tokens or not written):
        return usage
    return Usage(
        usage.prompt_tokens or math.ceil(TokenEstimator().prompt(request)),
        usage.cached_tokens,
        usage.completion_tokens or math.ceil(tokens_in(written)),
        estimated=True,
    )


def written_in(completion: Any) -> str:
    """Return all that a model wrote in a chat completion; empty where it cannot be found."""
    try:
        message = completion["choices"][0]["message"]
        texts = [message.get(key) for key in (*REASONING, "content", "tool_calls")]
    except (LookupError, TypeError, AttributeError):
        return ""
    return "".join(text if isinstance(text, str) else str(text) for text in texts if text)


def _count(value: Any) -> int:
    """Read a count of tokens: an integer, `12.0` or `"12"`; 0 where it is none."""
    if type(value) is int:  # the hot path
        return value if 0 <= value <= _LARGEST_COUNT else 0
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 15:
        return int(value)
    if isinstance(value, float) and value.is_integer() and 0 <= value <= _LARGEST_COUNT:
        return int(value)
    return 0
