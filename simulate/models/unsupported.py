"""What an endpoint refuses, learnt from its own 400s.

Endpoints that speak “the same” protocol differ: one takes no temperature, another no seed, a third
wants `max_completion_tokens`, a fourth knows no JSON Schema. Nobody should have to configure that.
A setting is sent until the endpoint refuses it; from then on it is left out or replaced.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import groupby, pairwise
from typing import Any

from simulate.verbalized.schema import without_bounds

SETTINGS = ("temperature", "top_p", "seed", "max_completion_tokens", "max_tokens")
"""Settings that are left out once refused; `max_tokens` is first renamed."""

ALTERNATION = "consecutive_roles"
"""Refused by endpoints that want user and assistant messages to alternate."""

_BOUNDS = re.compile(r"min_?items|max_?items|minimum|maximum|multiple_?of|min_?length|max_?length")
_ALTERNATE = re.compile(r"alternat(?:e|es|ing)\b|\bconsecutive|\bsuccessive|roles? must|in a row\b")
_TOO_LONG = re.compile(
    r"context[ _-]?(?:length|window|size)|maximum context|prompt is too long|too many tokens"
    r"|(?:reduce|shorten) (?:the length of |your )|exceeds? the (?:maximum|model'?s|available)"
    r"|request too large"
)
"""Words of a refusal that is about the length of this one prompt. They stand beside “maximum”,
“max_tokens” and “schema”, and would be misread as a refusal of those for the whole run."""

_VALUE = re.compile(
    r"(?:less|greater|more|higher|lower|larger|smaller) than(?: or equal)?|[<>≤≥]=? ?-?\d"
    r"|\bbetween\b|out of (?:the )?range|(?:above|below|over|under)[ _](?:the[ _])?(?:max|min)"
    r"|\bat (?:most|least)\b|too (?:large|high|small|low)\b|not in (?:the )?range"
)
_ONLY_DEFAULT = re.compile(r"only (?:the )?default|unsupported (?:parameter|value)|not support")
"""A refusal of a value, such as a temperature above the endpoint's largest: another value would be
taken, so leaving the setting out would silently simulate something else. Where the endpoint takes
only its default, the setting as such is refused."""


class Refusals:
    """The settings that one endpoint refuses.

    Attributes:
        learnt: the refused settings, in the order in which they were learnt.
    """

    def __init__(self, known: Iterable[str] = ()) -> None:
        self.learnt: list[str] = list(known)

    def __contains__(self, what: str) -> bool:
        return what in self.learnt

    def body(self, model: str, request: Any) -> dict[str, Any]:
        """Return the request's body with only what the endpoint is not known to refuse."""
        body: dict[str, Any] = {"model": model, "messages": self._messages(request.messages)}
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
        return body

    def _format(self, schema: Mapping[str, Any]) -> dict[str, Any]:
        if "json_schema" in self.learnt:
            return {"type": "json_object"}
        if "schema_bounds" in self.learnt:
            schema = without_bounds(schema)
        return {
            "type": "json_schema",
            "json_schema": {"name": "answer", "strict": True, "schema": schema},
        }

    def _messages(self, messages: Any) -> list[Mapping[str, str]]:
        """Return the messages, those of one role in a row merged where that is refused.

        The last of a row at the end is the request. What stands before it may have been said by
        others: where it has several lines, each is quoted, so that none can pass for the request.
        """
        if ALTERNATION not in self.learnt:
            return list(messages)
        rows = [list(row) for _, row in groupby(messages, key=lambda m: m["role"])]
        merged: list[Mapping[str, str]] = []
        for row in rows:
            texts = [m["content"] for m in row]
            if row is rows[-1]:
                texts[:-1] = [_quoted(text) for text in texts[:-1]]
            merged.append({"role": row[0]["role"], "content": "\n\n".join(texts)})
        return merged

    def learn(self, sent: Mapping[str, Any], message: str, param: str | None) -> str | None:
        """Find the setting that a refusal is about, remember it and return it.

        Args:
            sent: the body that was refused.
            message: what the endpoint said.
            param: the parameter that it names, where it names one.

        Returns:
            The refused setting; None where the refusal is about none that could be left out.
        """
        what = self._refused(sent, message.lower(), (param or "").lower())
        if what is None:
            return None
        if what not in self.learnt:
            self.learnt.append(what)
        return what

    def _refused(self, sent: Mapping[str, Any], message: str, param: str) -> str | None:
        if _TOO_LONG.search(message):
            return None
        of_value = bool(_VALUE.search(message)) and not _ONLY_DEFAULT.search(message)
        for setting in SETTINGS:
            if setting in sent and param == setting:
                return None if of_value else setting
        form = sent.get("response_format")
        words = ("response_format", "json_schema", "json_object", "schema", "structured", "grammar")
        if form and (param.startswith("response_format") or any(w in message for w in words)):
            if form["type"] == "json_object":
                return "response_format"
            schema = form["json_schema"]["schema"]
            # By what was sent: another call may have learnt this while this one was under way.
            if _BOUNDS.search(message) and schema != without_bounds(schema):
                return "schema_bounds"
            return "json_schema"
        for setting in SETTINGS:
            if setting in sent and re.search(rf"\b{setting}\b", message):
                return None if of_value else setting
        roles = [m["role"] for m in sent["messages"]]
        if _ALTERNATE.search(message) and any(a == b for a, b in pairwise(roles)):
            return ALTERNATION
        return None


def _quoted(text: str) -> str:
    lines = text.splitlines(keepends=True)
    return text if len(lines) < 2 else "".join(f"> {line}" for line in lines)
