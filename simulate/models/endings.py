"""Why a model stopped, as endpoints write it.

The list of good endings is closed: half a reply must not pass for a whole one because its endpoint
has a word of its own for what went wrong. Letters' case and a prefix such as `FinishReason.` do not
matter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from simulate.errors import ContentFilteredError, ProtocolError, ReplyTruncatedError
from simulate.models.chat import StopReason
from simulate.models.failures import PassingFaultError, quoted

_GOOD = frozenset(
    {
        # OpenAI, vLLM and almost everybody; the functions' are the older ones
        *("", "null", "none", "stop", "tool_calls", "tool_call", "function_call", "function_calls"),
        *("end_turn", "stop_sequence", "tool_use"),  # Anthropic, Bedrock
        *("endoftext", "end_of_text", "end_of_turn"),  # AI21 and others; `eos…`: see below
        *("complete", "completed", "normal"),  # Cohere, the Responses API, Baidu
    }
)
_LENGTH = frozenset(
    {
        *("length", "max_tokens", "model_length", "max_output_tokens", "max_completion_tokens"),
        *("max_new_tokens", "max_length", "token_limit", "limit"),
    }
)
_CONTEXT = re.compile(r"context_(?:window|length|limit|size)")
_HELD_BACK = re.compile(
    r"filter|safety|recitation|prohibited|(?:block|black)_?list|blocked|spii|sensitive|guardrail|refus"
    r"|moderation|polic|toxic|harm|censor|model_armor|jailbreak|copyright"
)
_MAY_PASS = re.compile(
    r"error|failed|abort|insufficient_system_resource|unknown|unspecified|^other$|timeout"
    r"|time_limit|overload|cancel|interrupt|malformed"
)
_PREFIX = re.compile(r"^finish_?reason[._]")


def stop_reason(finish: Any) -> StopReason:
    """Return why a model stopped.

    Args:
        finish: `finish_reason` as it came; SGLang's own form is an object with a `type`.

    Raises:
        ContentFilteredError: the reply was held back.
        PassingFaultError: something went wrong at the endpoint.
        ReplyTruncatedError: the reply was cut off where the model's context ends.
        ProtocolError: the endpoint says something else.
    """
    if finish == "stop" or finish is None:
        return "stop"
    named = finish.get("type") if isinstance(finish, Mapping) else finish
    name = re.sub(r"[\s-]+", "_", str(named).strip().lower()[:200])
    name = _PREFIX.sub("", name)
    shown = quoted(str(named))
    if name in _GOOD or name.startswith("eos"):
        return "stop"
    if name in _LENGTH:
        return "length"
    if _CONTEXT.search(name):
        raise ReplyTruncatedError(
            f"the reply was cut off where the model's context ends ({shown}): take a model with a "
            "longer one, or let the dialogue end sooner"
        )
    if _HELD_BACK.search(name):
        raise ContentFilteredError(f"the endpoint's content filter held the reply back ({shown})")
    if _MAY_PASS.search(name):
        raise PassingFaultError(f"the reply broke off: the endpoint says {shown}", answered=True)
    raise ProtocolError(
        f"the endpoint says that the reply ended by {shown}, which is no ending that is known: it "
        "may be half a reply, and is not used"
    )
