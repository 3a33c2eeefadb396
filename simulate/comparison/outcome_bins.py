"""A few bins of an outcome, for pictures that are read at a glance.

Levels are bins as they are; of more than 11 without an order the ten of most weight, and the others
together. Numbers of up to seven different values are too. Of others, 0 is a bin
of its own where the support begins there and at least 5 % of the weight lies on it; the rest is cut
into equal widths where the support has bounds, else at the quintiles of the values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulate.reference import Variable
from simulate.terminal.numbers import number

MOST_LEVELS = 11
MOST_VALUES = 7
"""Up to so many different numbers are bins themselves."""
WIDTHS = 5
"""Bins of other numbers, that of 0 not counted; 4 beside one of 0."""
OFTEN = 0.05
"""From this share of the weight on, 0 is a bin of its own."""

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


def outcome_bins(variable: Variable, sides: Sequence[tuple[Floats, Floats]]) -> OutcomeBins:
    """Return bins for all sides together.

    Args:
        variable: what is measured.
        sides: codes and weights ≥ 0 of each.
    """
    levels = variable.categories
    if levels is not None and (len(levels) <= MOST_LEVELS or variable.scale != "nominal"):
        return OutcomeBins(levels, np.arange(len(levels), dtype=float))
    codes = np.concatenate([np.empty(0), *(codes for codes, _ in sides)])
    weights = np.concatenate([np.empty(0), *(w / (w.sum() or 1.0) for _, w in sides)])
    if levels is not None:
        sums = np.bincount(codes.astype(np.int64), weights, len(levels))
        return _of_levels(levels, sums.astype(np.float64))
    codes, weights = codes[weights > 0], weights[weights > 0]
    if not len(codes):
        return OutcomeBins(("any",), np.array([np.inf]))
    distinct = np.unique(codes)
    if len(distinct) <= MOST_VALUES:
        return OutcomeBins(tuple(variable.label(code) for code in distinct), distinct)
    low, high = (float(distinct[0]), float(distinct[-1]))
    bounded = variable.support is not None
    if variable.support is not None:
        low, high = min(low, variable.support[0]), max(high, variable.support[1])
    zero = low == 0 and weights[codes == 0].sum() >= OFTEN * weights.sum()
    if bounded:
        cuts = np.linspace(low, high, WIDTHS + (not zero))[1:]
    else:
        rest = codes[codes > 0] if zero else codes
        steps = np.linspace(0, 1, WIDTHS + (not zero))[1:]
        cuts = np.unique(np.quantile(rest, steps, method="inverted_cdf"))
    uppers = np.concatenate([[0.0], cuts]) if zero else cuts
    lowers = np.concatenate([[low], uppers[:-1]])
    labels = [f"> {_told(a)} to {_told(b)}" for a, b in zip(lowers, uppers, strict=True)]
    labels[0] = "0" if zero else f"{_told(low)} to {_told(uppers[0])}"
    return OutcomeBins(tuple(labels), uppers)


def _of_levels(levels: Sequence[str], weights: Floats) -> OutcomeBins:
    """Return the levels of most weight in their order, and the others together."""
    kept = np.sort(np.argsort(-weights, kind="stable")[: MOST_LEVELS - 1])
    place = np.full(len(levels), len(kept), dtype=np.int64)
    place[kept] = np.arange(len(kept))
    labels = (*(levels[i] for i in kept), f"{len(levels) - len(kept):,} others")
    return OutcomeBins(labels, np.arange(len(labels), dtype=float), place)


def _told(value: float) -> str:
    text = number(float(value), 2)
    return (text.rstrip("0").rstrip(".") or "0") if "." in text and "e" not in text else text
