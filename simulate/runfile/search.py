"""Search through the turns of all dialogues, forwards and backwards."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from simulate.errors import InputError
from simulate.runfile.filter import Condition
from simulate.runfile.query import Queryable

AT_ONCE = 500
"""Dialogues in one query."""


class Found(NamedTuple):
    """A turn that a search found."""

    dialogue: int
    position: int


def search(
    run: Queryable, condition: Condition, ids: Sequence[int], start: Found, step: int = 1
) -> Found | None:
    """Return the next turn that holds a text or matches a pattern; the end wraps to the beginning.

    Args:
        run: the run.
        condition: a bare word or a `text` condition, as `parse_search` makes it.
        ids: the dialogues to look through, in their order.
        start: the turn to begin after; its position may be -1 or beyond the last turn.
        step: 1 forwards, -1 backwards.
    """
    if not len(ids):
        return None
    hit = f"SELECT dialogue, position FROM turn WHERE {_matching(condition)} AND"  # noqa: S608
    direction = "ASC" if step > 0 else "DESC"
    at = ids.index(start.dialogue) if start.dialogue in ids else -1 if step > 0 else len(ids)
    if 0 <= at < len(ids):
        compare = ">" if step > 0 else "<"
        sql = f"{hit} dialogue = ? AND position {compare} ? ORDER BY position {direction}"
        for row in run.rows(sql, (condition.value, start.dialogue, start.position)):
            return Found(*row)
    positions = range(at + step, at + step + step * len(ids), step)
    around = [ids[position % len(ids)] for position in positions]
    for first in range(0, len(around), AT_ONCE):
        some = around[first : first + AT_ONCE]
        marks = ", ".join("?" * len(some))
        sql = f"{hit} dialogue IN ({marks}) ORDER BY position {direction}"
        best: dict[int, int] = {}
        for dialogue, position in run.rows(sql, (condition.value, *some)):
            best.setdefault(dialogue, position)
        for dialogue in some:
            if dialogue in best:
                return Found(dialogue, best[dialogue])
    return None


def matches(run: Queryable, condition: Condition, dialogue: int) -> list[int]:
    """Return the positions of the turns of one dialogue that a search finds."""
    sql = f"SELECT position FROM turn WHERE {_matching(condition)} AND dialogue = ?"  # noqa: S608
    return [row[0] for row in run.rows(sql, (condition.value, dialogue))]


def _matching(condition: Condition) -> str:
    return "has_match(?, text)" if condition.kind == "regex" else "has_text(?, text)"


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
