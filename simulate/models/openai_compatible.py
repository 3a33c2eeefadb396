"""A model behind an endpoint that speaks OpenAI's chat completions.

This is the hot path: one JSON dump, one request, one JSON load. What an endpoint refuses is learnt
(see `unsupported`); everything else about the way there is the wire's.
"""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any, Unpack

from simulate.errors import ContentFilteredError, EndpointError, RequestRefusedError
from simulate.models.chat import ChatReply, ChatRequest, Learnt, StopReason, Usage
from simulate.models.concurrency import Limit
from simulate.models.failures import PassingFaultError, RefusedError
from simulate.models.journal import Journal
from simulate.models.prices import Price
from simulate.models.spec import redacted
from simulate.models.wire import Wire, WireSettings

_THINKING = re.compile(r"^\s*<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL)
_THOUGHT = re.compile(r"^.*?</think(?:ing)?>", re.DOTALL)
"""Reasoning without its opening tag, which some chat templates put into the prompt."""

_TRUNCATED = frozenset({"length", "max_tokens", "model_length"})
_LARGEST_COUNT = 2**53
_LONGEST_NAME = 200

_Answer = tuple[str, StopReason, Usage, tuple[Any, ...], str | None]
"""Text, stop reason, usage, tool calls and the model's name of one answer."""


class OpenAICompatible:
    """A chat model at an OpenAI-compatible endpoint.

    Args:
        model: the model's name at the endpoint.
        base_url: the endpoint, up to and including `/v1`; see `Wire`.
        api_key: sent as a bearer token; None sends none.
        name: how the model is called in files and messages; must hold no secret.
        price: what a call costs; None where it is unknown.
        learns_alone: whether the first request of each shape (which settings it has) goes alone,
            so that a refusal is learnt once and not by every dialogue at the same time.
        settings: how long the endpoint is waited for; see `WireSettings`.

    Attributes:
        wire: the way to the endpoint.
    """

    concurrency = 32

    def __init__(
        self,
        model: str,
        base_url: str,
        api_key: str | None = None,
        *,
        name: str | None = None,
        price: Price | None = None,
        learns_alone: bool = True,
        **settings: Unpack[WireSettings],
    ) -> None:
        self.name = name or redacted(f"{model}@{base_url}")
        self.price = price
        self.wire = Wire(base_url, api_key, self.name, **settings)
        self._model = model
        self._url = self.wire.url("/chat/completions")
        self._learns_alone = learns_alone
        self._served_shapes: set[tuple[bool, ...]] = set()
        self._learning = asyncio.Lock()
        self.share(self.wire.limit, Journal())

    def share(self, limit: Limit, journal: Journal) -> None:
        """Share with the other models of a run what they send to the host and learn about it."""
        self.wire.limit = limit
        self._journal = journal
        self._refusals = journal.of(self.name)

    async def complete(self, request: ChatRequest) -> ChatReply:
        """Answer a request; see `ChatModel.complete`.

        Raises:
            EndpointError: no request can succeed as things stand.
            RequestRefusedError: this request is refused.
            ContentFilteredError: the reply was held back.
            ProtocolError: the body is too long.
            ModelError: a passing fault did not pass.
        """
        shape = (
            request.schema is None,
            request.max_tokens is None,
            request.temperature is None,
            request.top_p is None,
            request.seed is None,
            not request.tools,
        )
        # Without any setting there is nothing that could be refused.
        if not self._learns_alone or all(shape) or shape in self._served_shapes:
            return await self._answer(request)
        async with self._learning:
            if shape not in self._served_shapes:
                reply = await self._answer(request)
                self._served_shapes.add(shape)
                return reply
        return await self._answer(request)

    async def aclose(self) -> None:
        """Close the connections; what the endpoint bears is kept."""
        await self.wire.aclose()

    async def _answer(self, request: ChatRequest) -> ChatReply:
        pace = self.wire.limit.pace
        expected = 0 if pace is None else pace.expected(request)

        async def attempt() -> _Answer:
            answer = await self._attempt(request)
            if pace is not None:
                pace.settle(request, expected, answer[2])
            return answer

        called = await self.wire.call(attempt, expected)
        text, stop, usage, calls, served = called.answer
        cost = self.price(usage) if self.price is not None else None
        return ChatReply(text, stop, usage, called.latency_s, called.attempts, cost, calls, served)

    async def _attempt(self, request: ChatRequest) -> _Answer:
        """Send the request until no refusal is left to learn from."""
        while True:
            body = self._refusals.body(self._model, request)
            try:
                return self._read(await self.wire.post(self._url, body))
            except RefusedError as refused:
                what = self._refusals.learn(body, refused.message, refused.param)
                if what is None:
                    if refused.of_all:
                        raise EndpointError(f"model {self.name}: {refused.told}") from None
                    raise RequestRefusedError(
                        f"the endpoint refuses the request: {refused.told}"
                    ) from None
                self._journal.note(Learnt(self.name, what, refused.told))
                if self.wire.limit.pace is not None:  # what is sent again counts too
                    self.wire.limit.pace.take(asyncio.get_running_loop().time(), 0)

    def _read(self, raw: bytes) -> _Answer:
        try:
            data = json.loads(raw)
            choice = data["choices"][0]
            message = choice["message"]
            finish = choice.get("finish_reason")
            content = message.get("content")
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            raise PassingFaultError(
                f"the body is not a chat completion: {self.wire.quoted(raw)}"
            ) from None
        if finish == "content_filter":
            raise ContentFilteredError("the endpoint's content filter held the reply back")
        if not content and message.get("refusal"):
            refusal = self.wire.quoted(str(message["refusal"]))
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
        text = self.wire.secrets.hidden_in_reply(text)
        calls = message.get("tool_calls")
        return (
            text,
            "length" if finish in _TRUNCATED else "stop",
            _usage(data.get("usage")),
            tuple(calls) if isinstance(calls, list) else (),
            self._served_model(data.get("model")),
        )

    def _served_model(self, name: Any) -> str | None:
        if not isinstance(name, str) or not name:
            return None
        return self.wire.secrets.hidden(name[:_LONGEST_NAME])


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
