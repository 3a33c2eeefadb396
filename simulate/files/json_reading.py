"""JSON as foreign files hold it: what cannot be read is told in one line, with its place."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from simulate.errors import InputError


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
        if "\\ud" in text.casefold():  # half a surrogate pair can be neither sent nor stored
            json.dumps(found, ensure_ascii=False).encode()
        return found
    except (ValueError, RecursionError) as error:
        why = "nested too deeply" if isinstance(error, RecursionError) else error
        raise error_type(f"{where}: not JSON: {why}") from None
