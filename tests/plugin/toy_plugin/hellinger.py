"""A distance: Hellinger's, for outcomes of every scale."""

from __future__ import annotations

import numpy as np

from simulate.statistics.distances import Masses, Measure
from simulate.statistics.support import Support


def hellinger(p: Masses, q: Masses, support: Support) -> Masses:
    """√(1 − Σ √(p q)) over bins or levels, in [0, 1]. Source: Hellinger 1909."""
    overlap = np.sqrt(support.binned(p) * support.binned(q)).sum(axis=-1)
    return np.asarray(np.sqrt(np.maximum(1 - overlap, 0)), dtype=np.float64)


DISTANCE = Measure(
    "hellinger",
    "Hellinger",
    frozenset({"numeric", "ordered", "nominal"}),
    hellinger,
    "How little the two distributions overlap: 0 is equal, 1 is no overlap.",
)
