"""Foreign text on a screen: what a model wrote changes nothing there but itself.

Model text is data, and hostile data at worst. Control characters, ANSI escapes, bidi controls and
characters that take no room are written as escapes such as `\\x1b` or `\\u202e`, so that they are
seen and do nothing. Emoji sequences fall apart into their parts, since terminals disagree on how
wide the whole is. The result is plain text: whoever draws it must not read it as markup.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

JOINER = "\u200d"
EMOJI_STYLE = "\ufe0f"
MOST_MARKS = 3
"""Combining marks on one character; scripts in use need no more."""

# Letters, marks and symbols that Unicode calls visible and that draw nothing.
INVISIBLE = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"
    + "".join(map(chr, range(0xFE00, 0xFE10)))
    + "".join(map(chr, range(0xE0100, 0xE01F0)))
)

_PLAIN = re.compile(r"[ -~\n]*")


def _escape(character: str) -> str:
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


@lru_cache(maxsize=4096)
def _shown(character: str) -> str:
    """Return how one character is shown, wherever it stands."""
    category = unicodedata.category(character)
    if character == "\n" or character == "\u3000":
        return character
    if category == "Zs":
        return " "
    if category[0] == "C" or category in ("Zl", "Zp") or character in INVISIBLE:
        return _escape(character)
    return character


def block(text: str) -> str:
    """Make foreign text harmless, keeping its line breaks."""
    text = text.replace("\r\n", "\n")
    if _PLAIN.fullmatch(text):
        return text
    shown: list[str] = []
    marks = 0
    before = ""
    for character in text:
        if unicodedata.category(character) in ("Mn", "Me"):
            marks += 1
            # The emoji style of a symbol says nothing that the symbol does not.
            if character == EMOJI_STYLE and before and unicodedata.category(before) == "So":
                continue
            over = marks > MOST_MARKS or not before or before == "\n"
            shown.append(_escape(character) if over else _shown(character))
            continue
        marks = 0
        joins = character == JOINER and before and unicodedata.category(before) in ("So", "Sk")
        if not joins:
            shown.append(_shown(character))
        before = character if character != JOINER else before
    return "".join(shown)


def beginning(text: str, limit: int = 10_000) -> str:
    """Make foreign text harmless, and say how long it is where only its beginning is shown."""
    if len(text) <= limit:
        return block(text)
    return f"{block(text[:limit])}… ({limit:,} of {len(text):,} characters)"


def line(text: str) -> str:
    """Make foreign text harmless on one line: line breaks are shown as ⏎."""
    return block(text).replace("\n", "⏎")


def counted(number: int, what: str) -> str:
    """Write a number of things: `1 dialogue`, `1,200 dialogues`, `2 branches`, `2 replies`."""
    if number == 1:
        return f"1 {what}"
    if what.endswith("ply"):
        return f"{number:,} {what[:-1]}ies"
    return f"{number:,} {what}{'es' if what.endswith('ch') else 's'}"


def shortened(text: str, limit: int) -> str:
    """Make foreign text harmless on one line of at most `limit` characters (≥ 1)."""
    shown = line(text[: limit + 1])
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"
