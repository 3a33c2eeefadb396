"""Regular expressions from files, searched for in foreign text within a time limit.

Python's own `re` can take years over a short text where repeats stand in repeats, and nothing can
stop it. The package `regex` reads the same patterns and stops at a time limit. What it would take
much memory for, repeats of counted repeats, is refused when the pattern is read.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from simulate.errors import quote

if TYPE_CHECKING:
    import regex

LIMIT_S = 1.0
"""Seconds of processor time that one search may take; what is sensible takes a millisecond."""
SHORT_LIMIT_S = 0.01
"""Seconds for a pattern that took too long before."""
LONGEST = 50_000
"""How many characters of a text `search` and `find_all` look at."""
LONGEST_PATTERN = 10_000
MOST_REPEATS = 100_000
"""The product of all counts of a pattern, such as 12 in `\\d{1,6}\\.\\d{2}`."""

_COUNT = re.compile(r"\{(\d*)(,?)(\d*)\}")


class PatternTooSlowError(Exception):
    """A search took longer than its limit."""


def check_pattern(pattern: str) -> None:
    """Make sure that a text is a regular expression that can be searched for.

    Raises:
        ValueError: it is none, or it is too long, or it counts too far.
    """
    if len(pattern) > LONGEST_PATTERN:
        raise ValueError(
            f"a pattern of {len(pattern):,} characters; at most {LONGEST_PATTERN:,} are allowed"
        )
    counts = [max(int(n or 0) for n in found.group(1, 3)) for found in _COUNT.finditer(pattern)]
    if math.prod(max(count, 1) for count in counts) > MOST_REPEATS:
        raise ValueError(
            f"{quote(pattern, 60)} repeats too often: the product of its counts may be at most "
            f"{MOST_REPEATS:,}"
        )
    try:
        re.compile(pattern)
        _compiled(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        why = "nested too deeply" if isinstance(error, RecursionError) else error
        raise ValueError(f"{pattern!r} is not a regular expression: {why}") from None


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> regex.Pattern[str]:
    import regex

    try:
        return regex.compile(pattern)
    except regex.error as error:
        raise re.error(str(error)) from None


class Search:
    """Searches that share one time limit.

    Args:
        limit_s: seconds for all searches together, of processor time; None takes `LIMIT_S`.
    """

    def __init__(self, limit_s: float | None = None) -> None:
        self._limit_s = LIMIT_S if limit_s is None else limit_s
        self._until = time.process_time() + self._limit_s

    def all(self, pattern: str, text: str) -> Iterator[regex.Match[str]]:
        """Iterate over all matches in a text, from its beginning.

        Raises:
            PatternTooSlowError: the time is over; the message says what to do.
        """
        left_s = max(self._until - time.process_time(), 1e-3)
        try:
            yield from _compiled(pattern).finditer(text, timeout=left_s)
        except TimeoutError:
            raise PatternTooSlowError(
                f"the pattern {quote(pattern, 60)} takes more than {self._limit_s:g} s on a text "
                f"of {len(text):,} characters; write it without repeats inside repeats"
            ) from None

    def first(self, pattern: str, text: str) -> regex.Match[str] | None:
        """Return the first match in a text, or None; see `all`."""
        return next(self.all(pattern, text), None)


def search(pattern: str, text: str) -> regex.Match[str] | None:
    """Return the first place of a turn, up to `LONGEST`, where a pattern is found, or None.

    Raises:
        PatternTooSlowError: it took longer than `LIMIT_S`.
    """
    return Search().first(pattern, text[:LONGEST])


def find_all(pattern: str, text: str) -> Iterator[regex.Match[str]]:
    """Yield each place of a turn, up to `LONGEST`, where a pattern is found, from left to right.

    Raises:
        PatternTooSlowError: all of them together took longer than `LIMIT_S`.
    """
    return Search().all(pattern, text[:LONGEST])
