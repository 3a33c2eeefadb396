"""A model behind an endpoint that speaks OpenAI's chat completions, or one of its other APIs.

This is the hot path: one JSON dump, one request, one JSON load. What an endpoint refuses is learnt
(see `unsupported`); everything else about the way there is the connection's.
"""

from __future__ import annotations

import asyncio
import json

from simulate.errors import EndpointError, RequestRefusedError
from simulate.models.api import CHAT_COMPLETIONS, Api
from simulate.models.chat import ChatReply, ChatRequest, Learnt, Noticed
from simulate.models.completion import Completion, read_completion
from simulate.models.concurrency import Limit
from simulate.models.connection import Connection
from simulate.models.failures import PassingFaultError, RefusedError
from simulate.models.journal import Journal
from simulate.models.prices import Price


class OpenAICompatible:
    """A chat model at an OpenAI-compatible endpoint.

    Args:
        model: the model's name at the endpoint.
        connection: the way to the endpoint; its name is how the model is called in files.
        api: the API that the endpoint speaks.
        price: what a call costs; None where it is unknown.
        learns_alone: whether the first request of each shape (which settings it has) goes alone,
            so that a refusal is learnt once and not by every dialogue at the same time.

    Attributes:
        connection: see above.
        price: see above.
    """

    concurrency = 32

    def __init__(
        self,
        model: str,
        connection: Connection,
        *,
        api: Api = CHAT_COMPLETIONS,
        price: Price | None = None,
        learns_alone: bool = True,
    ) -> None:
        self.connection = connection
        self.price = price
        self._model = model
        self._api = api
        self._learns_alone = learns_alone
        self._served_shapes: set[tuple[bool, ...]] = set()
        self._learning = asyncio.Lock()
        self.share(connection.limit, Journal())

    @property
    def name(self) -> str:
        """The model's SPEC without secrets."""
        return self.connection.name

    def share(self, limit: Limit, journal: Journal) -> None:
        """Share with the other models of a run what they send to the host and learn about it."""
        self.connection.limit = limit
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
        await self.connection.aclose()

    async def _answer(self, request: ChatRequest) -> ChatReply:
        pace = self.connection.limit.pace
        expected = 0 if pace is None else pace.expected(request)

        async def attempt() -> Completion:
            answer = await self._attempt(request)
            if pace is not None:
                pace.settle(request, expected, answer.usage)
            return answer

        called = await self.connection.call(attempt, expected)
        read = called.answer
        self._journal.answered(self.name, read.served, read.fingerprint)
        return ChatReply(
            read.text,
            read.stop,
            read.usage,
            called.latency_s,
            called.attempts,
            self.price(read.usage) if self.price is not None else None,
            read.tool_calls,
            read.served,
            read.fingerprint,
        )

    async def _attempt(self, request: ChatRequest) -> Completion:
        """Send the request until no refusal is left to learn from."""
        while True:
            body = self._refusals.body(self._model, request)
            try:
                raw = await self.connection.post(self._api.path, self._api.request(body))
                return self._read(raw, request)
            except RefusedError as refused:
                param = None if refused.param is None else self._api.parameter(refused.param)
                what = self._refusals.learn(body, refused.message, param)
                if what is None:
                    if refused.of_all:
                        raise EndpointError(f"model {self.name}: {refused.told}") from None
                    raise RequestRefusedError(
                        f"the endpoint refuses the request: {refused.told}"
                    ) from None
                self._journal.note(Learnt(self.name, what, refused.told))
                if self.connection.limit.pace is not None:  # what is sent again counts too
                    self.connection.limit.pace.take(asyncio.get_running_loop().time(), 0)

    def _read(self, raw: bytes, request: ChatRequest) -> Completion:
        try:
            data = self._api.completion(json.loads(raw))
            read = read_completion(data, self.connection.secrets, request)
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            raise PassingFaultError(
                f"the body is not a chat completion: {self.connection.quoted(raw)}"
            ) from None
        if read.place is not None:
            told = f"{self.name} puts its answers into {read.place}, and they are read from there"
            self._journal.notice(Noticed(self.name, f"answers in {read.place}", told))
        return read
