"""Which rows of a table are drawn: systematic sampling that can go on.

A systematic sample takes points at equal distances through the cumulative weights, so that each row
comes as often as its weight says, give or take one; but another size has other points. Here each
round of as many points as there are rows is such a sample. Within a round the points come in the
order of the golden-ratio sequence (the multiples of 1/φ modulo 1, whose every beginning is spread
evenly), and from round to round they move on by 1/φ of their distance, so that any beginning of the
whole is nearly as even as a sample of that size.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, count

GOLDEN = (math.sqrt(5) - 1) / 2
"""1/φ, of all numbers the one whose multiples are spread most evenly modulo 1."""


def points(size: int, start: float) -> Iterator[float]:
    """Iterate for ever over points in [0, 1); each is uniform where the start is.

    Args:
        size: how many points a round has; these are 1/size apart.
        start: the first point, in [0, 1).
    """
    order = sorted(range(size), key=lambda i: i * GOLDEN % 1)
    place = [0] * size
    for rank, i in enumerate(order):
        place[i] = rank
    for number in count():
        further, i = divmod(number, size)
        yield (start + (place[i] + further * GOLDEN) / size) % 1


def row_at(reached: Sequence[float], u: float) -> int:
    """Return which row lies at u ∈ [0, 1) of the cumulative weights, from 0."""
    return min(bisect_right(reached, u * reached[-1]), len(reached) - 1)


def drawn(weights: Sequence[float], start: float) -> Iterator[int]:
    """Iterate for ever over the rows that are drawn, from 0, each with chances by its weight.

    With equal weights, each row comes once before any comes twice.

    Args:
        weights: of the rows, above 0; in an order of which nothing depends, such as a random one.
        start: uniform in [0, 1).
    """
    reached = list(accumulate(weights))
    return (row_at(reached, u) for u in points(len(weights), start))
