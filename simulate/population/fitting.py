"""Which people fit a matching rule: among the rows of a table, or one who was drawn."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from simulate.files.conditions import number_in
from simulate.population.drawing import row_at
from simulate.population.matching import MatchRule
from simulate.population.persona import Attributes, Value
from simulate.population.table_row import TableRow

MOST_KEPT = 5_000_000
"""Weights of rows that fit, which are kept to be used again."""

Wanted = tuple[str, Value, MatchRule]
"""An attribute, the value that it is compared with, and how; a crossed one is to have the value."""


class FittingRows:
    """The rows of a table, among which those are found that fit.

    Args:
        rows: with the weights by which they are drawn.
        names: the attributes that rules are about.
    """

    def __init__(self, rows: Sequence[TableRow], names: Sequence[str]) -> None:
        import numpy as np

        self.rows = rows
        self.weights = np.array([row.weight for row in rows])
        self.places = {row.id: place for place, row in enumerate(rows)}
        self.levels = {}
        self.numbers = {}
        for name in names:
            values = [row.attributes.get(name) for row in rows]
            numbers = [number_in(value) for value in values]
            self.levels[name] = np.array([None if v is None else str(v) for v in values], object)
            self.numbers[name] = np.array([math.nan if n is None else n for n in numbers])
        self._kept: dict[tuple[Wanted, ...], Any] = {}

    def fitting(self, wanted: tuple[Wanted, ...], taken: Sequence[str]) -> Any:
        """Return the weights of the rows, (n,): 0 for those that do not fit, or are taken."""
        weights = self._kept.get(wanted)
        if weights is None:
            weights = self._weights(wanted)
            if len(self.rows) * len(self._kept) < MOST_KEPT:
                self._kept[wanted] = weights
        places = [self.places[row] for row in taken if row in self.places]
        if places:
            weights = weights.copy()
            weights[places] = 0
        return weights

    def _weights(self, wanted: tuple[Wanted, ...]) -> Any:
        import numpy as np

        fits = np.ones(len(self.rows), dtype=bool)
        for name, value, rule in wanted:
            if rule.within is None:
                known = np.array([level is not None for level in self.levels[name]])
                near = self.levels[name] == str(value)
            else:
                known = np.isfinite(self.numbers[name])
                near = np.abs(self.numbers[name] - _number(value)) <= rule.within
            fits &= known & (~near if rule.rule == "different" else near)
        return np.where(fits, self.weights, 0.0)

    def drawn(self, weights: Any, u: float) -> TableRow | None:
        """Return the row at u ∈ [0, 1) of the cumulative weights; None where all are 0."""
        reached = weights.cumsum()
        return self.rows[row_at(reached, u)] if reached[-1] > 0 else None


def _number(value: Value) -> float:
    number = number_in(value)
    return math.nan if number is None else number


def is_match(attributes: Attributes, wanted: Sequence[Wanted]) -> bool:
    """Tell whether somebody with these attributes fits."""
    for name, value, rule in wanted:
        own = attributes.get(name)
        if own is None:
            return False
        if rule.within is None:
            near = str(own) == str(value)
        else:
            near = abs(_number(own) - _number(value)) <= rule.within
        if near == (rule.rule == "different"):
            return False
    return True
