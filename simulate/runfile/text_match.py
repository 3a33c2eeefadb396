"""Functions that SQLite calls to look for text in any case."""

from __future__ import annotations

import re
import sqlite3
from functools import lru_cache


def add_text_functions(connection: sqlite3.Connection) -> None:
    """Let the SQL of a connection call `has_text(needle, text)` and `has_match(pattern, text)`."""
    connection.create_function("has_text", 2, has_text, deterministic=True)
    connection.create_function("has_match", 2, has_match, deterministic=True)


def has_text(needle: str, text: str | None) -> int:
    """Tell SQLite whether a text holds another, in any case."""
    return int(text is not None and needle.casefold() in text.casefold())


def has_match(pattern: str, text: str | None) -> int:
    """Tell SQLite whether a regular expression matches anywhere in a text, in any case."""
    return int(text is not None and _compiled(pattern).search(text) is not None)


@lru_cache(maxsize=100)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)
