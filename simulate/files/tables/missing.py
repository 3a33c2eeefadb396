"""Cells that hold no value: empty ones, and codes that are declared."""

from __future__ import annotations

import math
from collections.abc import Sequence


def is_missing(value: object, declared: Sequence[str]) -> bool:
    """Tell whether a cell of a table holds no value.

    Args:
        value: the cell.
        declared: texts and numbers that stand for a missing value.
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return True
    if not declared and isinstance(value, int | float):
        return False
    text = str(value).strip()
    if text.casefold() in ("", "nan") or text in declared:
        return True
    number = as_number(text) if declared else None
    return number is not None and any(number == as_number(code) for code in declared)


def as_number(text: str) -> float | None:
    """Return the number that a text is; None where it is none."""
    try:
        return float(text) if text.isascii() and "_" not in text else None
    except ValueError:
        return None
