"""Missing values of a table: what is always missing, what is declared, and what must be declared.

An empty cell, a null and NaN are missing. A code that stands for a missing value (-99, “NA”) is
one where the user says so (`--missing -99`). One that nobody has declared is no value either: a
table that holds such a code is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulate.errors import ReferenceDataError, quote

NONE = "none"
"""Declared: no further value of the table stands for a missing one."""

WORDS = frozenset(
    {
        *("na", "n/a", "n.a.", "#n/a", "nil", "null", ".", "..", "-", "--", "?", "missing"),
        *("dk", "don't know", "dont know", "no answer", "no response", "not available"),
        *("prefer not to answer", "prefer not to say", "refused", "skipped", "unknown"),
    }
)
"""What usually stands for a missing value, in small letters."""

NEGATIVE = frozenset(-float(digit * times) for digit in "789" for times in range(1, 5))
CODES = NEGATIVE | frozenset(-code for code in NEGATIVE if code not in (-7, -8))
LONE = frozenset({99.0, 999.0, 9999.0})
"""Codes of surveys: −9, −99, 999. Without a support only 99, 999 and 9999 of the positive ones."""

FAR = 0.8
"""Without a support 99 is a code where no other value is above this part of it."""

SCALE = frozenset(range(1, 8))
"""A rating scale; 9 is a code beside it."""


def check_words(where: str, values: Sequence[Any], declared: Sequence[str]) -> None:
    """Refuse words that usually stand for a missing value among those of a table.

    Raises:
        ReferenceDataError: there is one, and `none` is not declared.
    """
    usual = (v for v in values if isinstance(v, str) and _plain(v) in WORDS)
    if NONE not in declared and (found := next(usual, None)) is not None:
        raise ReferenceDataError(_message(where, quote(found, 40), found.strip()))


def check_numbers(
    where: str,
    numbers: NDArray[np.float64],
    support: tuple[float, float] | None,
    declared: Sequence[str],
) -> None:
    """Refuse numbers that usually stand for a missing value.

    Args:
        where: the table and its column, for the message.
        numbers: (m,) values.
        support: where values can lie; a code is looked for outside of it, else far from all others.
        declared: as the user has declared them.

    Raises:
        ReferenceDataError: there is one, and `none` is not declared.
    """
    distinct = np.unique(numbers)
    if NONE in declared or not len(distinct):
        return
    if support is None:
        found = _apart(distinct)
    else:
        low, high = support
        found = [n for n in distinct.tolist() if n in CODES and not low <= n <= high]
    if found:
        raise ReferenceDataError(_message(where, f"{found[0]:g}", f"{found[0]:g}"))


def _apart(distinct: NDArray[np.float64]) -> list[float]:
    """Return the codes that no other value is near to; of ascending values."""
    negative, positive = distinct[distinct < 0].tolist(), distinct[distinct >= 0].tolist()
    found: list[float] = negative if NEGATIVE.issuperset(negative) else []
    if len(positive) > 1:
        *others, top = positive
        if (top in LONE and others[-1] <= FAR * top) or (top == 9 and SCALE.issuperset(others)):
            found.append(top)
    return found


def _plain(text: str) -> str:
    return text.strip().casefold().replace("’", "'")


def _message(where: str, shown: str, code: str) -> str:
    return (
        f"{where}: {shown} looks like a code for a missing value; say {declaring(code)} if it is "
        f"one, or --missing {NONE} if it is a value"
    )


def declaring(code: str) -> str:
    """Return the option that declares a code, as it is typed."""
    return f'--missing "{code}"' if " " in code else f"--missing {code}"
