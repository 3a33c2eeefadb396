"""Levels of an attribute: words as they are, numbers in thirds of the people."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simulate.population import Value
from simulate.scenario.outcome_kind import as_word

FEW_NUMBERS = 3
"""Up to so many different numbers are levels themselves."""


def is_number(value: Value) -> bool:
    """Tell whether a value is a number; yes and no are words."""
    return not isinstance(value, str | bool)


def ranges_of(values: Sequence[Value]) -> bool:
    """Tell whether values are numbers of so many kinds that they are put into ranges."""
    return len(set(values)) > FEW_NUMBERS and all(map(is_number, values))


def attribute_levels(
    values: Sequence[Value | None], of_people: Sequence[Value]
) -> list[str | None]:
    """Return the level of each value; `None` for none, and beyond the people's last range.

    Words, and up to three numbers, are levels as they are. More numbers are split at the terciles
    of the people, which gives up to three ranges, such as `18 to 34`.

    Args:
        values: of the attribute.
        of_people: its values among the people that decide where ranges end.
    """
    if not ranges_of(of_people):
        return [None if v is None else as_word(v) for v in values]
    numeric = [float(v) for v in of_people]
    lower, upper = np.quantile(np.array(numeric), [1 / 3, 2 / 3], method="inverted_cdf").tolist()
    ranges: dict[int, list[float]] = {}
    for number in numeric:
        ranges.setdefault(int(number > lower) + int(number > upper), []).append(number)
    texts = {third: f"{min(some):g} to {max(some):g}" for third, some in ranges.items()}
    return [
        None if v is None else texts.get(int(float(v) > lower) + int(float(v) > upper))
        for v in values
    ]


def level_order(level: str) -> tuple[float, str]:
    """Order numbers and ranges such as `18 to 34` by their first number, and words after them."""
    try:
        return float(level.partition(" ")[0]), level
    except ValueError:
        return np.inf, level
