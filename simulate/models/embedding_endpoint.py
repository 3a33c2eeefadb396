"""The embedder of an endpoint: sentence embeddings from an OpenAI-compatible endpoint."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from simulate.errors import EndpointError, ModelSpecError, ProtocolError, quote
from simulate.measures.embeddings import BATCH, Embedder, OfflineEmbedder, Vectors
from simulate.models.failures import RefusedError
from simulate.models.kinds import ModelOpening
from simulate.models.spec import ModelSpec
from simulate.models.wire import Wire

OFFLINE = "offline"


class EndpointEmbedder:
    """An OpenAI-compatible `/embeddings` endpoint.

    Args:
        model: the model's name at the endpoint.
        wire: the way to the endpoint.
    """

    def __init__(self, model: str, wire: Wire) -> None:
        self.name = model
        self._wire = wire

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return (len(texts), d) vectors.

        Raises:
            EndpointError: the endpoint cannot be reached or refuses.
            ModelError: a passing fault did not pass.
            ProtocolError: its answer is not a list of embeddings.
        """
        return np.asarray(asyncio.run(self._embed(list(texts))), dtype=np.float64)

    async def _embed(self, texts: list[str]) -> list[list[float]]:
        wire, url = self._wire, self._wire.url("/embeddings")
        found: list[list[float]] = []
        try:
            for start in range(0, len(texts), BATCH):
                batch = texts[start : start + BATCH]
                body = {"model": self.name, "input": batch}
                called = await wire.call(partial(wire.post, url, body))
                found += self._read(called.answer, len(batch))
        except RefusedError as refused:
            raise EndpointError(f"model {wire.name}: {refused.told}") from None
        finally:
            await wire.aclose()
        return found

    def _read(self, raw: bytes, count: int) -> list[list[float]]:
        name = self._wire.name
        try:
            entries: list[Any] = sorted(json.loads(raw)["data"], key=lambda entry: entry["index"])
            vectors = [[float(x) for x in entry["embedding"]] for entry in entries]
        except (LookupError, TypeError, ValueError):
            raise ProtocolError(
                f"model {name}: the answer is not a list of embeddings: {self._wire.quoted(raw)}"
            ) from None
        if len(vectors) != count:
            raise ProtocolError(
                f"model {name}: {count} texts sent, {len(vectors)} embeddings came back"
            )
        return vectors


def open_embedder(spec: str, *, environment: Mapping[str, str] = os.environ) -> Embedder:
    """Return what turns texts into vectors.

    Args:
        spec: `offline`; `NAME@http://host:port/v1`; or `NAME` for a model at `OPENAI_BASE_URL`.
        environment: where the address of the endpoint and the key are looked up.

    Raises:
        ModelSpecError: the offline model is not installed, or no URL is known.
    """
    if spec == OFFLINE:
        return OfflineEmbedder()
    read = ModelSpec.parse(spec)
    if read.kind != "endpoint":
        raise ModelSpecError(
            f"embeddings {quote(read.redacted)}: give {OFFLINE}, NAME@http://host:port/v1, or set "
            "OPENAI_BASE_URL"
        )
    return EndpointEmbedder(read.name, ModelOpening(environment).wire(read))
