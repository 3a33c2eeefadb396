"""Search: through the turns of all dialogues, forwards and backwards."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from simulate.errors import InputError
from simulate.tui.filters import Condition

if TYPE_CHECKING:
    from simulate.tui.queries import RunView

__all__ = ["Found", "has_match", "has_text", "matches", "parse_search", "search"]

AT_ONCE = 500
"""Dialogues in one question."""


class Found(NamedTuple):
    """A turn in which a search found something."""

    dialogue: int
    position: int


def search(
    view: RunView, condition: Condition, ids: Sequence[int], start: Found, step: int = 1
) -> Found | None:
    """Return the next turn that holds a text or matches a pattern; round the end.

    Args:
        view: the run.
        condition: a bare word or a `text` condition, as `parse_search` makes it.
        ids: the dialogues to look through, in their order.
        start: the turn to begin after; its position may be -1 or beyond the last turn.
        step: 1 forwards, -1 backwards.
    """
    if not len(ids):
        return None
    function = "has_match" if condition.kind == "regex" else "has_text"
    hit = f"SELECT dialogue, position FROM turn WHERE {function}(?, text) AND"  # noqa: S608
    direction = "ASC" if step > 0 else "DESC"
    at = ids.index(start.dialogue) if start.dialogue in ids else -1 if step > 0 else len(ids)
    if 0 <= at < len(ids):
        compare = ">" if step > 0 else "<"
        sql = f"{hit} dialogue = ? AND position {compare} ? ORDER BY position {direction}"
        for row in view.reader.rows(sql, (condition.value, start.dialogue, start.position)):
            return Found(*row)
    positions = range(at + step, at + step + step * len(ids), step)
    around = [ids[position % len(ids)] for position in positions] if len(ids) else []
    for first in range(0, len(around), AT_ONCE):
        some = around[first : first + AT_ONCE]
        marks = ", ".join("?" * len(some))
        sql = f"{hit} dialogue IN ({marks}) ORDER BY position {direction}"
        best: dict[int, int] = {}
        for dialogue, position in view.reader.rows(sql, (condition.value, *some)):
            best.setdefault(dialogue, position)
        for dialogue in some:
            if dialogue in best:
                return Found(dialogue, best[dialogue])
    return None


def matches(view: RunView, condition: Condition, dialogue: int) -> list[int]:
    """Return the turns of one dialogue in which a search finds something."""
    function = "has_match" if condition.kind == "regex" else "has_text"
    sql = f"SELECT position FROM turn WHERE dialogue = ? AND {function}(?, text)"  # noqa: S608
    return [row[0] for row in view.reader.rows(sql, (dialogue, condition.value))]


def has_text(needle: str, text: str | None) -> int:
    """Tell SQLite whether a text holds another, in any case."""
    return int(text is not None and needle.casefold() in text.casefold())


_compiled: dict[str, re.Pattern[str]] = {}


def has_match(pattern: str, text: str | None) -> int:
    """Tell SQLite whether a regular expression finds something in a text, in any case."""
    found = _compiled.get(pattern)
    if found is None:
        if len(_compiled) > 100:
            _compiled.clear()
        found = _compiled[pattern] = re.compile(pattern, re.IGNORECASE)
    return int(text is not None and found.search(text) is not None)


def parse_search(text: str) -> Condition:
    """Read what was typed into the search box: a regular expression, in any case.

    Raises:
        InputError: it is not a regular expression.
    """
    pattern = text[1:-1] if len(text) > 2 and text[0] == text[-1] == "/" else text
    try:
        re.compile(pattern)
    except re.error as error:
        raise InputError(f"search: /{pattern}/ is not a regular expression: {error}") from None
    return Condition("text", ":", pattern, kind="regex")
