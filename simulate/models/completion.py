"""Read a chat completion: what the model wrote, why it stopped, and what it took."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from simulate.errors import ContentFilteredError, one_line
from simulate.models.chat import ChatRequest, StopReason, Usage
from simulate.models.endings import stop_reason
from simulate.models.error_body import says_error
from simulate.models.failures import quoted
from simulate.models.first_token import likeliest_tokens
from simulate.models.message import answer_beside, has_reasoning, text_in_parts
from simulate.models.redaction import hidden
from simulate.models.usage import read_usage
from simulate.verbalized.markup import without_markup

_LONGEST_NAME = 200


class Completion(NamedTuple):
    """What was read from an answer.

    Attributes:
        text: what the model wrote, without its reasoning.
        stop: why it stopped.
        usage: tokens spent, as far as the endpoint counts them.
        tool_calls: as the protocol has them.
        served: the model's name, as the endpoint says it; None where it does not say.
        fingerprint: what the endpoint calls the configuration that answered, likewise.
        place: where the text stood, where not in `content`.
        top_logprobs: the likeliest first tokens, where they were asked for.
    """

    text: str
    stop: StopReason
    usage: Usage
    tool_calls: tuple[Any, ...] = ()
    served: str | None = None
    fingerprint: str | None = None
    place: str | None = None
    top_logprobs: Mapping[str, float] | None = None


def read_completion(data: Any, request: ChatRequest) -> Completion:
    """Read a chat completion.

    Args:
        data: the answer's JSON.
        request: what was asked.

    Raises:
        ContentFilteredError: the reply, or the prompt, was held back.
        ModelError: the reply ended in a way that is no good ending; see `stop_reason`.
        PassingFaultError: likewise, and another attempt may help.
        LookupError: (or TypeError, ValueError, AttributeError) it is no chat completion, or one
            with an error in it; see `error_in`.
    """
    choices = data["choices"]
    if says_error(data.get("error")) or (choices and says_error(choices[0].get("error"))):
        raise LookupError("an error")
    if not choices and (why := _prompt_held_back(data)):
        raise ContentFilteredError(f"the endpoint's content filter held the prompt back ({why})")
    choice = choices[0]
    stop = stop_reason(choice.get("finish_reason"))
    message = choice.get("message")
    if message is None:
        message = {"content": choice["text"] if stop == "stop" else choice.get("text")}
    in_json = request.schema is not None
    content = message.get("content")
    refusal = message.get("refusal")
    if content is not None and not isinstance(content, str):
        content, refused = text_in_parts(content, in_json=in_json)
        refusal = refusal or refused
    if refusal:
        raise ContentFilteredError(f"the model refused: {quoted(str(refusal))}")
    text = content or ""
    calls = message.get("tool_calls")
    place = None
    if text:
        text = without_markup(text, in_json=in_json)
    if not text or text.isspace():
        text = ""
        reasoned = bool(content and content.strip()) or has_reasoning(message)
        if request.schema is not None:
            text, place = answer_beside(message, request)
        if reasoned and not text and not calls:
            stop = "reasoning"
    return Completion(
        text,
        stop,
        read_usage(data.get("usage")),
        tuple(calls) if isinstance(calls, list) else (),
        _name(data.get("model")),
        _name(data.get("system_fingerprint")),
        place,
        None if request.top_logprobs is None else likeliest_tokens(choice),
    )


def _name(value: Any) -> str | None:
    """Read a name: on one line, and harmless wherever it is shown."""
    if not isinstance(value, str) or not value:
        return None
    return one_line(hidden(value)[:_LONGEST_NAME])


def _prompt_held_back(data: Mapping[str, Any]) -> str:
    """Return why an answer without a choice was held back; empty where it does not say so."""
    feedback = data.get("promptFeedback") or data.get("prompt_feedback")
    if isinstance(feedback, dict):
        why = feedback.get("blockReason") or feedback.get("block_reason")
        if isinstance(why, str):
            return quoted(why)
    for each in data.get("prompt_filter_results") or ():
        for name, verdict in each.get("content_filter_results", {}).items():
            if isinstance(verdict, dict) and verdict.get("filtered") is True:
                return quoted(name)
    return ""
