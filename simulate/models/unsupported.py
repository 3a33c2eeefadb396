"""What an endpoint refuses, learnt from its own errors, and what is sent in its place.

Endpoints that speak “the same” protocol differ: one takes no temperature, another no seed, a third
wants `max_completion_tokens`, a fourth knows no JSON Schema, a fifth no system message. Nobody
should have to configure that. A setting is sent until the endpoint refuses it; from then on it is
left out or replaced.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from simulate.models.chat import ChatRequest
from simulate.models.error_body import ErrorBody
from simulate.models.refused_setting import ALTERNATION, LOGPROBS, SYSTEM_ROLE, refused_setting
from simulate.verbalized.schema import BOUNDS, CLOSED, without_keywords

Messages = Sequence[Mapping[str, str]]

_INSTEAD = {
    "max_tokens": "max_completion_tokens is sent instead",
    "json_schema": "a JSON object is asked for instead",
    "response_format": "the form of answers is only asked for in words",
    "schema_bounds": "the schema is sent without bounds",
    "additional_properties": "the schema is sent without additionalProperties",
    SYSTEM_ROLE: "the instructions stand in the first user message instead",
    ALTERNATION: "messages of one role in a row are joined",
}
"""What is done about a refusal; the other settings are left out."""


def instead(what: str) -> str:
    """Return what is done where a setting is refused, in words."""
    return _INSTEAD.get(what, "going on without it")


class Refusals:
    """The settings that one endpoint refuses.

    Attributes:
        learnt: the refused settings, in the order in which they were learnt.
    """

    def __init__(self, known: Iterable[str] = ()) -> None:
        self.learnt: list[str] = list(known)

    def __contains__(self, what: str) -> bool:
        return what in self.learnt

    def body(self, model: str, request: ChatRequest) -> dict[str, Any]:
        """Return the request's body with only what the endpoint is not known to refuse."""
        messages = self._messages(request.messages)
        # Said although it is the default: some servers stream where it is left out.
        body: dict[str, Any] = {"model": model, "messages": messages, "stream": False}
        for setting in ("temperature", "top_p", "seed"):
            value = getattr(request, setting)
            if value is not None and setting not in self.learnt:
                body[setting] = value
        if request.max_tokens is not None:
            if "max_tokens" not in self.learnt:
                body["max_tokens"] = request.max_tokens
            elif "max_completion_tokens" not in self.learnt:
                body["max_completion_tokens"] = request.max_tokens
        if request.schema is not None and "response_format" not in self.learnt:
            body["response_format"] = self._format(request.schema)
        if request.tools:
            body["tools"] = list(request.tools)
        if request.top_logprobs is not None:
            body |= {LOGPROBS: True, "top_logprobs": request.top_logprobs}
        return body

    def _format(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        if "json_schema" in self.learnt:
            return {"type": "json_object"}
        form: dict[str, Any] = {"name": "answer", "strict": True, "schema": schema}
        if "schema_bounds" in self.learnt:
            form["schema"] = without_keywords(form["schema"], BOUNDS)
        if "additional_properties" in self.learnt:
            form["schema"] = without_keywords(form["schema"], CLOSED)
        if "strict" in self.learnt:
            del form["strict"]
        return {"type": "json_schema", "json_schema": form}

    def _messages(self, messages: Messages) -> list[Mapping[str, str]]:
        """Return the messages, changed where the endpoint takes no system message, or no row."""
        if SYSTEM_ROLE not in self.learnt:
            return self._joined(messages)
        instructions = [m["content"] for m in messages if m["role"] == "system"]
        others = self._joined([m for m in messages if m["role"] != "system"])
        if not instructions:
            return others
        if others and others[0]["role"] == "user":
            first, *others = others
            # Where it is not the request it was said by others, and must not pass for instructions.
            said = first["content"] if not others else _quoted(first["content"])
            instructions.append(said)
        return [{"role": "user", "content": "\n\n".join(instructions)}, *others]

    def _joined(self, messages: Messages) -> list[Mapping[str, str]]:
        """Return the messages, those of one role in a row joined where that is refused.

        The last of a row at the end is the request. What stands before it may have been said by
        others: where it has several lines, each is quoted, so that none can pass for the request.
        """
        if ALTERNATION not in self.learnt:
            return list(messages)
        rows = [list(row) for _, row in groupby(messages, key=lambda m: m["role"])]
        joined: list[Mapping[str, str]] = []
        for row in rows:
            texts = [m["content"] for m in row]
            if row is rows[-1]:
                texts[:-1] = [_quoted(text) for text in texts[:-1]]
            joined.append({"role": row[0]["role"], "content": "\n\n".join(texts)})
        return joined

    def learn(self, sent: Mapping[str, Any], error: ErrorBody) -> str | None:
        """Find the setting that a refusal is about, remember it and return it.

        Args:
            sent: the body that was refused.
            error: what the endpoint said.

        Returns:
            The refused setting; None where the refusal is about none that could be left out.
        """
        what = refused_setting(sent, error)
        if what is not None and what not in self.learnt:
            self.learnt.append(what)
        return what


def _quoted(text: str) -> str:
    lines = text.splitlines(keepends=True)
    return text if len(lines) < 2 else "".join(f"> {line}" for line in lines)
