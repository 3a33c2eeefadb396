"""Types of behaviour: user's turns that are alike, found in the order of the plan.

Leader clustering: a turn is of the first type whose leader is alike to it, and otherwise leads a
new type. It takes one pass, a turn is never moved, and the order is that of the plan (dialogue,
then turn), so that the types do not depend on which dialogue ended first. Turns of white space only
are one type. Source: Hartigan 1975, ch. 3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulate.measures.embeddings import Embedder
from simulate.measures.vectors import Units, alike, best_embedder, unit_vectors
from simulate.stress.records import Observed

__all__ = ["Behaviours", "behaviours", "leaders"]

BLOCK = 256


@dataclass(frozen=True, slots=True)
class Behaviours:
    """The type of each user's turn.

    Attributes:
        dialogues: in the order of the plan.
        types: for each dialogue, the type of each of its user's turns, from 0.
        examples: for each type, the turn that leads it.
        vectors: the name of the embedder.
        similarity: the cosine from which two turns are alike.
    """

    dialogues: tuple[Observed, ...]
    types: tuple[tuple[int, ...], ...]
    examples: tuple[str, ...]
    vectors: str
    similarity: float


def behaviours(
    observed: Sequence[Observed],
    embedder: Embedder | None = None,
    similarity: float | None = None,
) -> Behaviours:
    """Return the types of the user's turns; see the module.

    Args:
        observed: dialogues that ended, in any order.
        embedder: by default sentence embeddings where they are installed, else words and letters.
        similarity: the cosine from which two turns are alike, in (0, 1]; by default that of the
            embedder.
    """
    used = embedder or best_embedder()
    threshold = alike(used) if similarity is None else similarity
    ordered = tuple(sorted(observed, key=lambda o: (o.dialogue, o.cell, o.persona, o.replicate)))
    texts = [text for o in ordered for text in o.said]
    labels, leading = leaders(unit_vectors(texts, used), threshold)
    numbers = iter(labels.tolist())
    return Behaviours(
        dialogues=ordered,
        types=tuple(tuple(next(numbers) for _ in o.said) for o in ordered),
        examples=tuple(texts[i] for i in leading),
        vectors=used.name,
        similarity=threshold,
    )


def leaders(units: Units, similarity: float) -> tuple[NDArray[np.int64], list[int]]:
    """Return each vector's type, (n,) from 0, and which vectors lead the types, in order.

    Args:
        units: (n, d) of length 1, or 0 for an empty text.
        similarity: the cosine from which two are alike.
    """
    empty = np.linalg.norm(units, axis=1) == 0
    if empty.any():
        # A direction of their own: empty texts are alike, and alike to nothing else.
        units = np.column_stack([units, empty]).astype(np.float32)
    labels = np.zeros(len(units), dtype=np.int64)
    leading: list[int] = []
    # Blocks compare with all earlier leaders at once; a turn matched by one of those keeps it,
    # since earlier leaders come first. Only the others are looked at one by one.
    for start in range(0, len(units), BLOCK):
        block = units[start : start + BLOCK]
        earlier = _first_alike(block @ units[leading].T, similarity)
        labels[start : start + BLOCK] = earlier
        left = np.flatnonzero(labels[start : start + BLOCK] < 0)
        within = block[left] @ block[left].T
        own: list[int] = []
        known = len(leading)
        for place, i in enumerate((start + left).tolist()):
            match = _first_alike(within[place : place + 1, own], similarity)[0]
            if match < 0:
                match = len(own)
                own.append(place)
                leading.append(i)
            labels[i] = known + match
    return labels, leading


def _first_alike(cosines: NDArray[np.float32], similarity: float) -> list[int]:
    """Return the first column of each row that reaches `similarity`; −1 where none does."""
    if not cosines.shape[1]:
        return [-1] * len(cosines)
    near = cosines >= similarity
    found: list[int] = np.where(near.any(axis=1), near.argmax(axis=1), -1).tolist()
    return found
