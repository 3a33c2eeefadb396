"""Where in an answer its candidates stand, and under which names.

Read are, beside the form that was asked for: other names of the fields, in any case; envelopes
(`{"data": {…}}`, `{"name": …, "arguments": …}`, also with the inside as a string of JSON); one
candidate without a list; numbered candidates (`{"1": {…}, "2": {…}}`); and
`{"a text": 0.6, "another": 0.4}`. Of two fields that could be meant, none is taken.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from simulate.errors import EmptyDistributionError, ParseError
from simulate.verbalized.json_text import json_in
from simulate.verbalized.scales import number_in
from simulate.verbalized.wording import SAME_SCALE, Wording

LIST_KEYS = ("responses", "replies", "candidates", "answers", "results", "distribution")
TEXT_KEYS = ("text", "response", "reply", "message", "content", "value", "answer")
ENVELOPES = ("data", "result", "output", "arguments", "parameters", "input", "json", "function")

MOST_TEXTS = 100
"""How many texts may be the keys of an object of probabilities."""

DEEPEST = 6
"""How many envelopes may lie in one another."""

_CONTAINERS = frozenset({*LIST_KEYS, *TEXT_KEYS, *ENVELOPES, "tool_calls"})
_KNOWN = frozenset({*_CONTAINERS, "ends", "reasoning"}.union(*SAME_SCALE.values()))
_NUMBERED = re.compile(r"(\D{0,20}+)(\d{1,3})")


def folded(key: str) -> str:
    """Return a field's name as it is compared: without case, spaces and hyphens."""
    return re.sub(r"[\s-]", "_", key.strip().lower())


def field(
    item: Mapping[str, Any], asked: str, others: Sequence[str], where: str
) -> tuple[str, bool] | None:
    """Find the field that was asked for, or the one of another name that must be it.

    Returns:
        Its key, and whether that is another name; None where there is no such field.

    Raises:
        ParseError: two fields could be meant.
    """
    if asked in item:
        return asked, False
    names = {key: folded(key) for key in item}
    found = [k for k, name in names.items() if name == asked]
    found = found or [k for k, name in names.items() if name in others]
    if len(found) > 1:
        both = " and ".join(f"“{key}”" for key in found[:2])
        raise ParseError(f"which field of {where} is the {asked}, {both}? Write “{asked}”")
    return (found[0], True) if found else None


def opened(data: Any) -> tuple[Any, bool]:
    """Take an object out of its envelopes; tell whether there were any."""
    for depth in range(DEEPEST):
        inside = _inside(data)
        if inside is None:
            return data, depth > 0
        data = inside
    return data, True


def _inside(data: Any) -> Any:
    """Return what an envelope holds: its one object, list or string of JSON; None if it is none.

    Raises:
        ParseError: it holds a text, too.
    """
    if isinstance(data, list):
        only = data[0] if len(data) == 1 else None
        wraps = isinstance(only, dict) and not any(folded(k) in TEXT_KEYS for k in only)
        return only if wraps else None
    if not isinstance(data, dict) or isinstance(data.get(LIST_KEYS[0]), list):
        return None
    found: list[Any] = []
    texts: list[str] = []
    for key, value in data.items():
        name = folded(key)
        if isinstance(value, dict | list) and name in _CONTAINERS:
            found.append(value)
        elif isinstance(value, str) and name in (*ENVELOPES, *LIST_KEYS):
            inside = json_in(value)
            found += [] if inside is None else [inside]
        elif value not in (None, "") and name in TEXT_KEYS:
            texts.append(key)
    if found and texts:
        raise ParseError(f"is the answer in “{texts[0]}”, or in what stands beside it?")
    return found[0] if len(found) == 1 else None


def candidates_in(
    data: Any, key: str, wording: Wording | None, text: str
) -> tuple[list[Any], bool]:
    """Return the candidates of an answer, and whether they stand elsewhere than asked for.

    Args:
        data: the JSON value.
        key: the field of a candidate, `text` or `value`.
        wording: how likeliness was asked for, if it was.
        text: what the model wrote, for messages.

    Raises:
        EmptyDistributionError: the list is empty.
        ParseError: there is no list of candidates, or more than one.
    """
    data, moved = opened(data)
    items: list[Any] | None = None
    if isinstance(data, list):
        items, moved = data, True
    elif isinstance(data, dict):
        items = data.get(LIST_KEYS[0])
        if not isinstance(items, list):
            items, moved = _without_list(data, key, wording), True
    if items is None:
        raise ParseError("there is no list “responses”", text, joint=" in ")
    if not items:
        raise EmptyDistributionError("the list of responses is empty", text)
    return items, moved


def _without_list(data: Mapping[str, Any], key: str, wording: Wording | None) -> list[Any] | None:
    names = [folded(k) for k in data]
    if any(name in TEXT_KEYS for name in names):
        return [data]
    if not data or any(name in _KNOWN for name in names):
        return None
    numbered = _are_numbered(names)
    values = list(data.values())
    if all(isinstance(v, dict) for v in values):
        return values if numbered else None
    if wording is None:
        bare = numbered and all(isinstance(v, str | int | float) for v in values)
        return values if bare else None
    if numbered or len(data) > MOST_TEXTS or not all(map(_is_number, values)):
        return None
    if key == "text" and any(k.isidentifier() for k in data):
        return None  # a field, it may be, and no reply
    return [{key: text, wording.field: value} for text, value in data.items()]


def _are_numbered(names: Sequence[str]) -> bool:
    """Tell whether keys count: `1`, `2`, … or `reply_1`, `reply_2`, …, from 0 or 1."""
    found = [_NUMBERED.fullmatch(name) for name in names]
    pairs = [(m[1], int(m[2])) for m in found if m]
    return len(pairs) == len(names) and any(
        pairs == [(pairs[0][0], i) for i in range(first, first + len(pairs))] for first in (0, 1)
    )


def _is_number(value: Any) -> bool:
    if isinstance(value, str):
        return number_in(value) is not None
    return isinstance(value, int | float) and not isinstance(value, bool)
