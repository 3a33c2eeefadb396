"""Search with a regular expression of a scenario file in a text that nobody vouches for.

A pattern such as `(a+)+$` takes time that doubles with each character of the wrong text. So the
text is cut at `LONGEST` characters, and a search ends after `LIMIT_S` seconds: the engine of the
package `regex`, which reads the patterns of `re` (and more), looks at the clock while it matches.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import regex

__all__ = ["LIMIT_S", "LONGEST", "TooSlowError", "find_all", "problem", "search"]

LONGEST = 50_000
"""How many characters of a text are searched; what stands behind them is not looked at."""

LIMIT_S = 1.0
"""Seconds that one search may take."""


class TooSlowError(Exception):
    """A search was given up; its message says which, and what to do."""

    def __init__(self, pattern: str) -> None:
        super().__init__(
            f"the pattern {pattern!r} takes more than {LIMIT_S:g} s on one turn; write it so that "
            "no repeated part can match the same text in several ways"
        )


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> regex.Pattern[str]:
    return regex.compile(pattern)


def problem(pattern: str) -> str | None:
    """Return why a pattern of `re` cannot be searched for here; None where it can."""
    try:
        _compiled(pattern)
    except regex.error as error:
        return f"{pattern!r} cannot be read: {error}"
    return None


def search(pattern: str, text: str) -> regex.Match[str] | None:
    """Return the first place where a pattern is found in a text, or None.

    Raises:
        TooSlowError: it took longer than `LIMIT_S`.
    """
    try:
        return _compiled(pattern).search(text[:LONGEST], timeout=LIMIT_S)
    except TimeoutError:
        raise TooSlowError(pattern) from None


def find_all(pattern: str, text: str) -> Iterator[regex.Match[str]]:
    """Yield each place where a pattern is found, from left to right.

    Raises:
        TooSlowError: all of them together took longer than `LIMIT_S`.
    """
    try:
        yield from _compiled(pattern).finditer(text[:LONGEST], timeout=LIMIT_S)
    except TimeoutError:
        raise TooSlowError(pattern) from None
