"""Reduce a list, and a text, to what is still needed: delta debugging.

Zeller & Hildebrandt 2002, Simplifying and Isolating Failure-Inducing Input (ddmin), here in the
form that only ever takes chunks away: half of the list first, then ever smaller chunks, until no
single item can go. Nothing here knows what is tried; a test says whether it still fails.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

T = TypeVar("T")

Fails = Callable[[Sequence[T]], Awaitable[bool]]

WAYS = (
    re.compile(r"(?<=[.!?…。！？])\s+|\n+"),
    re.compile(r"(?<=[,;:–—])\s+|\s+(?=(?:and|but|because|since|so|or|although)\s)"),
    re.compile(r"\s+"),
)
"""Where a text is cut into sentences, then clauses, then words."""

RUNS = re.compile(r"([^\w\s.])\1{2,}")
SIGNS = re.compile(r"\w+(?:['’.,:@/-]\w+)*|[^\w\s]+|\s+")
"""Words with the signs inside of them, such as `don't`, `A-48213` and `12.50`; other signs."""
PAIRS = ("()", "[]", "{}", "<>", "“”„", "‘’‚", "«»")
LONG = 400
"""Characters; a message of more is first cut to a shorter one."""


async def reduced(items: Sequence[T], fails: Fails[T], least: int = 1) -> list[T]:
    """Return a part of a list that still fails and from which no single item can be taken.

    Args:
        items: fails as it is; this is not tried again.
        fails: tells whether a part, in the order of the list, still fails.
        least: how many items must stay.
    """
    left = list(items)
    size = max(1, len(left) // 2)
    while True:
        taken = False
        start = 0
        while start < len(left):
            rest = left[:start] + left[start + size :]
            if len(rest) >= least and await fails(rest):
                left, taken = rest, True
            else:
                start += size
        if size == 1 and not taken:
            return left
        size = max(1, min(size // 2, len(left) // 2))


def plain(text: str) -> str:
    """Return a text without what is odd in it: controls, lookalike letters, runs of signs.

    A text with nothing odd comes back as it is.
    """
    normal = "".join(_usual(c) for c in text)
    kept = RUNS.sub(r"\1", normal)
    return text if kept == text else " ".join(kept.split())


def signs_apart(text: str) -> list[str]:
    """Return the pieces that a text is made of, each sign outside of words a piece of its own."""
    pieces: list[str] = []
    for piece in SIGNS.findall(text):
        pieces += piece if is_sign(piece[0]) else [piece]
    return pieces


def is_sign(character: str) -> bool:
    """Tell whether a character is of no word, and no space: punctuation, or a symbol."""
    return not (character.isspace() or character == "_" or character.isalnum())


def kind_of_sign(sign: str) -> str:
    """Return what a sign goes together with, so that no quote or bracket stays open."""
    return next((pair for pair in PAIRS if sign in pair), sign)


def _usual(c: str) -> str:
    if c.isalnum():
        return unicodedata.normalize("NFKC", c)
    return c if c.isprintable() or c.isspace() else " "


def shortened(text: str) -> list[str]:
    """Return shorter beginnings of a long text, the shortest first; none for a short one."""
    size, found = LONG // 4, []
    while size < len(text):
        found.append(text[:size].rstrip())
        size *= 2
    return [each for each in found if each] if len(text) > LONG else []
