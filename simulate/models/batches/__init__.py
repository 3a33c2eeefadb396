"""Calls that an endpoint answers as a batch: within a day, at half the price.

A wrapper around a model: `complete` awaits its batch, and whoever calls it notices nothing else.
Dialogues advance turn by turn; the calls that all of them make meanwhile are one batch.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from simulate.errors import ModelSpecError, quote
from simulate.models.api import Api
from simulate.models.batches.batch_queue import BatchQueue, Followed
from simulate.models.batches.connection import BatchConnection, BatchedModel
from simulate.models.batches.endpoint import BatchEndpoint, MakeClient
from simulate.models.batches.outbox import Answer, CallKey, OpenBatch, Outbox
from simulate.models.batches.settings import BatchMoved, BatchSettings
from simulate.models.connection import Connection

__all__ = [
    "Answer",
    "BatchMoved",
    "BatchSettings",
    "BatchedModel",
    "Batches",
    "CallKey",
    "Followed",
    "OpenBatch",
    "Outbox",
]


class Batches:
    """The batches of a run.

    Args:
        settings: see `BatchSettings`.
    """

    def __init__(self, settings: BatchSettings) -> None:
        self._settings = settings
        self._queues: list[BatchQueue] = []

    def model(
        self,
        name: str,
        way: Connection,
        make: MakeClient,
        api: Api,
        *,
        keeps_open: bool = False,
    ) -> BatchedModel:
        """Return a model whose calls go out in batches.

        Args:
            name: the model's name at the endpoint.
            way: the connection by which they would go out one by one.
            make: makes a client of the `openai` package for that endpoint.
            api: the API that answers.
            keeps_open: whether the client is the caller's, who closes it.
        """
        endpoint = BatchEndpoint(make, way.name, way.key_variable, keeps_open=keeps_open)
        queue = BatchQueue(endpoint, f"/v1{api.path}", self._settings)
        self._queues.append(queue)
        return BatchedModel(name, BatchConnection(way, queue), api)

    @asynccontextmanager
    async def followed(self, by: Followed) -> AsyncIterator[None]:
        """Send, follow and read the batches of a run in this block."""
        for queue in self._queues:
            queue.begin(by)
        try:
            yield
        finally:
            for queue in self._queues:
                await queue.end()


def not_batched(name: str, why: str) -> ModelSpecError:
    """Return the error of a model that answers no batches."""
    return ModelSpecError(
        f"model {quote(name)}: {why}; leave out --batch, or name a model at an endpoint that has "
        "batches"
    )
