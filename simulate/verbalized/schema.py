"""The JSON Schemas of what is asked for, in the subset that structured output takes everywhere."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from simulate.verbalized.wording import Wording

TEXT: Mapping[str, Any] = {"type": "string"}
REASONED = ("reasoning",)
"""What stands before a reply that follows reasoning."""
BOUNDS = frozenset(
    {"minItems", "maxItems", "minimum", "maximum", "multipleOf", "minLength", "maxLength"}
)
"""Keywords that bound numbers, lengths and counts."""
FEWEST = 2
"""Candidates of a distribution that need not have all k; with one there is nothing to state."""
CLOSED = frozenset({"additionalProperties"})
"""The keyword that says that an object has no other fields."""


def object_schema(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of an object with these fields, all of them, and no other."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def answer_schema(value: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the schema of one answer, `{"value": …}`."""
    return object_schema({"value": dict(value or TEXT)})


def closed_values(schema: Mapping[str, Any] | None, most: int) -> list[Any] | None:
    """Return every value that follows the schema of an answer.

    Args:
        schema: None for a reply in free text.
        most: how many there may be.

    Returns:
        The values in order; None where they cannot be listed, or are more than that.
    """
    schema = schema or {}
    values: list[Any] = []
    if "anyOf" in schema:
        for each in schema["anyOf"]:
            some = closed_values(each, most)
            if some is None:
                return None
            values += some
    elif "enum" in schema:
        values = list(schema["enum"])
    elif schema.get("type") == "integer" and {"minimum", "maximum"} <= schema.keys():
        low, high = schema["minimum"], schema["maximum"]
        values = list(range(low, min(high, low + most) + 1))
    return values if 0 < len(values) <= most else None


def moments_schema(low: float, high: float) -> dict[str, Any]:
    """Return the schema of mean and spread, `{"mean": …, "spread": …}`, of numbers in bounds."""
    mean = {"type": "number", "minimum": low, "maximum": high}
    return object_schema(
        {"mean": mean, "spread": {**mean, "minimum": 0, "maximum": (high - low) / 2}}
    )


def reasoned_schema(
    value: Mapping[str, Any] | None, *, may_end: bool = False, before: Sequence[str] = REASONED
) -> dict[str, Any]:
    """Return the schema of one reply after reasoning, `{"reasoning": …, "text": …}`.

    Args:
        value: schema of an answer, which then stands in `value` instead of `text`.
        may_end: whether the reply says if it ends the conversation.
        before: what stands before the reply, each a text.
    """
    item: dict[str, Any] = dict.fromkeys(before, TEXT)
    item |= {"text": TEXT} if value is None else {"value": dict(value)}
    if may_end:
        item["ends"] = {"type": "boolean"}
    return object_schema(item)


def responses_schema(
    k: int | None,
    wording: Wording | None,
    *,
    value: Mapping[str, Any] | None = None,
    may_end: bool = False,
    reasoning: bool = False,
    fewer_do: bool = False,
) -> dict[str, Any]:
    """Return the schema of a list of candidates, `{"responses": [{"text", "probability"}]}`.

    Args:
        k: how many candidates; None leaves it open.
        wording: how likeliness is asked for; None leaves the number out.
        value: schema of an answer, which then stands in `value` instead of `text`.
        may_end: whether each candidate says if it ends the conversation.
        reasoning: whether `reasoning` stands before the list.
        fewer_do: whether fewer than k candidates will do, though no fewer than `FEWEST`.
    """
    if value is None:
        return _replies_schema(k, wording, may_end, reasoning)
    least = min(k, FEWEST) if fewer_do and k is not None else k
    return _list_schema(k, wording, {"value": dict(value)}, may_end, reasoning, least)


@cache
def _replies_schema(
    k: int | None, wording: Wording | None, may_end: bool, reasoning: bool
) -> dict[str, Any]:
    """Build the schema of replies once: it is the same at every turn of a run."""
    return _list_schema(k, wording, {"text": TEXT}, may_end, reasoning, k)


def _list_schema(
    k: int | None,
    wording: Wording | None,
    item: dict[str, Any],
    may_end: bool,
    reasoning: bool,
    least: int | None,
) -> dict[str, Any]:
    if may_end:
        item["ends"] = {"type": "boolean"}
    if wording is not None:
        number: dict[str, Any] = {"type": "number", "minimum": wording.minimum}
        if wording.maximum is not None:
            number["maximum"] = wording.maximum
        item[wording.field] = number
    responses: dict[str, Any] = {"type": "array", "items": object_schema(item)}
    if k is not None:
        responses |= {"minItems": least, "maxItems": k}
    before: dict[str, Any] = {"reasoning": TEXT} if reasoning else {}
    return object_schema({**before, "responses": responses})


def form_of(schema: Mapping[str, Any]) -> str:
    """Return what an answer by a schema looks like, without any content: `{"value": …}`."""
    match schema.get("type"):
        case "object":
            fields = schema["properties"].items()
            return "{" + ", ".join(f"{json.dumps(k)}: {form_of(v)}" for k, v in fields) + "}"
        case "array":
            return f"[{form_of(schema['items'])}, …]"
    return "…"


def without_keywords(schema: Any, keywords: frozenset[str]) -> Any:
    """Return the schema without some keywords, which some endpoints refuse in structured output."""
    if isinstance(schema, Mapping):
        return {k: without_keywords(v, keywords) for k, v in schema.items() if k not in keywords}
    if isinstance(schema, list):
        return [without_keywords(v, keywords) for v in schema]
    return schema
