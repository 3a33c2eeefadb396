"""Where turns are alike, and where failures are apart, on turns whose intents are known."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pytest

from simulate.measures.embeddings import Embedder, OfflineEmbedder, Vectors
from simulate.measures.vectors import LexicalEmbedder, alike, unit_vectors
from simulate.stress.statistics.clusters import APART, clusters
from tests.stress.dialogues import dialogue
from tests.stress.intents import INTENTS

TEXTS = [text for texts in INTENTS.values() for text in texts]
LABELS = [intent for intent, texts in INTENTS.items() for _ in texts]


class Remembered:
    """Embeds the turns once."""

    def __init__(self, embedder: Embedder) -> None:
        self.name = embedder.name
        self.vectors = embedder.embed(TEXTS)

    def embed(self, texts: Sequence[str]) -> Vectors:
        return self.vectors[[TEXTS.index(text) for text in texts]]


@pytest.fixture(scope="module", params=["offline", "lexical"])
def embedder(request: pytest.FixtureRequest) -> Embedder:
    if request.param == "lexical":
        return Remembered(LexicalEmbedder())
    offline: OfflineEmbedder = request.getfixturevalue("offline")
    return Remembered(offline)


def rand_index(found: list[int]) -> float:
    """Return the adjusted Rand index (Hubert and Arabie 1985): 0 for chance, 1 for the intents."""
    pairs = list(combinations(range(len(LABELS)), 2))
    ours = np.array([found[i] == found[j] for i, j in pairs])
    true = np.array([LABELS[i] == LABELS[j] for i, j in pairs])
    chance = ours.sum() * true.sum() / len(pairs)
    return float(((ours & true).sum() - chance) / ((ours.sum() + true.sum()) / 2 - chance))


def intents_found(embedder: Embedder, apart: float) -> float:
    some = [dialogue(i, "fail", said=[text]) for i, text in enumerate(TEXTS)]
    found = clusters(some, embedder, apart)
    label = {key: c for c, one in enumerate(found.clusters) for key in one.dialogues}
    return rand_index([label[f"d{i}"] for i in range(len(TEXTS))])


def test_turns_of_different_intents_are_rarely_alike(embedder: Embedder) -> None:
    units = unit_vectors(TEXTS, embedder)
    different = [
        float(units[i] @ units[j])
        for i, j in combinations(range(len(TEXTS)), 2)
        if LABELS[i] != LABELS[j]
    ]
    assert np.mean(np.array(different) >= alike(embedder)) == pytest.approx(0.01, abs=0.003)


def test_failures_are_told_apart_best_at_the_threshold(embedder: Embedder) -> None:
    best = intents_found(embedder, APART[embedder.name])
    assert all(best >= intents_found(embedder, a) for a in np.arange(0.5, 1.0, 0.1))
    assert best > (0.3 if embedder.name == LexicalEmbedder.name else 0.65)
