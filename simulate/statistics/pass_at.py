"""pass@N: how likely it is that one of N replies to a question is right.

Of n independent replies of which c are right, N drawn without replacement hold a right one with
probability

    1 − C(n − c, N) / C(n, N),

which is unbiased for N fresh replies (Chen et al. 2021, arXiv 2107.03374, eq. 1). Replies that come
in lists are not independent, but the lists are. So whole lists are drawn without replacement, and
of one list more some replies at random, as many as are left of N. With D lists, a of them without a
right reply, m whole lists and r replies of another, of k replies with c right, all are wrong with
probability

    C(a, m) / C(D, m) · (a − m + Σ C(k − c, r) / C(k, r)) / (D − m),

the sum over the lists with a right reply. It is a U-statistic of order m + 1, and so unbiased for
m + 1 fresh lists. Lists of one reply give Chen's.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]


def pass_at(right: Counts, sizes: Counts, whole: int, rest: int = 0) -> float | None:
    """Return how likely it is that one of some replies is right, in [0, 1]; see the module.

    Args:
        right: (D,) right replies of each list of one question.
        sizes: (D,) replies of each, ≥ 1.
        whole: how many lists are drawn.
        rest: how many replies are drawn of one list more; all of a list that has no more.

    Returns:
        None where there are not that many lists.
    """
    lists, wrong = len(right), int((right == 0).sum())
    if whole + (rest > 0) > lists:
        return None
    all_wrong = math.comb(wrong, whole) / math.comb(lists, whole)
    if rest and all_wrong:
        spared = sum(
            math.comb(int(k - c), min(rest, int(k))) / math.comb(int(k), min(rest, int(k)))
            for c, k in zip(right, sizes, strict=True)
            if c
        )
        all_wrong *= (wrong - whole + spared) / (lists - whole)
    return 1 - all_wrong


def pass_within(right: Counts, sizes: Counts, lists: float) -> float | None:
    """Return how likely it is that one reply is right of as many lists as a budget pays for.

    Between two whole numbers of lists it is the line between their values: what is expected where
    the number is drawn so that the budget holds on average.

    Args:
        right: (D,) right replies of each list of one question.
        sizes: (D,) replies of each, ≥ 1.
        lists: how many are paid for.

    Returns:
        None where there are not that many lists, or not one is paid for.
    """
    below = math.floor(lists)
    more = lists - below
    lower = pass_at(right, sizes, below)
    upper = pass_at(right, sizes, below + 1) if more else lower
    if below < 1 or lower is None or upper is None:
        return None
    return lower + more * (upper - lower)
