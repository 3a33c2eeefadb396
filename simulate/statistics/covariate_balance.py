"""Whether some people are a random part of others, by what is known of all of them.

For each attribute the statistic is the largest standardised difference of means, between those who
are chosen and all, over the numbers that stand for the attribute (one for each of its levels). If
those who are chosen are chosen at random, everybody is as likely to be one of them: p-values are
from drawing as many at random, and are adjusted for the number of attributes by the distribution of
the largest statistic of all (Westfall and Young 1993, single step).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from simulate.statistics.rows import Floats

DRAWS = 1_999
CELLS = 2_000_000
"""Random numbers at once."""


def balance_p_values(
    attributes: Sequence[Floats], chosen: NDArray[np.bool_], rng: np.random.Generator
) -> list[float]:
    """Return an adjusted p-value for each attribute, in [1/2000, 1]; see the module.

    Args:
        attributes: (M, k) numbers of all people, k of each attribute.
        chosen: (M,) who is chosen, neither nobody nor everybody.
        rng: the generator of this choice.
    """
    if not attributes:
        return []
    everything = np.concatenate(attributes, axis=1)
    deviations = everything.std(axis=0)
    scale = np.where(deviations > 0, deviations, 1.0)
    scores = (everything - everything.mean(axis=0)) / scale
    first = np.cumsum([0, *(part.shape[1] for part in attributes[:-1])])
    size, n = len(chosen), int(chosen.sum())
    found = np.maximum.reduceat(np.abs(scores[chosen].mean(axis=0)), first)
    drawn = np.empty(DRAWS)
    block = max(1, CELLS // size)
    for start in range(0, DRAWS, block):
        numbers = rng.random((min(block, DRAWS - start), size))
        last = np.partition(numbers, n - 1, axis=1)[:, n - 1 : n]
        means = (numbers <= last) @ scores / n
        drawn[start : start + block] = np.abs(means).max(axis=1)
    return [float((1 + (drawn >= each - 1e-12).sum()) / (1 + DRAWS)) for each in found]
