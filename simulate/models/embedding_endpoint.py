"""The embedder of an endpoint: sentence embeddings from an OpenAI-compatible endpoint."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from simulate.errors import EndpointError, ProtocolError
from simulate.measures.embeddings import BATCH, Vectors
from simulate.models.connection import Connection
from simulate.models.failures import RefusedError, quoted
from simulate.synchronous import run_to_end


class EndpointEmbedder:
    """An OpenAI-compatible `/embeddings` endpoint.

    Args:
        model: the model's name at the endpoint.
        connection: the way to the endpoint.
    """

    def __init__(self, model: str, connection: Connection) -> None:
        self.name = model
        self._connection = connection

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return (len(texts), d) vectors.

        Raises:
            EndpointError: the endpoint cannot be reached or refuses.
            ModelError: a passing fault did not pass.
            ProtocolError: its answer is not a list of embeddings.
        """
        return np.asarray(run_to_end(self._embed(list(texts))), dtype=np.float64)

    async def _embed(self, texts: list[str]) -> list[list[float]]:
        connection = self._connection
        found: list[list[float]] = []
        try:
            for start in range(0, len(texts), BATCH):
                batch = texts[start : start + BATCH]
                body = {"model": self.name, "input": batch}
                called = await connection.call(partial(connection.post, "/embeddings", body))
                found += self._read(called.answer, len(batch))
        except RefusedError as refused:
            raise EndpointError(f"model {connection.name}: {refused.told}") from None
        finally:
            await connection.aclose()
        return found

    def _read(self, raw: bytes, count: int) -> list[list[float]]:
        name = self._connection.name
        try:
            entries: list[Any] = sorted(json.loads(raw)["data"], key=lambda entry: entry["index"])
            vectors = [[float(x) for x in entry["embedding"]] for entry in entries]
        except (LookupError, TypeError, ValueError):
            raise ProtocolError(
                f"model {name}: the answer is not a list of embeddings: {quoted(raw)}"
            ) from None
        if len(vectors) != count:
            raise ProtocolError(
                f"model {name}: {count} texts sent, {len(vectors)} embeddings came back"
            )
        return vectors
