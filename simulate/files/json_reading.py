"""JSON as foreign files hold it: what cannot be read is told in one line, with its place."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

from simulate.errors import InputError, quote

LONGEST_NUMBER = 300
"""Digits of a whole number that still is a finite one when it is read as a float."""


def json_of(
    text: str,
    where: object,
    error_type: type[InputError] = InputError,
    *,
    pairs: Callable[[list[tuple[str, Any]]], Any] | None = None,
) -> Any:
    """Return what a JSON text says.

    Args:
        text: foreign.
        where: what messages call it, such as `corpus.jsonl:12`.
        error_type: of the error.
        pairs: what is made of an object, from its names and values; a dict for `None`.

    Raises:
        InputError: (as `error_type`) it is no JSON, or has half a surrogate pair.
    """
    try:
        found = json.loads(text, object_pairs_hook=pairs)
        refuse_half_pairs(found, text)
        return found
    except (ValueError, RecursionError) as error:
        why = "nested too deeply" if isinstance(error, RecursionError) else error
        raise error_type(f"{where}: not JSON: {why}") from None


def refuse_half_pairs(data: Any, text: str) -> None:
    """Refuse half a surrogate pair in JSON data, which can be neither sent nor stored.

    Args:
        data: what the text says.
        text: which only an escape can bring one into.

    Raises:
        UnicodeEncodeError: there is one.
    """
    if "\\ud" in text.casefold():
        json.dumps(data, ensure_ascii=False).encode()


def plain_json(data: Any) -> Any:
    """Return a copy of plain JSON data that a run file can hold.

    Raises:
        TypeError: they hold something that JSON has no place for.
        ValueError: they hold a number that is too large or not finite, or they hold themselves.
        RecursionError: they are nested too deeply.
    """
    return STRICT.decode(json.dumps(data, allow_nan=False))


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"a number must be finite, got {quote(text, 40)}")
    return number


def _whole(text: str) -> int:
    if len(text) > LONGEST_NUMBER:
        raise ValueError(
            f"a number must have at most {LONGEST_NUMBER} digits, got {quote(text, 40)}"
        )
    return int(text)


def strict_decoder(
    pairs: Callable[[list[tuple[str, Any]]], Any] | None = None,
) -> json.JSONDecoder:
    """Return a decoder of JSON that may reach a run file, which holds finite numbers only.

    It raises `ValueError` for a number that is not, and for one of more than `LONGEST_NUMBER`
    digits.

    Args:
        pairs: as in `json_of`.
    """
    return json.JSONDecoder(
        object_pairs_hook=pairs, parse_float=_finite, parse_int=_whole, parse_constant=_finite
    )


STRICT = strict_decoder()
"""See `strict_decoder`."""
