from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import pytest

from simulate.errors import ModelSpecError
from simulate.measures import vectors
from simulate.measures.embeddings import OfflineEmbedder
from simulate.measures.vectors import (
    LexicalEmbedder,
    RememberedEmbedder,
    best_embedder,
    unit_vectors,
)
from simulate.stress.statistics.behaviours import behaviours, leaders
from tests.stress.dialogues import dialogue

LEXICAL = LexicalEmbedder()
TURNS = (
    "I want my money back for this order.",
    "Please give me my money back for the order.",
    "Can I talk to a real person?",
    "Let me talk to a real human person.",
    "",
    "  \n",
)


def test_turns_that_are_alike_are_of_one_type() -> None:
    found = behaviours([dialogue(i, said=[text]) for i, text in enumerate(TURNS)], LEXICAL)
    assert found.types == ((0,), (0,), (1,), (1,), (2,), (2,))
    assert found.examples == (TURNS[0], TURNS[2], "")
    assert found.vectors == LEXICAL.name


def test_types_follow_the_plan_whatever_the_order_of_arrival() -> None:
    some = [dialogue(i, said=[TURNS[i % 6], TURNS[(i + 2) % 6]]) for i in range(30)]
    shuffled = random.Random(0).sample(some, k=30)
    assert behaviours(some, LEXICAL) == behaviours(shuffled, LEXICAL)


def test_blocks_give_the_types_of_one_turn_after_the_other() -> None:
    rng = np.random.default_rng(0)
    units = rng.normal(size=(700, 6)).astype(np.float32)
    units[::50] = 0
    units /= np.maximum(np.linalg.norm(units, axis=1, keepdims=True), 1e-9)
    expected: list[int] = []
    leading: list[int] = []
    nothing = -1
    for i, unit in enumerate(units):
        if not unit.any():
            if nothing < 0:
                nothing, leading = len(leading), [*leading, i]
            expected.append(nothing)
            continue
        near = [t for t, leader in enumerate(leading) if units[leader] @ unit >= 0.7]
        if not near:
            near, leading = [len(leading)], [*leading, i]
        expected.append(near[0])
    labels, leads = leaders(units, 0.7)
    assert labels.tolist() == expected
    assert leads == leading


def test_no_dialogue_has_no_type() -> None:
    assert behaviours([], LEXICAL).types == ()


def test_lexical_vectors_have_length_1_and_those_of_empty_texts_0() -> None:
    units = unit_vectors(["Hello there", "hello  THERE", "", "???", "你好"], LEXICAL)
    assert np.linalg.norm(units, axis=1) == pytest.approx([1, 1, 0, 1, 1])
    assert units[0] == pytest.approx(units[1])


def test_texts_without_a_letter_need_no_vector() -> None:
    assert not unit_vectors(["", " "], LEXICAL).any()


def test_without_the_extra_the_vectors_are_lexical(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise ModelSpecError("offline embeddings are not installed")

    monkeypatch.setattr(vectors, "OfflineEmbedder", missing)
    assert best_embedder().name == LEXICAL.name


def test_with_the_extra_meaning_counts_not_wording(offline: OfflineEmbedder) -> None:
    turns = ["How do I get my money back?", "Can I get a refund please?", "Thanks, bye!"]
    found = behaviours([dialogue(i, said=[text]) for i, text in enumerate(turns)], offline)
    assert found.types == ((0,), (0,), (1,))


class Lengths:
    """Embeds a text as its length, and keeps what it was asked."""

    name = "lengths"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        self.asked += texts
        return np.array([[float(len(text))] for text in texts]).reshape(len(texts), 1)


def test_a_text_is_embedded_once() -> None:
    lengths = Lengths()
    remembered = RememberedEmbedder(lengths)
    assert remembered.embed(["a", "bb", "a"]).tolist() == [[1], [2], [1]]
    assert remembered.embed(["bb", "ccc"]).tolist() == [[2], [3]]
    assert remembered.embed([]).shape == (0, 1)
    assert lengths.asked == ["a", "bb", "ccc"]
