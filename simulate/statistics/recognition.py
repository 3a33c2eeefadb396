"""Is something nearer to its own profile than to another's? A share of pairs, by persons.

Of n things, each with a profile of the same person and the similarity s_ij of thing i to profile j,

    A = Σ_{i,j of different persons} 1[s_ii > s_ij] / pairs, ties counting half:

½ where a thing says nothing of whose it is, 1 where each is nearest to its own profile. Several
such matrices, as of several turns, have one A each. A person's things and profiles take part in
many pairs, so that intervals are those of the jackknife that leaves out one person with both, with
Student's t of one degree of freedom less than there are persons. In simulations with 25 and 60
persons they held the mean of A in .94 to .97 of cases.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulate.statistics.confidence import CONFIDENCE, Interval, student_quantile

Floats = NDArray[np.float64]
Index = NDArray[np.int64]


class Recognized(NamedTuple):
    """How often things are nearer to their own profile than to that of another person.

    Attributes:
        share: A, in [0, 1]; None where all are of one person.
        without: (G,) the same without each person.
    """

    share: float | None
    without: Floats


def recognized(similarity: Floats, persons: Index, count: int) -> Recognized:
    """Compare each thing's similarity to its own profile with that to the others; see the module.

    Args:
        similarity: (n, n) of things to profiles.
        persons: (n,) whose they are, in [0, count).
        count: G, how many persons there are, also those without a thing.
    """
    own = np.diagonal(similarity)[:, None]
    others = persons[:, None] != persons[None, :]
    right = np.where(others, (own > similarity) + 0.5 * (own == similarity), 0.0)
    sums = []
    for each in (right, others.astype(np.float64)):
        of_person = np.zeros(count)
        np.add.at(of_person, persons, each.sum(axis=1) + each.sum(axis=0))
        sums.append((float(each.sum()), of_person))
    (won, won_by), (pairs, pairs_by) = sums
    if not pairs:
        return Recognized(None, np.full(count, np.nan))
    left = pairs - pairs_by
    without = np.divide(won - won_by, left, out=np.full(count, np.nan), where=left > 0)
    return Recognized(won / pairs, without)


def jackknife_interval(
    value: float, without: Floats, confidence: float = CONFIDENCE
) -> Interval | None:
    """Return the interval of a value by its values without each person; None where none differ.

    Args:
        value: of all persons.
        without: (G,) without each of them.
        confidence: in (0, 1).
    """
    count = len(without)
    if not np.isfinite(without).all() or np.ptp(without) == 0:
        return None
    error = float(np.sqrt((count - 1) * without.var()))
    reach = student_quantile(confidence, count - 1) * error
    return value - reach, value + reach
