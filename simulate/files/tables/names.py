"""Names of columns: each has one, and no two are alike."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from simulate.errors import quote


def plain_name(name: str) -> str:
    """Return the form in which names are compared: case, spaces around and composition are gone."""
    return unicodedata.normalize("NFC", name.removeprefix("\ufeff").strip()).casefold()


def named_alike(names: Iterable[str]) -> tuple[int, int] | None:
    """Return the places, from 0, of two names that a table does not tell apart; None without."""
    places: dict[str, int] = {}
    for place, name in enumerate(names):
        first = places.setdefault(plain_name(name), place)
        if first != place:
            return first, place
    return None


def named_twice(columns: Iterable[str]) -> str | None:
    """Return which two columns of a table have one name, and what to do; None where none have."""
    names = list(columns)
    alike = named_alike(names)
    if alike is None:
        return None
    first, second = alike
    return (
        f"column {quote(names[second].strip(), 40)} is named twice, as columns {first + 1:,} and "
        f"{second + 1:,} (case and spaces around a name do not count); rename one of them"
    )
