"""The reference of the YAML files, from their JSON Schemas, which come from the models' fields."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docs.site.markdown import cell, table

ROOT = Path(__file__).parents[2]
FILES = {
    "Scenario file": "scenarios/scenario.schema.json",
    "Population file": "personas/population.schema.json",
    "Multiverse plan": "scenarios/multiverse.schema.json",
}
_COLUMNS = ("key", "type", "default", "what it says")


def page() -> str:
    """Return the page: a section for each kind of file, and in it one for each kind of mapping."""
    lead = (
        "# YAML files\n\nEvery key of every file, as editors show them by the JSON Schemas "
        "and as `simulate check FILE` holds a file to them. A key marked * must be there.\n"
    )
    return lead + "\n".join(
        section
        for title, path in FILES.items()
        for section in _sections(title, json.loads((ROOT / path).read_text("utf-8")))
    )


def _sections(title: str, schema: dict[str, Any]) -> Iterator[str]:
    prefix = title.split()[0].lower()
    yield f"\n## {title}\n\n{schema.get('description', '')}\n{_keys(schema, prefix)}"
    for name, inner in sorted(schema.get("$defs", {}).items()):
        heading = f"\n### {title.split()[0]}: {name} {{#{prefix}-{name.lower()}}}\n\n"
        yield heading + f"{inner.get('description', '')}\n{_keys(inner, prefix)}"


def _keys(schema: dict[str, Any], prefix: str) -> str:
    required = schema.get("required", ())
    return table(
        _COLUMNS,
        [
            (
                f"`{key}`{'*' if key in required else ''}",
                _kind(said, prefix),
                _default(said),
                cell(said.get("description", "")),
            )
            for key, said in schema.get("properties", {}).items()
        ],
    )


def _default(said: dict[str, Any]) -> str:
    """Return the default of a key, where it is short enough to be read in a table."""
    written = json.dumps(said.get("default"), ensure_ascii=False)
    if written in ("null", '""', "{}", "[]"):
        return ""
    return cell(f"`{written}`") if len(written) <= 40 else "see its section"


def _kind(said: dict[str, Any], prefix: str) -> str:
    """Return what a value may be, in words, with a link to each kind of mapping."""
    if name := said.get("$ref", "").rpartition("/")[2]:
        return f"[{name}](#{prefix}-{name.lower()})"
    for several in ("anyOf", "oneOf"):
        if several in said:
            kinds = [_kind(each, prefix) for each in said[several] if each.get("type") != "null"]
            return " or ".join(dict.fromkeys(kinds))
    if "enum" in said or "const" in said:
        values = said.get("enum", [said.get("const")])
        return " or ".join(f"`{value}`" for value in values)
    kind = said.get("type", "anything")
    if kind == "array" and isinstance(said.get("items"), dict):
        return f"list of {_kind(said['items'], prefix)}"
    if kind == "object":
        values = said.get("additionalProperties") or None
        for inner in said.get("patternProperties", {}).values():
            values = inner
        return f"name: {_kind(values, prefix)}" if isinstance(values, dict) else "mapping"
    words = {"string": "text", "integer": "whole number", "boolean": "true or false"}
    return words.get(str(kind), str(kind)) + _range(said)


def _range(said: dict[str, Any]) -> str:
    """Return the bounds of a number."""
    low, high = said.get("minimum"), said.get("maximum")
    if low is None or high is None:
        above = said.get("exclusiveMinimum")
        return f" ≥ {low}" if low is not None else f" > {above}" if above is not None else ""
    return f", {low} to {high:,}" if abs(high) < 1e12 else f" ≥ {low}" if low > -1e12 else ""
