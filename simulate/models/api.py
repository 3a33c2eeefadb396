"""The APIs by which an endpoint is asked for a reply; each brings a chat completion to its form.

What is asked, what is refused and what is read is said in the terms of chat completions, which
almost every endpoint speaks. Another API is a translation there and back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from simulate.models.first_token import without_logprobs
from simulate.models.refused_setting import LOGPROBS


class Api(Protocol):
    """One API."""

    @property
    def path(self) -> str:
        """Where requests go, after the endpoint's base URL."""
        ...

    def request(self, body: dict[str, Any]) -> dict[str, Any]:
        """Return the body that is sent, from that of a chat completion."""
        ...

    def completion(self, data: Any) -> Any:
        """Return the chat completion that an answer amounts to.

        Raises:
            ValueError: (or LookupError, TypeError, AttributeError) the answer is none of this API.
        """
        ...


class ChatCompletions:
    """Chat completions."""

    path = "/chat/completions"

    def request(self, body: dict[str, Any]) -> dict[str, Any]:
        """Return the body as it is."""
        return body

    def completion(self, data: Any) -> Any:
        """Return the answer as it is."""
        return data


class Responses:
    """OpenAI's Responses API, for models that answer only there; nothing is stored there."""

    path = "/responses"

    def request(self, body: dict[str, Any]) -> dict[str, Any]:
        """See `Api.request`; the API takes no seed.

        Raises:
            EndpointError: log-probabilities are asked for.
        """
        if LOGPROBS in body:
            raise without_logprobs(str(body["model"]), "through the Responses API")
        sent = {key: value for key, value in body.items() if key not in _RENAMED and key != "seed"}
        sent |= {_RENAMED[key]: value for key, value in body.items() if key in _RENAMED}
        if (form := sent.pop("response_format", None)) is not None:
            schema = form.get("json_schema", {})
            sent["text"] = {"format": {"type": form["type"], **schema}}
        if "tools" in sent:
            sent["tools"] = [
                {"type": "function", **tool["function"]} if "function" in tool else tool
                for tool in sent["tools"]
            ]
        return {**sent, "store": False}

    def completion(self, data: Any) -> Any:
        """See `Api.completion`."""
        texts, reasoning, refusals, calls = [], [], [], []
        for item in data["output"]:
            match item.get("type"):
                case "message" if item.get("phase") != "commentary":
                    parts = item.get("content") or ()
                    texts.append("".join(part.get("text") or "" for part in parts))
                    refusals += [part["refusal"] for part in parts if part.get("refusal")]
                case "reasoning":
                    parts = [*(item.get("summary") or ()), *(item.get("content") or ())]
                    reasoning += [part.get("text") or "" for part in parts]
                case "function_call":
                    function = {"name": item["name"], "arguments": item["arguments"]}
                    calls.append(
                        {"id": item.get("call_id"), "type": "function", "function": function}
                    )
        return {
            **data,
            "choices": [
                {
                    "finish_reason": _finish(data),
                    "message": {
                        "role": "assistant",
                        "content": "\n\n".join(filter(None, texts)) or None,
                        "refusal": "\n".join(refusals) or None,
                        "reasoning_content": "\n".join(reasoning) or None,
                        "tool_calls": calls or None,
                    },
                }
            ],
        }


_RENAMED = {
    "messages": "input",
    "max_tokens": "max_output_tokens",
    "max_completion_tokens": "max_output_tokens",
}


def _finish(data: Mapping[str, Any]) -> Any:
    """Return how an answer ended, in the words of chat completions."""
    match data.get("status"):
        case "completed":
            messages = (item for item in data["output"] if item.get("type") == "message")
            half = any(message.get("status") == "incomplete" for message in messages)
            return "incomplete" if half else "stop"
        case "incomplete":
            why = (data.get("incomplete_details") or {}).get("reason")
            return "length" if why == "max_output_tokens" else why or "incomplete"
        case "failed":
            return "error"
        case other:
            return other


CHAT_COMPLETIONS = ChatCompletions()
RESPONSES = Responses()
