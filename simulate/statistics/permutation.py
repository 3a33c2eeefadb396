"""Permutation p-values of a distance, and Holm's adjustment of several.

Under equality values can be exchanged between the sides; each permutation takes one value per
persona, so that dialogues of one persona do not count as independent. With one value per persona
this is the exact permutation test, ties included. With several, or with a verbalized
distribution, it is conservative: distances are convex, so the distance of an average is at most
the average distance of single draws.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulate.statistics.distances import Measure
from simulate.statistics.resampling import Side
from simulate.statistics.rows import Rows

MOST_PERMUTED = 10_000
BLOCK = 250
MOST_DRAWS = 9_999
FEWEST_DRAWS = 1_999
GROUP_CELLS = 20_000_000
GROUP_BLOCK = 100


def permuted(
    measures: tuple[Measure, ...],
    sample: Side,
    reference: Side,
    draws: int,
    rng: np.random.Generator,
) -> dict[str, NDArray[np.float64]]:
    """Return each distance in data where values were exchanged between the sides.

    Weights stay where they are and values move. A side of more than 10,000 personas whose values
    differ in weight takes part with 10,000 of them, which makes the null distribution wider.

    Args:
        measures: the distances.
        sample: one side.
        reference: the other side, on the same support.
        draws: number of permutations.
        rng: the generator of this choice.

    Returns:
        By name of the measure, (draws,) distances under equality.
    """
    support = sample.support
    exchange = _exchange_few if sample.simple else _exchange
    if not sample.simple:
        sample = sample.limited(MOST_PERMUTED, rng)
    reference = reference.limited(MOST_PERMUTED, rng)
    found: dict[str, list[NDArray[np.float64]]] = {m.name: [] for m in measures}
    for start in range(0, draws, BLOCK):
        size = min(BLOCK, draws - start)
        p, q = np.empty((size, support.size)), np.empty((size, support.size))
        for row in range(size):
            p[row], q[row] = exchange(sample, reference, rng)
        p /= p.sum(axis=1, keepdims=True)
        q /= q.sum(axis=1, keepdims=True)
        for measure in measures:
            found[measure.name].append(measure.function(p, q, support))
    return {name: np.concatenate(blocks) for name, blocks in found.items()}


def _exchange(
    sample: Side, reference: Side, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the weight on each point of both sides after one exchange."""
    ours, our_weights = sample.thinned(rng)
    theirs, their_weights = reference.thinned(rng)
    pool = rng.permutation(np.concatenate([ours, theirs]))
    left, right = pool[: len(ours)], pool[len(ours) :]
    size = sample.support.size
    return _weigh(left, our_weights, size), _weigh(right, their_weights, size)


def _weigh(
    index: NDArray[np.int64], weights: NDArray[np.float64], size: int
) -> NDArray[np.float64]:
    return np.asarray(np.bincount(index, weights=weights, minlength=size), dtype=np.float64)


def _exchange_few(
    sample: Side, reference: Side, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Do the same where all values of the sample weigh the same.

    Then only those that go to the reference need to be drawn; the rest is known by counting, so
    that a million values cost what a thousand do.
    """
    theirs, their_weights = reference.thinned(rng)
    size, count = sample.support.size, sample.cluster_count
    chosen = rng.choice(count + len(theirs), size=len(theirs), replace=False)
    from_ours = np.searchsorted(sample.ends, chosen, side="right")
    moved = np.where(chosen < count, from_ours, theirs[np.maximum(chosen - count, 0)])
    pool = sample.counts + np.bincount(theirs, minlength=size)
    left = pool - np.bincount(moved, minlength=size)
    return left.astype(np.float64), _weigh(moved, their_weights, size)


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


def p_value(value: float, null: NDArray[np.float64]) -> float:
    """(1 + number of permutations at least as far) / (1 + permutations).

    Ties count as at least as far, with a tolerance for rounding. In [1/(draws + 1), 1].
    Source: Phipson and Smyth 2010.
    """
    return float((1 + np.sum(null >= value * (1 - 1e-9) - 1e-12)) / (1 + len(null)))


def holm(p_values: list[float]) -> list[float]:
    """Return Holm's step-down adjusted p-values, in the order given.

    Source: Holm 1979. scipy has no Holm adjustment (`false_discovery_control` is another error
    rate).
    """
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    adjusted, highest = [0.0] * len(p_values), 0.0
    for rank, i in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[i]))
        adjusted[i] = highest
    return adjusted
