"""Permutation test of group means by whole clusters, and Holm's adjustment of several p-values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from simulate.statistics.rows import Rows

MOST_DRAWS = 9_999
FEWEST_DRAWS = 1_999
GROUP_CELLS = 20_000_000
GROUP_BLOCK = 100

P = TypeVar("P", float, float | None)


def permuted_groups(
    rows: Rows, members: NDArray[np.bool_], rng: np.random.Generator
) -> tuple[list[float], int]:
    """Test whether each group's mean differs from that of the rest, exchanging whole clusters.

    Rows of one cluster are not independent, so that they move together. Every row weighs alike.

    Args:
        rows: their means are compared.
        members: (groups, n) which rows are in each group; a cluster is in a group with all its
            rows or with none.
        rng: the generator of this choice.

    Returns:
        The two-sided p-value of each group, (1 + number at least as far) / (1 + draws), and the
        number of draws, from 1,999 to 9,999.
    """
    sizes = np.bincount(rows.clusters).astype(np.float64)
    sums = np.bincount(rows.clusters, weights=rows.means).astype(np.float64)
    people = np.zeros((len(members), len(sizes)))
    people[:, rows.clusters] = members
    observed = _group_differences(sums.reshape(1, -1), sizes.reshape(1, -1), people)[0]
    draws = int(np.clip(GROUP_CELLS // len(sizes), FEWEST_DRAWS, MOST_DRAWS))
    as_far = np.zeros(len(members), dtype=np.int64)
    order = np.tile(np.arange(len(sizes)), (GROUP_BLOCK, 1))
    for start in range(0, draws, GROUP_BLOCK):
        order = rng.permuted(order, axis=1)
        block = order[: min(GROUP_BLOCK, draws - start)]
        drawn = _group_differences(sums[block], sizes[block], people)
        as_far += (np.abs(drawn) >= np.abs(observed) * (1 - 1e-9) - 1e-12).sum(axis=0)
    return [(1 + int(c)) / (1 + draws) for c in as_far], draws


def _group_differences(
    sums: NDArray[np.float64], sizes: NDArray[np.float64], people: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return (draws, groups) means inside less outside, for (draws, clusters) sums and sizes."""
    inside, count = sums @ people.T, sizes @ people.T
    outside, rest = sums.sum(axis=1)[:, None] - inside, sizes.sum(axis=1)[:, None] - count
    return np.asarray(
        inside / np.maximum(count, 1) - outside / np.maximum(rest, 1), dtype=np.float64
    )


def holm(p_values: Sequence[P]) -> list[P]:
    """Return Holm's step-down adjusted p-values, in the order given; what has none is no test.

    Source: Holm 1979. scipy has no Holm adjustment (`false_discovery_control` is another error
    rate).
    """
    given: Sequence[float | None] = p_values
    tested = sorted((p, i) for i, p in enumerate(given) if p is not None)
    adjusted, highest = list(p_values), 0.0
    for rank, (p, i) in enumerate(tested):
        highest = max(highest, min(1.0, (len(tested) - rank) * p))
        adjusted[i] = highest
    return adjusted
