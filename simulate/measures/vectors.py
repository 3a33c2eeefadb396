"""Texts as vectors of length 1, by sentence embeddings or by their words and letters.

The lexical vectors need nothing installed: words, pairs of words, and the runs of 3 to 5 characters
of each word are counted (1 + ln count), weighed by their inverse document frequency
ln((1 + n) / (1 + documents)) + 1, and hashed with a sign into `WIDTH` columns. They see wording,
not meaning. Sources: Salton and Buckley 1988; Weinberger et al. 2009 (signed hashing).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import chain, pairwise
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from simulate.errors import ModelSpecError
from simulate.measures.embeddings import Embedder, OfflineEmbedder
from simulate.measures.readability import words

__all__ = [
    "ALIKE",
    "WIDTH",
    "LexicalEmbedder",
    "RememberedEmbedder",
    "alike",
    "best_embedder",
    "unit_vectors",
]

WIDTH = 1024
CHARACTERS = (3, 4, 5)
SPACES = re.compile(r"\s+")

Units = NDArray[np.float32]


class LexicalEmbedder:
    """Counts of words and letters; see the module. The weights are those of the texts given."""

    name = "tf-idf-words-characters-1"

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return (len(texts), WIDTH) vectors of length 1; of length 0 for an empty text."""
        listed = [_features(text) for text in texts]
        n, lengths = len(texts), np.array([len(some) for some in listed], dtype=np.int64)
        every = np.fromiter(chain.from_iterable(listed), dtype=np.uint32, count=int(lengths.sum()))
        features, column = np.unique(every, return_inverse=True)
        # One number for (text, feature), so that one sort counts both.
        keys = np.repeat(np.arange(n), lengths) * max(1, len(features)) + column
        pairs, counts = np.unique(keys, return_counts=True)
        rows, columns = np.divmod(pairs, max(1, len(features)))
        documents = np.bincount(columns, minlength=len(features))
        weight = np.log((1 + n) / (1 + documents)) + 1
        sign = np.where(features & 1, 1.0, -1.0)
        values = (sign * weight)[columns] * (1 + np.log(counts))
        found = np.zeros((n, WIDTH), dtype=np.float32)
        np.add.at(found, (rows, ((features >> 1) % WIDTH)[columns]), values.astype(np.float32))
        return _normalised(found)


class RememberedEmbedder:
    """Embeds each text once, for a test that is looked at again and again while it runs.

    Only for embedders to whom a text's vector does not depend on the other texts, so not for
    `LexicalEmbedder`.
    """

    def __init__(self, embedder: Embedder) -> None:
        self.name = embedder.name
        self._embedder = embedder
        self._known: dict[str, NDArray[Any]] = {}

    def embed(self, texts: Sequence[str]) -> NDArray[Any]:
        """Return (len(texts), d) vectors."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new or not texts:
            vectors = self._embedder.embed(new)
            if not texts:
                return vectors
            self._known.update(zip(new, vectors, strict=True))
        return np.stack([self._known[text] for text in texts])


def best_embedder() -> Embedder:
    """Return the offline sentence embeddings where they are installed, else lexical vectors."""
    try:
        return OfflineEmbedder()
    except ModelSpecError:
        return LexicalEmbedder()


ALIKE: Mapping[str, float] = {OfflineEmbedder.name: 0.4, LexicalEmbedder.name: 0.2}
"""Embedder to the cosine from which two texts are alike; the 99th percentile of pairs of texts with
different intents. See docs/stress-statistics.md."""
ALIKE_ELSEWHERE = 0.4


def alike(embedder: Embedder) -> float:
    """Return the cosine from which two texts are alike to an embedder, in (0, 1)."""
    return ALIKE.get(embedder.name, ALIKE_ELSEWHERE)


def unit_vectors(texts: Sequence[str], embedder: Embedder) -> Units:
    """Return (n, d) float32 vectors of length 1; of length 0 for a text of white space only.

    Equal texts, but for white space and case, are embedded once.
    """
    number: dict[str, int] = {}
    first: list[str] = []
    rows = np.full(len(texts), -1, dtype=np.int64)
    for i, text in enumerate(texts):
        plain = SPACES.sub(" ", text).strip()
        if not plain:
            continue
        key = plain.casefold()
        if key not in number:
            number[key] = len(first)
            first.append(plain)
        rows[i] = number[key]
    if not first:
        return np.zeros((len(texts), 1), dtype=np.float32)
    vectors = _normalised(np.asarray(embedder.embed(first), dtype=np.float32))
    vectors = np.concatenate([vectors, np.zeros((1, vectors.shape[1]), dtype=np.float32)])
    return np.asarray(vectors[rows], dtype=np.float32)


def _normalised(vectors: NDArray[Any]) -> Units:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1), dtype=np.float32)


def _features(text: str) -> list[int]:
    spoken = words(text) or text.casefold().split()
    pairs = (f"{a} {b}" for a, b in pairwise(spoken))
    found = [crc32(f"2:{pair}".encode()) for pair in pairs]
    for word in spoken:
        found += _of_word(word)
    return found


@lru_cache(maxsize=50_000)
def _of_word(word: str) -> tuple[int, ...]:
    padded = f" {word} "
    runs = [f"1:{word}"]
    for size in CHARACTERS:
        runs += [f"c:{padded[i : i + size]}" for i in range(len(padded) - size + 1)]
    return tuple(crc32(run.encode()) for run in runs)
