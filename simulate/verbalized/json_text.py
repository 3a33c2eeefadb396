"""Find the JSON in what a model wrote, and mend its form where nothing has to be guessed."""

from __future__ import annotations

import json
import re
from typing import Any

from simulate.errors import ParseError, quote
from simulate.verbalized.distribution import Parse

__all__ = ["read_json"]

REPAIR_LIMIT = 64_000
"""The longest text, in characters, whose broken JSON is repaired; longer is refused."""

_FENCE = re.compile(r"```[a-zA-Z]*\n?(.*?)```", re.DOTALL)


def read_json(text: str) -> tuple[Any, Parse]:
    """Find the one JSON value in a text, repairing its form if need be.

    Returns:
        The value, and `clean` where the text was valid JSON and nothing else.

    Raises:
        ParseError: there is no JSON, or it is cut off in the middle, or beyond repair.
    """
    try:
        return json.loads(text), "clean"
    except (ValueError, RecursionError):
        pass
    body = _unwrapped(text)
    try:
        return json.loads(body), "repaired"
    except (ValueError, RecursionError):
        pass
    if not body:
        raise ParseError(f"there is no JSON in {quote(text)}")
    if len(body) > REPAIR_LIMIT:
        raise ParseError(
            f"the JSON is broken and, with {len(body):,} characters, too long to repair "
            f"(at most {REPAIR_LIMIT:,}): {quote(text)}"
        )
    if not _balanced(body):
        raise ParseError(f"the JSON is cut off before its end: {quote(text)}")
    import json_repair

    try:
        value = json_repair.loads(body, skip_json_loads=True)
    except (ValueError, RecursionError, IndexError) as error:
        raise ParseError(f"the JSON is beyond repair ({error}): {quote(text)}") from None
    if not isinstance(value, dict | list):
        raise ParseError(f"there is no JSON object or list in {quote(text)}")
    return value, "repaired"


def _unwrapped(text: str) -> str:
    """Take the JSON out of a code fence, or out of the prose around it."""
    fenced = _FENCE.search(text)
    if fenced and fenced[1].lstrip()[:1] in ("{", "["):
        return fenced[1].strip()
    starts = [i for c in "{[" if (i := text.find(c)) >= 0]
    if not starts:
        return ""
    start = min(starts)
    try:
        _, end = json.JSONDecoder().raw_decode(text, start)
    except (ValueError, RecursionError):
        end = max(text.rfind("}"), text.rfind("]")) + 1
        if end <= start or _cut_off(text[end:]):
            end = len(text)
    return text[start:end].strip()


def _cut_off(tail: str) -> bool:
    """Tell whether what follows the last closing bracket looks like more JSON, cut off."""
    return tail.lstrip()[:1] in (",", "{", "[", ":", '"') and bool(tail.strip(" \t\r\n,"))


def _balanced(text: str) -> bool:
    """Tell whether each bracket is closed, counted outside and, failing that, inside strings."""
    outside = 0
    inside_string = escaped = False
    for c in text:
        if escaped:
            escaped = False
        elif c == "\\":
            escaped = inside_string
        elif c == '"':
            inside_string = not inside_string
        elif not inside_string:
            outside += (c in "{[") - (c in "}]")
    if not inside_string and outside == 0:
        return True
    return sum(text.count(c) for c in "{[") == sum(text.count(c) for c in "}]")
