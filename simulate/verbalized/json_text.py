"""Find the JSON in what a model wrote, and mend its form where nothing has to be guessed."""

from __future__ import annotations

import itertools
import json
import re
from collections import Counter
from typing import Any

from simulate.errors import ParseError, quote
from simulate.verbalized.distribution import Parse

REPAIR_LIMIT = 64_000
"""The longest text, in characters, whose broken JSON is repaired; longer is refused."""

MOST_OPENINGS = 20
"""How many braces after a first JSON value are tried for another one."""

MOST_KEYS = 200
"""How many different fields broken JSON may have; a list of candidates has a handful."""

# Possessive: what follows an opening that is never closed is read once, not once per letter.
_FENCE = re.compile(r"```[a-zA-Z]*+\n?+(.*?)```", re.DOTALL)


def read_json(text: str) -> tuple[Any, Parse]:
    """Find the one JSON value in a text, repairing its form if need be.

    Returns:
        The value, and `clean` where the text was valid JSON and nothing else.

    Raises:
        ParseError: there is no JSON, or it is cut off in the middle, or beyond repair.
    """
    try:
        return _DECODER.decode(text), "clean"
    except (ValueError, RecursionError):
        pass
    body = _unwrapped(text)
    try:
        return _DECODER.decode(body), "repaired"
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
    keys = _keys(value)
    if len(keys) > MOST_KEYS:
        raise ParseError(f"the JSON is broken and has {len(keys):,} fields: {quote(text)}")
    for key in keys:
        if not re.search(re.escape(key) + r"[\"'”’]?+\s*+:", body):
            raise ParseError(
                f"the JSON is broken, and a repair would take {quote(key, 40)} for a field: "
                f"{quote(text)}"
            )
    if lost := _letters(body) - _letters(json.dumps(value, ensure_ascii=False)):
        letters = quote("".join(sorted(lost.elements())), 40)
        raise ParseError(f"the JSON is broken, and a repair would lose {letters}: {quote(text)}")
    return value, "repaired"


def _keys(value: Any) -> set[str]:
    """Return all keys of a JSON value that have no escapes in them."""
    if isinstance(value, dict):
        below = (_keys(v) for v in value.values())
        return {k for k in value if k.isprintable() and "\\" not in k}.union(*below)
    if isinstance(value, list):
        return set().union(*(_keys(v) for v in value))
    return set()


def _letters(text: str) -> Counter[str]:
    """Count the letters of a JSON text, in any case, without escapes and Python's `None`."""
    bare = re.sub(r"\\u[0-9a-fA-F]{4}|\\.|\bNone\b|\bnull\b", "", text)
    return Counter(c for c in bare.lower() if c.isalpha() and c.isascii())


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Build an object, unless a key stands in it twice: one of the two would be lost."""
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise ParseError(f"“{twice}” stands twice in one object: {quote(str(pairs))}")
    return found


_DECODER = json.JSONDecoder(object_pairs_hook=_once)


def _unwrapped(text: str) -> str:
    """Take the JSON out of a code fence, or out of the prose around it."""
    fenced: set[str] = {f.strip() for f in _FENCE.findall(text) if f.lstrip()[:1] in ("{", "[")}
    if len(fenced) > 1:
        raise ParseError(f"there are {len(fenced)} different blocks of JSON in {quote(text)}")
    if fenced:
        return fenced.pop()
    starts = [i for c in "{[" if (i := text.find(c)) >= 0]
    if not starts:
        return ""
    start = min(starts)
    try:
        value, end = json.JSONDecoder().raw_decode(text, start)
        _refuse_another(value, text, end)
    except (ValueError, RecursionError):
        end = max(text.rfind("}"), text.rfind("]")) + 1
        if end <= start or _cut_off(text[end:]):
            end = len(text)
    return text[start:end].strip()


def _refuse_another(value: Any, text: str, end: int) -> None:
    """Refuse a text in which another JSON object follows the first value: which one is meant?"""
    for opening in itertools.islice(re.finditer(r"\{", text[end:]), MOST_OPENINGS):
        try:
            other, _ = json.JSONDecoder().raw_decode(text, end + opening.start())
        except (ValueError, RecursionError):
            continue
        if other and other != value:
            raise ParseError(f"there is more than one JSON value in {quote(text)}")


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
