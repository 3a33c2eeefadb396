"""Failures grouped by what the user did before them.

The text of a failure is what the user said last before it: the last `TURNS` turns up to where the
failure was certain, or of the whole dialogue where that is not known. Texts are joined by average
linkage of their cosine distances, up to the distance `APART`; so the members of two clusters are on
average farther apart than that. Failures before which the user said nothing are one cluster. Of
very many failures a part is clustered, evenly spread over the plan, and the others join the cluster
that is nearest on average, or stay alone if none is near. Source: Sokal and Michener 1958.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulate.measures.embeddings import Embedder, OfflineEmbedder
from simulate.measures.vectors import LexicalEmbedder, Units, best_embedder, unit_vectors
from simulate.stress.records import Observed

__all__ = ["APART", "Cluster", "Clusters", "clusters"]

TURNS = 2
APART: Mapping[str, float] = {OfflineEmbedder.name: 0.7, LexicalEmbedder.name: 0.9}
"""Embedder to the mean cosine distance up to which clusters are joined; see
docs/stress-statistics.md."""
APART_ELSEWHERE = 0.7
MOST_CLUSTERED = 2_000


@dataclass(frozen=True, slots=True)
class Cluster:
    """Failures before which users did alike.

    Attributes:
        size: how many dialogues.
        share: of all failed dialogues.
        personas: of how many personas.
        typical: key of the dialogue whose text is nearest to all others on average.
        text: its text; empty where the user said nothing.
        checks: failed check to how many of the dialogues it failed in, the most frequent first.
        dialogues: keys, in the order of the plan.
    """

    size: int
    share: float
    personas: int
    typical: str
    text: str
    checks: Mapping[str, int]
    dialogues: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Clusters:
    """All failures, grouped.

    Attributes:
        failed: how many dialogues failed.
        clusters: the largest first.
        vectors: the name of the embedder.
        apart: the mean cosine distance up to which clusters were joined.
    """

    failed: int
    clusters: tuple[Cluster, ...]
    vectors: str
    apart: float


def clusters(
    observed: Sequence[Observed],
    embedder: Embedder | None = None,
    apart: float | None = None,
) -> Clusters:
    """Group the failures by what the user did; see the module.

    Args:
        observed: dialogues that ended, in any order; those that do not fail are left out.
        embedder: by default sentence embeddings where they are installed, else words and letters.
        apart: the mean cosine distance up to which clusters are joined, in (0, 2); by default
            that of the embedder.
    """
    used = embedder or best_embedder()
    limit = APART.get(used.name, APART_ELSEWHERE) if apart is None else apart
    failed = [o for o in observed if o.fails]
    failed.sort(key=lambda o: (o.dialogue, o.cell, o.persona, o.replicate))
    texts = [_text(o) for o in failed]
    units = unit_vectors(texts, used)
    labels = _labels(units, limit)
    found = []
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        inside = units[members]
        # The mean cosine to all members is the cosine to their sum, but for a factor.
        typical = int(members[int(np.argmax(inside @ inside.sum(axis=0)))])
        some = [failed[i] for i in members.tolist()]
        failures = Counter(c for o in some for c, v in o.verdicts.items() if v == "fail")
        found.append(
            Cluster(
                size=len(some),
                share=len(some) / len(failed),
                personas=len({o.persona for o in some}),
                typical=failed[typical].key,
                text=texts[typical].strip(),
                checks=dict(failures.most_common()),
                dialogues=tuple(o.key for o in some),
            )
        )
    # Stable: of clusters of one size the one that the plan meets first comes first.
    found.sort(key=lambda cluster: -cluster.size)
    return Clusters(len(failed), tuple(found), used.name, limit)


def _text(observed: Observed) -> str:
    """Return what the user said last before the first failure."""
    failed = [name for name, verdict in observed.verdicts.items() if verdict == "fail"]
    known = [observed.failed_after[name] for name in failed if name in observed.failed_after]
    end = min(known, default=len(observed.said))
    return "\n".join(observed.said[max(0, end - TURNS) : end])


def _labels(units: Units, limit: float) -> NDArray[np.int64]:
    """Return each failure's cluster, numbered in the order in which the plan meets them."""
    labels = np.zeros(len(units), dtype=np.int64)
    spoken = np.flatnonzero(units.any(axis=1))
    if len(spoken) > MOST_CLUSTERED:
        taken = spoken[np.linspace(0, len(spoken) - 1, MOST_CLUSTERED).astype(np.int64)]
    else:
        taken = spoken
    labels[taken] = 1 + _average_linkage(units[taken], limit)
    others = np.setdiff1d(spoken, taken)
    if len(others):
        count = int(labels.max()) + 1
        sums = np.zeros((count, units.shape[1]), dtype=np.float64)
        np.add.at(sums, labels[taken], units[taken])
        sizes = np.bincount(labels[taken], minlength=count)
        nearness = units[others] @ (sums / np.maximum(sizes, 1)[:, None]).T
        best = nearness.argmax(axis=1)
        near = nearness[np.arange(len(others)), best] >= 1 - limit
        labels[others] = np.where(near, best, count + np.arange(len(others)))
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    return np.asarray(np.argsort(np.argsort(first))[inverse], dtype=np.int64)


def _average_linkage(units: Units, limit: float) -> NDArray[np.int64]:
    """Return labels from 0; of one or no vector at once."""
    if len(units) < 2:
        return np.zeros(len(units), dtype=np.int64)
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import pdist

    distances = np.clip(pdist(units.astype(np.float64), "cosine"), 0, 2)
    tree = linkage(distances, method="average")
    return np.asarray(fcluster(tree, limit, criterion="distance") - 1, dtype=np.int64)
