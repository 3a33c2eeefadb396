"""Diversity of a set of replies: measures on texts, on vectors and on answers.

Two families. *Pairwise* measures (semantic, lexical) are means over pairs of replies. Where
replies come one by one, their expectation does not depend on how many there are. Where they come in
lists of k, it does: of the pairs of n replies (k − 1)/(n − 1) are of one list, whose replies are
asked to differ, and they count the less the more lists there are. The mean over pairs *between*
lists does not depend on it. *Counting* measures (Distinct-n, unique share, coverage) depend on the
number anyhow, so two sets are compared at equal numbers of replies, or at equal tokens; see
`comparison.diversity_gain`.

Sources: Zhang et al. 2025, Verbalized Sampling, arXiv 2510.01171 (semantic, with negative cosines
clipped; coverage and precision); Lin 2004 (ROUGE-L); Li et al. 2016 (Distinct-n).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulate.errors import StatisticsError
from simulate.measures.readability import words

NEAR_DUPLICATE = 90.0
"""Two replies are near-duplicates where their token-sort ratio (rapidfuzz, 0 to 100) reaches it."""

Matrix = NDArray[np.float64]


def semantic_distances(vectors: NDArray[Any]) -> Matrix:
    """Return 1 − cosine of all pairs, negative cosines set to 0; in [0, 1].

    Args:
        vectors: (n, d) embeddings, none of them zero.

    Returns:
        (n, n), 0 on the diagonal.
    """
    units = np.asarray(vectors, dtype=np.float64)
    units = units / np.linalg.norm(units, axis=1, keepdims=True)
    found = 1 - np.clip(units @ units.T, 0, 1)
    np.fill_diagonal(found, 0.0)
    return np.asarray(found, dtype=np.float64)


def lexical_distances(texts: Sequence[str]) -> Matrix:
    """Return 1 − ROUGE-L of all pairs, in [0, 1].

    ROUGE-L is the F1 of the longest common subsequence of words: 2·LCS / (|a| + |b|). Words are
    those of the convention `simulate-text/1`. Two texts without a word are equal.

    Returns:
        (n, n), 0 on the diagonal.
    """
    from rapidfuzz.distance import LCSseq

    spoken = [words(text) for text in texts]
    number = {w: i for i, w in enumerate(sorted({w for s in spoken for w in s}))}
    coded = [[number[w] for w in s] for s in spoken]
    found = np.zeros((len(texts), len(texts)))
    for i, a in enumerate(coded):
        for j in range(i):
            b = coded[j]
            length = len(a) + len(b)
            found[i, j] = 1 - 2 * LCSseq.similarity(a, b) / length if length else 0.0
    return found + found.T


def mean_of_pairs(distances: Matrix, lists: NDArray[np.int64] | None = None) -> float | None:
    """Return the mean over pairs of different replies, in the unit of the distances.

    Args:
        distances: (n, n), 0 on the diagonal.
        lists: (n,) the list that each reply is from; only pairs of different lists count. All
            pairs count for `None`.

    Returns:
        `None` without a pair.
    """
    n = len(distances)
    apart = n * (n - 1)
    if lists is None:
        return float(distances.sum() / apart) if apart > 0 else None
    different = lists[:, None] != lists[None, :]
    count = int(different.sum())
    return float(distances[different].sum() / count) if count else None


def near_duplicates(texts: Sequence[str]) -> NDArray[np.bool_]:
    """Tell which pairs are near-duplicates: rapidfuzz's token-sort ratio ≥ `NEAR_DUPLICATE`.

    Case, punctuation and the order of words do not count.

    Returns:
        (n, n), true on the diagonal.
    """
    from rapidfuzz import fuzz, process, utils

    if not texts:
        return np.zeros((0, 0), dtype=bool)
    cleaned = [utils.default_process(t) or t for t in texts]
    ratios = process.cdist(
        cleaned,
        cleaned,
        scorer=fuzz.token_sort_ratio,
        score_cutoff=NEAR_DUPLICATE,
        dtype=np.float32,
    )
    found = ratios >= NEAR_DUPLICATE
    np.fill_diagonal(found, True)
    return np.asarray(found, dtype=np.bool_)


def groups(near: NDArray[np.bool_]) -> int:
    """Return how many groups remain when near-duplicates are merged, chains included."""
    return int(group_of_each(near).max(initial=-1)) + 1


def group_of_each(near: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return (n,) the group of each reply, from 0, when near-duplicates are merged.

    Chains are included: of three replies, the ends of which are near to the middle one, all are in
    one group.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    if not len(near):
        return np.zeros(0, dtype=np.int64)
    first = near.argmax(axis=1)
    if np.array_equal(near, first[:, None] == first):  # no chains: each is near to its whole group
        return np.unique(first, return_inverse=True)[1].astype(np.int64)
    _, found = connected_components(csr_array(near.astype(np.int8)), directed=False)
    return np.asarray(found, dtype=np.int64)


def coverage(values: Sequence[object], answers: Sequence[object]) -> float:
    """Return the share of the right answers that occur among the values, in [0, 1].

    Raises:
        StatisticsError: the answer set is empty.
    """
    right = set(answers)
    if not right:
        raise StatisticsError("the answer set is empty: there is nothing that could be covered")
    return len(right & set(values)) / len(right)


def precision(values: Sequence[object], answers: Sequence[object]) -> float | None:
    """Return the share of the values that are right answers, in [0, 1]; None without a value.

    A reply without a value counts as a wrong one: hand it over as None.
    """
    right = set(answers)
    return sum(v in right for v in values) / len(values) if values else None
