"""Text that fits into a figure: measured by the letters of the font, wrapped, and cut last."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Any

from simulate.errors import one_line

BREAKS = re.compile(r" (?![^\[\]]*\])(?![=<>≤≥] )(?![.+−]?\d)")
"""Not within an interval, nor before a number: `KS .40 [.27, .53]` stays in one piece."""
MOST_CHARACTERS = 1000
SLACK = 0.97
"""Of the room there is: what letters measure on paper differs a little between programs."""


@cache
def _font(bold: bool) -> Any:
    from matplotlib import font_manager

    weight = "bold" if bold else "normal"
    found = font_manager.FontProperties(family="DejaVu Sans", weight=weight)
    return font_manager.get_font(font_manager.findfont(found))


@cache
def _em(character: str, bold: bool) -> float:
    """Return how wide a character is, in sizes of the font."""
    if unicodedata.combining(character):
        return 0.0
    font = _font(bold)
    if not font.get_char_index(ord(character)):
        return 1.0
    from matplotlib.ft2font import LoadFlags

    font.set_size(100, 72)
    glyph = font.load_char(ord(character), flags=LoadFlags.NO_HINTING)
    return float(glyph.linearHoriAdvance) / 65536 / 100


def inches(text: str, size: float, *, bold: bool = False) -> float:
    """Return how wide the longest line of a text is at a font size in points."""
    lines = (sum(_em(c, bold) for c in line) for line in text.split("\n"))
    return max(lines) * size / 72


def wrapped(text: str, width: float, size: float, *, lines: int = 3, bold: bool = False) -> str:
    """Return foreign text on at most so many lines of so many inches, harmless.

    Words that are longer than a line are broken; what does not fit ends in an ellipsis.
    """
    words = BREAKS.split(one_line(" ".join(text[:MOST_CHARACTERS].split())))
    room, line = SLACK * width, ""
    found: list[str] = []
    while words:
        word = words.pop(0)
        joined = f"{line} {word}" if line else word
        if inches(joined, size, bold=bold) <= room:
            line = joined
        elif line:
            found.append(line)
            line = ""
            words.insert(0, word)
        elif " " in word:
            words[:0] = word.split(" ")
        else:
            cut = _that_fits(word, room, size, bold)
            found.append(word[:cut])
            words.insert(0, word[cut:])
    if line:
        found.append(line)
    if len(found) > lines:
        last = f"{found[lines - 1]} {found[lines]}"
        while last and inches(f"{last}…", size, bold=bold) > room:
            last = last[:-1]
        found = [*found[: lines - 1], f"{last.rstrip()}…"]
    return "\n".join(found)


def _that_fits(word: str, room: float, size: float, bold: bool) -> int:
    """Return how many of the first characters fit on a line, at least one."""
    reach = 0.0
    for cut, character in enumerate(word):
        reach += _em(character, bold) * size / 72
        if reach > room:
            return max(1, cut)
    return len(word)
