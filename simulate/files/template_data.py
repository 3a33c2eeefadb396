"""JSON data whose texts, keys included, are templates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from simulate.files.templates import evaluate, render


def templates_in(data: Any, field: str = "") -> dict[str, str]:
    """Return each text of JSON data by its field, such as `equals.paid.0`."""
    if isinstance(data, str):
        return {field: data}
    found: dict[str, str] = {}
    if isinstance(data, Mapping):
        for key, value in data.items():
            found |= {f"{field}.{key} (its name)": key} | templates_in(value, f"{field}.{key}")
    elif isinstance(data, list):
        for place, value in enumerate(data):
            found |= templates_in(value, f"{field}.{place}")
    return found


def filled_data(
    data: Any,
    seen: Mapping[str, object],
    field: str,
    fill: Callable[[str, Mapping[str, Any], str], Any] = evaluate,
) -> Any:
    """Fill in JSON data whose texts are templates.

    Args:
        data: plain JSON data.
        seen: what the templates see.
        field: where they stand, for messages.
        fill: fills in a text that is no key; `render` makes a text of all that it puts in.

    Raises:
        InputError: a template fails, with its field.
    """
    if isinstance(data, str):
        return fill(data, seen, field)
    if isinstance(data, Mapping):
        return {
            render(key, seen, field): filled_data(value, seen, f"{field}.{key}", fill)
            for key, value in data.items()
        }
    if isinstance(data, list):
        return [filled_data(value, seen, f"{field}.{i}", fill) for i, value in enumerate(data)]
    return data
