"""What the embedded model may write: grammars that keep a tiny model from rambling."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from simulate.models.chat import ChatRequest
from simulate.models.llama_server import library

WHOLE_SENTENCES = r"""%llguidance {}
start: /([^\s.!?][^.!?\n]{1,110}[.!?\n] ?){1,2}/
"""
"""Plain text without a limit of its own: at most two sentences or lines, none cut off."""
CHARACTERS_PER_TEXT = 160
STEPS_OF_A_NUMBER = 41
"""A bounded number is offered as an even grid of at most this many values."""


def grammar(request: ChatRequest) -> str | None:
    """Return the grammar that a request's reply is decoded with; None where it is free."""
    if request.schema is None:
        return WHOLE_SENTENCES if request.max_tokens is None else None
    compact = {"whitespace_flexible": False, "item_separator": ",", "key_separator": ":"}
    schema = {**bounded(request.schema), "x-guidance": compact}
    return str(library().json_schema_to_grammar(json.dumps(schema)))


def bounded(schema: Any) -> Any:
    """Return the schema with texts of bounded length and bounded numbers as a grid of values.

    Decoded without these bounds the small model writes numbers of twenty digits and texts that
    only the token limit ends. Probabilities, for one, become 0.05, 0.1, … 0.95.
    """
    if isinstance(schema, list):
        return [bounded(s) for s in schema]
    if not isinstance(schema, Mapping):
        return schema
    kind = schema.get("type")
    if kind == "number" and "minimum" in schema and "maximum" in schema:
        return {"enum": _grid(float(schema["minimum"]), float(schema["maximum"]))}
    if kind == "string" and "enum" not in schema and "maxLength" not in schema:
        return {**schema, "minLength": 2, "maxLength": CHARACTERS_PER_TEXT}
    if kind == "array" and "maxItems" not in schema:
        schema = {**schema, "minItems": schema.get("minItems", 1), "maxItems": 8}
    return {key: bounded(value) for key, value in schema.items()}


def _grid(low: float, high: float) -> list[float | int]:
    """Return at most `STEPS_OF_A_NUMBER` round values from low to high; for shares not the ends."""
    if not high > low:
        return [low]
    step = 10.0 ** len(str(int(high - low)))
    for finer in (10.0**e * f for e in range(9, -9, -1) for f in (5.0, 2.0, 1.0)):
        if (high - low) / finer > STEPS_OF_A_NUMBER - 1 + 1e-9:
            break
        step = finer
    count = int((high - low) / step + 1e-9)
    values = [round(low + i * step, 9) for i in range(count + 1)]
    if (low, high) == (0, 1):
        values = values[1:-1]
    return [int(v) if v.is_integer() else v for v in values]
