"""The way to an endpoint through its batches: a request is sent with others, and answered later.

What an answer means, what is learnt from a refusal, and how often a fault is tried again is decided
as for any other connection. Only how it is sent, and how long that takes, is another.
"""

from __future__ import annotations

import json
from typing import Any

from simulate.limits import LONGEST_S, MOST_AT_ONCE
from simulate.models.api import CHAT_COMPLETIONS, Api
from simulate.models.batches.batch_queue import BatchQueue
from simulate.models.batches.outbox import NO_ANSWER, asking, call_key
from simulate.models.chat import ChatReply, ChatRequest
from simulate.models.concurrency import Limit
from simulate.models.connection import Connection
from simulate.models.failures import PassingFaultError, Response
from simulate.models.openai_compatible import OpenAICompatible
from simulate.models.prices import price_of

RETRIES = 3
"""How often a request is sent again, each time in a later batch."""


class _NoLimit(Limit):
    """Lets everything in: how much waits at an endpoint for its batches is no matter of a host."""

    async def enter(self, tokens: int = 0) -> int:
        return 0

    def leave(self, sent_in: int) -> None:
        pass

    def pressed(self, sent_in: int, wait_s: float | None = None) -> None:
        pass


class BatchConnection(Connection):
    """A connection whose requests go out in batches.

    Args:
        way: the connection by which they would go out one by one; its name and settings hold.
        queue: puts them together.
    """

    def __init__(self, way: Connection, queue: BatchQueue) -> None:
        super().__init__(
            way.url,
            way.name,
            retries=RETRIES,
            total_timeout_s=LONGEST_S,
            backoff_s=0.0,
            connections=MOST_AT_ONCE,
            body=way.body,
            key_variable=way.key_variable,
        )
        self.host = f"batches at {way.host}"
        self.limit = _NoLimit(MOST_AT_ONCE)
        self.recorded = way.recorded
        self.queue = queue

    async def _send(self, path: str, body: Any) -> Response:
        data = json.dumps(body).encode()
        status, answer = await self.queue.answer(call_key(self.queue.key, data), data)
        if status == NO_ANSWER:
            raise PassingFaultError(answer.decode())
        return Response(status, "", {}, answer, self.url)

    async def aclose(self) -> None:
        """Follow the batches no longer."""
        await self.queue.end()


class BatchedModel(OpenAICompatible):
    """A chat model whose calls go out in batches.

    Args:
        model: the model's name at the endpoint.
        connection: the way to the endpoint.
        api: the API that answers.
    """

    concurrency = 20_000
    """Each dialogue that waits takes some 30 KB."""

    def __init__(
        self, model: str, connection: BatchConnection, api: Api = CHAT_COMPLETIONS
    ) -> None:
        price = price_of(model, connection.url, batch=True)
        super().__init__(model, connection, api=api, price=price, learns_alone=False)

    async def complete(self, request: ChatRequest) -> ChatReply:
        """Answer a request when its batch is read; see `ChatModel.complete`.

        Raises:
            RunStoppedError: its batch was cancelled, or cannot be asked for.
        """
        with asking(request):
            return await super().complete(request)
