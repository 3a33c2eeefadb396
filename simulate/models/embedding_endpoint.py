"""Sentence embeddings from an endpoint, and the one place that opens an embedder by its SPEC."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from simulate.errors import EndpointError, ModelSpecError, ProtocolError, quote
from simulate.measures.embeddings import BATCH, Embedder, OfflineEmbedder, Vectors
from simulate.models.secrets import Secrets, authorization, find_key, redacted

__all__ = ["OFFLINE", "EndpointEmbedder", "open_embedder"]

OFFLINE = "offline"
TIMEOUT_S = 60.0


class EndpointEmbedder:
    """An OpenAI-compatible `/embeddings` endpoint.

    Args:
        model: the model's name.
        base_url: such as `http://localhost:8000/v1`.
        key: sent as a bearer token when there is one.
    """

    def __init__(self, model: str, base_url: str, key: str | None = None) -> None:
        self.name = model
        self._url = f"{base_url.rstrip('/')}/embeddings"
        self._shown = redacted(self._url)
        self._headers = authorization(key, base_url)
        self._secrets = Secrets(key, base_url)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return (len(texts), d) vectors.

        Raises:
            EndpointError: the endpoint cannot be reached or refuses.
            ProtocolError: its answer is not a list of embeddings.
        """
        import asyncio

        return np.asarray(asyncio.run(self._embed(list(texts))), dtype=np.float64)

    async def _embed(self, texts: list[str]) -> list[list[float]]:
        import aiohttp

        found: list[list[float]] = []
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
        try:
            async with aiohttp.ClientSession(headers=self._headers, timeout=timeout) as session:
                for start in range(0, len(texts), BATCH):
                    batch = texts[start : start + BATCH]
                    body = {"model": self.name, "input": batch}
                    async with session.post(self._url, json=body) as response:
                        if response.status != 200:
                            told = quote(self._secrets.hidden(await response.text()))
                            raise EndpointError(f"{self._shown}: HTTP {response.status}: {told}")
                        found += _vectors(await response.json(), len(batch), self._shown)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            why = self._secrets.hidden(str(error)) or type(error).__name__
            raise EndpointError(f"{self._shown}: {why}") from None
        return found


def _vectors(body: Any, count: int, url: str) -> list[list[float]]:
    try:
        entries = sorted(body["data"], key=lambda entry: entry["index"])
        vectors = [[float(x) for x in entry["embedding"]] for entry in entries]
    except (KeyError, TypeError, ValueError) as error:
        raise ProtocolError(f"{url}: the answer is not a list of embeddings ({error})") from None
    if len(vectors) != count:
        raise ProtocolError(f"{url}: {count} texts sent, {len(vectors)} embeddings came back")
    return vectors


def open_embedder(spec: str) -> Embedder:
    """Return the embedder that a SPEC names.

    Args:
        spec: `offline`; `MODEL@URL`; or `MODEL` at `OPENAI_BASE_URL`. The key is
            `OPENAI_API_KEY`.

    Raises:
        ModelSpecError: the offline model is not installed, or no URL is known.
    """
    if spec == OFFLINE:
        return OfflineEmbedder()
    model, _, url = spec.partition("@")
    url = url or os.environ.get("OPENAI_BASE_URL", "")
    if not model or not url:
        raise ModelSpecError(
            f"embeddings {quote(redacted(spec))}: give `offline`, MODEL@URL, or set OPENAI_BASE_URL"
        )
    return EndpointEmbedder(model, url, find_key(os.environ))
