"""A model behind an endpoint that speaks OpenAI's chat completions, or one of its other APIs.

This is the hot path: one JSON dump, one request, one JSON load. What an endpoint refuses is learnt
(see `unsupported`); everything else about the way there is the connection's.
"""

from __future__ import annotations

import asyncio
from typing import Any

from simulate.errors import ModelError, RequestRefusedError
from simulate.models.api import CHAT_COMPLETIONS, Api
from simulate.models.chat import ChatReply, ChatRequest, Learnt, Noticed, Usage
from simulate.models.completion import Completion, read_completion
from simulate.models.concurrency import Limit
from simulate.models.connection import Connection
from simulate.models.error_body import error_in
from simulate.models.failures import PassingFaultError, RefusedError, quoted
from simulate.models.first_token import without_logprobs
from simulate.models.journal import Journal
from simulate.models.prices import Price
from simulate.models.prompt_cut import PromptCut, prompts_cut
from simulate.models.refused_setting import LOGPROBS
from simulate.models.unsupported import instead
from simulate.models.usage import completed, read_usage, written_in
from simulate.models.wire_json import from_json

_ESTIMATED = "they are estimated from the texts, for budgets, limits and costs too"


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
        self._prompt_cut = PromptCut()
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
            QuotaReachedError: the endpoint serves nothing more for now.
            RequestRefusedError: this request is refused.
            ContentFilteredError: the reply was held back.
            ProtocolError: the body is too long.
            ModelError: a passing fault did not pass.
        """
        shape = (
            not request.messages or request.messages[0]["role"] != "system",
            request.schema is None,
            request.max_tokens is None,
            request.temperature is None,
            request.top_p is None,
            request.seed is None,
            not request.tools,
            request.top_logprobs is None,
        )
        # Without instructions and any setting there is nothing that could be refused.
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

        paid: list[Usage] = []

        async def attempt() -> Completion:
            before = len(paid)
            try:
                return await self._attempt(request, paid)
            finally:
                if pace is not None and len(paid) > before:
                    pace.settle(request, expected, paid[-1])

        try:
            called = await self.connection.call(attempt, expected)
        except ModelError as error:
            if paid:
                used = sum(paid, Usage())
                error.paid = (used.prompt_tokens, used.cached_tokens, used.completion_tokens)
                error.paid_usd = self.price(used) if self.price is not None else None
            raise
        read = called.answer
        self._journal.answered(self.name, read.served, read.fingerprint)
        if (ceiling := self._prompt_cut.ceiling(request.messages, paid[-1])) is not None:
            self._journal.notice(prompts_cut(self.name, ceiling))
        usage = paid[0] if len(paid) == 1 else sum(paid, Usage())
        return ChatReply(
            read.text,
            read.stop,
            usage,
            called.latency_s,
            called.attempts,
            self.price(usage) if self.price is not None else None,
            read.tool_calls,
            read.served,
            read.fingerprint,
            read.top_logprobs,
        )

    async def _attempt(self, request: ChatRequest, paid: list[Usage]) -> Completion:
        """Send the request until no refusal is left to learn from; note what an answer took."""
        while True:
            body = self._refusals.body(self._model, request)
            try:
                sent = self._api.request(body)
                raw = await self.connection.post(self._api.path, sent)
                return self._read(raw, sent, request, paid)
            except RefusedError as refused:
                what = self._refusals.learn(body, refused.body)
                if what == LOGPROBS:  # nothing can stand in for them
                    raise without_logprobs(self.name, refused.told) from None
                if what is None:
                    raise RequestRefusedError(
                        f"the endpoint refuses the request: {refused.told}"
                    ) from None
                self._journal.note(Learnt(self.name, what, refused.told, instead(what)))
                if self.connection.limit.pace is not None:  # what is sent again counts too
                    self.connection.limit.pace.take(asyncio.get_running_loop().time(), 0)

    def _read(self, raw: bytes, sent: Any, request: ChatRequest, paid: list[Usage]) -> Completion:
        data: Any = None
        try:
            data = self._api.completion(from_json(raw))
            read = read_completion(data, request)
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            if isinstance(data, dict) and (used := read_usage(data.get("usage"))).prompt_tokens:
                paid.append(used)
            if (error := error_in(raw)) is not None:
                raise self.connection.failure_in(error, sent) from None
            raise PassingFaultError(f"the body is not a chat completion: {quoted(raw)}") from None
        except (ModelError, PassingFaultError):  # it was written, and is paid
            paid.append(completed(read_usage(data.get("usage")), request, written_in(data)))
            raise
        if read.place is not None:
            told = f"{self.name} puts its answers into {read.place}, and they are read from there"
            self._journal.notice(Noticed(self.name, f"answers in {read.place}", told))
        usage = read.usage
        if not usage.prompt_tokens or not usage.completion_tokens:
            usage = completed(usage, request, written_in(data))
            if usage.estimated:
                told = f"{self.name} does not say how many tokens its answers take: {_ESTIMATED}"
                self._journal.notice(Noticed(self.name, "no usage", told))
        paid.append(usage)
        return read
