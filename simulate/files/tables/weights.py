"""A column of weights: how much each row of a table counts."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from simulate.errors import quote
from simulate.files.tables.numbers import typed
from simulate.files.tables.table import Table


def weights_of(table: Table, column: str, rows: Iterable[int] | None = None) -> list[float]:
    """Return the weights of some rows, each a finite number of 0 or above.

    Args:
        table: that has the column.
        column: of the weights.
        rows: from 0; all for `None`.

    Raises:
        InputError: (as the table's `error_type`) a weight is none; with its row.
    """
    found = table.typed(column).values
    asked = range(table.rows) if rows is None else list(rows)
    if wrong := [row for row in asked if not _is_weight(found[row])]:
        # Where one cell is no number, all cells are texts.
        told = next((row for row in wrong if not _is_number_alone(found[row])), wrong[0])
        value = "" if found[told] is None else str(found[told])
        raise table.error_type(
            f"{table.place(told)}: column {column}: the weight is {quote(value, 40)}; it must be a "
            "number of 0 or above"
        )
    return [float(found[row]) for row in asked]


def _is_weight(value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and math.isfinite(value) and value >= 0


def _is_number_alone(value: Any) -> bool:
    return isinstance(value, str) and _is_weight(typed([value], known=".").values[0])
