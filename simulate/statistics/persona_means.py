"""What each row, and each person over their rows, says on average: of codes, or of each level."""

from __future__ import annotations

import numpy as np

from simulate.statistics.rows import Floats, Rows


def row_means(rows: Rows, levels: int | None = None) -> Floats:
    """Return (n, L) the mean of each row's distribution.

    Args:
        rows: the rows.
        levels: how many levels the codes 0, 1, … name, where codes have no mean: then the share
            of each level is returned, L = levels. L = 1 for `None`.
    """
    if levels is None:
        return rows.means[:, None]
    found = np.zeros((rows.n, levels))
    np.add.at(found, (rows.row, rows.values.astype(np.int64)), rows.shares)
    return found


def persona_means(rows: Rows, levels: int | None = None) -> Floats:
    """Return (strata, G, L) the weighted mean of each cluster's rows within each stratum.

    NaN where a cluster has no weight in a stratum. See `row_means` for `levels` and L.
    """
    means = row_means(rows, levels)
    shape = (int(rows.strata.max(initial=-1)) + 1, rows.cluster_count)
    sums, weights = np.zeros((*shape, means.shape[1])), np.zeros(shape)
    np.add.at(sums, (rows.strata, rows.clusters), means * rows.weights[:, None])
    np.add.at(weights, (rows.strata, rows.clusters), rows.weights)
    with np.errstate(invalid="ignore"):
        return np.asarray(sums / weights[..., None], dtype=np.float64)
