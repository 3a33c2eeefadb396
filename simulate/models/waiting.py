"""How long an endpoint asks to wait: in headers, in fields of an error, or in its words.

What is said outright (`Retry-After`, “try again in 2.4s”) goes before what follows from a limit
that is used up. All of it is read as seconds from now, of any length; how long is really waited is
the connection's to say.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from simulate.models.error_body import ErrorBody
from simulate.models.http import LONGEST_WAIT_S, said_wait_s

_LONGEST_FIELD = 64
_MOST_HEADERS = 200
_READ = 2_000

_ANCHOR = re.compile(r"(?:try again|retry|retrying|available again|wait)\D{0,24}(?=\d)")
_QUANTITY = re.compile(
    r"(\d{1,15}(?:\.\d{1,15})?) ?(ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?"
    r"|d|days?)(?![a-z])[ ,]{0,2}(?:and )?"
)
_SECONDS = {"ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}

_EPOCH_S = 1e8
"""A larger number is no duration but a time since 1970, in seconds, or in ms from 1e11 on."""


def wait_s(status: int, headers: Mapping[str, str], error: ErrorBody) -> float | None:
    """Return how many seconds an endpoint asks to wait; None where it does not say.

    Args:
        status: the HTTP status.
        headers: of the answer, in any case of letters.
        error: its body.
    """
    if (said := said_wait_s(headers)) is not None:
        return said
    given = {str(key).lower(): str(v) for key, v in [*error.headers.items()][:_MOST_HEADERS]}
    if (said := said_wait_s(given)) is not None:
        return said
    for name, value in error.waits.items():
        if (seconds := _seconds(value, 1e-3 if name.endswith("_ms") else 1.0)) is not None:
            return seconds
    if (in_words := _in_words(error.text[:_READ].lower())) is not None:
        return in_words
    given |= {key.lower(): value for key, value in [*headers.items()][:_MOST_HEADERS]}
    resets = [*_resets(given)]
    if used_up := [seconds for seconds, is_used_up in resets if is_used_up]:
        return max(used_up)
    if status == 429 and resets:  # when a limit is whole again: some of it is there before
        return min(*(seconds for seconds, _ in resets), LONGEST_WAIT_S)
    return None


def _resets(headers: Mapping[str, str]) -> Iterator[tuple[float, bool]]:
    """Yield when each limit is whole again, in seconds, and whether it is known to be used up."""
    for name, value in headers.items():
        if "ratelimit" in name and "reset" in name and (seconds := _seconds(value)) is not None:
            left = headers.get(name.replace("reset", "remaining"), "").strip()
            yield seconds, bool(re.fullmatch(r"0+(?:\.0*)?", left[:_LONGEST_FIELD]))


def _seconds(value: Any, unit: float = 1.0) -> float | None:
    """Read seconds from now: a number, `2m59.56s`, a time since 1970, or one by RFC 3339."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = str(value).strip()
    if len(text) > _LONGEST_FIELD:
        return None
    try:
        number = float(text) * unit
    except (ValueError, OverflowError):
        found = _duration(text.lower(), 0)
        return _until(text) if found is None else found
    if not math.isfinite(number):
        return None
    if number > _EPOCH_S:
        number = (number / 1000 if number > 1000 * _EPOCH_S else number) - time.time()
    return max(number, 0.0)


def _until(text: str) -> float | None:
    try:
        return max(datetime.fromisoformat(text).timestamp() - time.time(), 0.0)
    except (ValueError, OverflowError, OSError):
        return None


def _in_words(text: str) -> float | None:
    for found in _ANCHOR.finditer(text):
        if (seconds := _duration(text, found.end())) is not None:
            return seconds
    return None


def _duration(text: str, at: int) -> float | None:
    """Read a duration such as `6m0s` or `1 hour 2 minutes` that begins at a place of a text."""
    seconds = None
    while (found := _QUANTITY.match(text, at)) is not None:
        unit = "ms" if found[2].startswith(("ms", "milli")) else found[2][0]
        seconds = (seconds or 0.0) + float(found[1]) * _SECONDS[unit]
        at = found.end()
    return seconds
