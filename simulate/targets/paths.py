"""JSONPaths (RFC 9535): where a target's answer says what."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jsonpath_rfc9535 import JSONPathQuery

__all__ = ["checked_path", "found"]


@lru_cache(maxsize=256)
def _compiled(path: str) -> JSONPathQuery:
    import jsonpath_rfc9535

    try:
        return jsonpath_rfc9535.compile(path)
    except jsonpath_rfc9535.JSONPathError as error:
        raise ValueError(
            f"not a JSONPath (RFC 9535): {error}; write a path such as $.reply"
        ) from None


def checked_path(path: str) -> str:
    """Return a JSONPath as it is.

    Raises:
        ValueError: it is none.
    """
    _compiled(path)
    return path


def found(path: str, data: Any) -> list[Any]:
    """Return the values at a JSONPath, in order; none where it finds nothing.

    Raises:
        ValueError: the path is none, or the data are nested too deeply to be searched.
    """
    import jsonpath_rfc9535

    try:
        return [node.value for node in _compiled(path).find(data)]
    except (jsonpath_rfc9535.JSONPathError, RecursionError) as error:
        raise ValueError(f"cannot be searched: {error}") from None
