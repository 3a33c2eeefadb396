"""What had to be mended in the form of an answer before it could be read."""

from __future__ import annotations

import json
from typing import Any

from simulate.verbalized.json_text import opens_json

FENCE = "a code fence around the JSON was taken off"
PROSE = "text around the JSON was taken off"
JSON = "JSON was mended"
INSIDE = "JSON was taken out of a string of JSON"
WORDS = "marks, names or quotes around the words were taken off"
NUMBERS = "probabilities were read in another form, such as 30% or 30 for 0.3"
FIELDS = "fields, number or marks of the candidates were not those asked for"
REPAIRS = (FENCE, PROSE, JSON, INSIDE, WORDS, NUMBERS, FIELDS)


def repair_of(raw: str) -> str:
    """Return what was mended of a text that was read with a repair, one of `REPAIRS`.

    Where there were several repairs, the one that stands outermost.
    """
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return _outermost(raw.strip())
    if isinstance(value, str):
        return INSIDE if opens_json(value) else WORDS
    return NUMBERS if any(_odd(item) for item in _items(value)) else FIELDS


def _outermost(raw: str) -> str:
    if raw.startswith("```"):
        return FENCE
    starts = [at for bracket in "{[" if (at := raw.find(bracket)) >= 0]
    if not starts:
        return WORDS
    first = min(starts)
    try:
        _, end = json.JSONDecoder().raw_decode(raw, first)
    except (ValueError, RecursionError):
        return JSON
    return PROSE if first or raw[end:].strip() else JSON


def _items(value: Any) -> list[dict[str, Any]]:
    """Return the objects in an answer that have no objects in them."""
    if isinstance(value, list):
        return [item for each in value for item in _items(each)]
    if not isinstance(value, dict):
        return []
    within = [item for each in value.values() for item in _items(each)]
    return within or [value]


def _odd(item: dict[str, Any]) -> bool:
    """Tell whether a probability is no number from 0 to 1."""
    given = (v for key, v in item.items() if "prob" in key.casefold())
    return any(not isinstance(v, int | float) or not 0 <= v <= 1 for v in given)
