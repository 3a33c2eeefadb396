"""A few bins of an outcome, for pictures that are read at a glance.

Levels are bins as they are. Of more than fit, those with an order are put together from neighbour
to neighbour; of those without, the ones of most weight are kept and the others put together.
Numbers of up to seven different values are bins themselves. Of others, 0 is a bin of its own where
the support begins there and at least 5 % of the weight lies on it; the rest is cut into equal
widths where the support has bounds, else at the quintiles of the values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil

import numpy as np
from numpy.typing import NDArray

from simulate.reference import Variable
from simulate.terminal.numbers import short

MOST_LEVELS = 11
MOST_VALUES = 7
"""Up to so many different numbers are bins themselves."""
WIDTHS = 5
"""Bins of other numbers, that of 0 not counted; 4 beside one of 0."""
OFTEN = 0.05
"""From this share of the weight on, 0 is a bin of its own."""
DIGITS = (2, 3, 4, 6, 9)
"""Of the ends of bins: as few as tell them apart."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class OutcomeBins:
    """B bins.

    Attributes:
        labels: of each bin, such as `> .5 to 1`.
        uppers: (B,) the largest code in each bin.
        of_levels: (L,) the bin of each level, where some are put together; else None.
    """

    labels: tuple[str, ...]
    uppers: Floats
    of_levels: NDArray[np.int64] | None = None

    def places(self, codes: Floats) -> NDArray[np.int64]:
        """Return (m,) the bin of each code; beyond the last one, that."""
        if self.of_levels is not None:
            return self.of_levels[codes.astype(np.int64)]
        found = np.searchsorted(self.uppers, codes)
        return np.minimum(found, len(self.uppers) - 1).astype(np.int64)

    def shares(self, codes: Floats, weights: Floats) -> tuple[float, ...]:
        """Return the share of the weight in each bin; they sum to 1, or are 0 without weight."""
        sums = np.bincount(self.places(codes), weights=weights, minlength=len(self.uppers))
        total = sums.sum()
        return tuple((sums / total).tolist()) if total > 0 else (0.0,) * len(self.uppers)


def outcome_bins(
    variable: Variable, sides: Sequence[tuple[Floats, Floats]], most: int = MOST_LEVELS
) -> OutcomeBins:
    """Return bins for all sides together.

    Args:
        variable: what is measured.
        sides: codes and weights ≥ 0 of each.
        most: bins of levels, of which the last may be of all others.
    """
    codes = np.concatenate([np.empty(0), *(codes for codes, _ in sides)])
    weights = np.concatenate([np.empty(0), *(w / (w.sum() or 1.0) for _, w in sides)])
    if variable.categories is not None:
        sums = np.bincount(codes.astype(np.int64), weights, len(variable.categories))
        return _of_levels(variable, sums.astype(np.float64), most)
    return _of_numbers(variable, codes[weights > 0], weights[weights > 0])


def _of_numbers(variable: Variable, codes: Floats, weights: Floats) -> OutcomeBins:
    """Return the bins of (m,) numbers that all have weight."""
    if not len(codes):
        return OutcomeBins(("any",), np.array([np.inf]))
    distinct = np.unique(codes)
    if len(distinct) <= MOST_VALUES:
        return OutcomeBins(_told(distinct), distinct)
    low, high = distinct[0], distinct[-1]
    if variable.support is not None:
        low, high = min(low, variable.support[0]), max(high, variable.support[1])
    zero = low == 0 and weights[codes == 0].sum() >= OFTEN * weights.sum()
    widths = WIDTHS - int(zero)
    if variable.support is not None:
        cuts = np.linspace(low, high, widths + 1)[1:]
    else:
        rest = codes[codes > 0] if zero else codes
        cuts = np.quantile(rest, np.linspace(0, 1, widths + 1)[1:], method="inverted_cdf")
    whole = variable.discrete and bool((distinct == np.floor(distinct)).all())
    uppers = np.unique(np.append(np.floor(cuts) if whole else cuts, [0.0] if zero else []))
    if whole:
        lowers = np.concatenate([[ceil(low)], uppers[:-1] + 1])
        labels = [_span(f"{a:,.0f}", f"{b:,.0f}") for a, b in zip(lowers, uppers, strict=True)]
    else:
        told = _told(np.concatenate([[low], uppers]))
        labels = [f"> {a} to {b}" for a, b in pairwise(told)]
        labels[0] = "0" if zero else _span(*told[:2])
    return OutcomeBins(tuple(labels), uppers)


def _of_levels(variable: Variable, weights: Floats, most: int) -> OutcomeBins:
    """Return the bins of L levels, of which (L,) weights say which are kept."""
    levels = variable.categories or ()
    if len(levels) <= most:
        return OutcomeBins(levels, np.arange(len(levels), dtype=float))
    if variable.scale == "ordered":
        step = ceil(len(levels) / most)
        place = np.arange(len(levels)) // step
        parts = [levels[at : at + step] for at in range(0, len(levels), step)]
        labels = tuple(_span(part[0], part[-1]) for part in parts)
    else:
        kept = np.sort(np.argsort(-weights, kind="stable")[: most - 1])
        place = np.full(len(levels), len(kept))
        place[kept] = np.arange(len(kept))
        labels = (*(levels[i] for i in kept), f"{len(levels) - len(kept):,} others")
    return OutcomeBins(labels, np.arange(len(labels), dtype=float), place.astype(np.int64))


def _span(first: str, last: str) -> str:
    return first if first == last else f"{first} to {last}"


def _told(values: Floats) -> tuple[str, ...]:
    """Return numbers with as few digits as tell different ones apart."""
    for digits in DIGITS:
        told = tuple(short(float(value), digits) for value in values)
        if len(set(told)) == len(np.unique(values)):
            return told
    return tuple(repr(float(value)) for value in values)
