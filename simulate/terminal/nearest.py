"""What stands for characters that whoever shows a text does not know."""

from __future__ import annotations

import codecs
from functools import lru_cache

_PAIRS = (
    ("▶▸›→⏩", ">"), ("◀◂‹←⏎⌫", "<"), ("▲↑", "^"), ("▼↓✓", "v"), ("≤", "<"), ("≥", ">"), ("≠", "#"),
    ("≈±", "~"), ("–—−─━═┄┅┈┉╌╍╸╺╴╶▔⎯▂", "-"), ("│┃║┆┇┊┋╎╏╵╷▕‖", "|"), ("╭╮╰╯", "+"),
    ("…·▗▖░", "."), ("×✗✕", "x"), ("’‘▘▝", "'"), ("“”▀", '"'), ("█▉▊▋▌▐▆▇▛▜▙▟▓⏹", "#"),
    ("▁▄", "_"), ("▃", "="), ("▅●•", "*"), ("○◦", "o"), ("▒", ":"), ("▞", "/"), ("▚", "\\"),
    ("²", "2"), ("³", "3"), ("½", "/"), ("µμ", "u"), ("▍▎▏\u00a0\u2009\u202f", " "),
)  # fmt: skip
NEAREST = {ord(each): plain for many, plain in _PAIRS for each in many}
"""What stands, one for one, for characters of our tables, lines and plots."""

QUADRANTS = " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"
BRAILLE = range(0x2800, 0x2900)
_HALVES = ((0, 1), (3, 4), (2, 6), (5, 7))
"""Dots of a braille character, by bit: upper left, upper right, lower left, lower right."""


def _quadrants(dots: int) -> str:
    return QUADRANTS[
        sum(1 << i for i, bits in enumerate(_HALVES) if any(dots >> b & 1 for b in bits))
    ]


BLOCKS = {each: _quadrants(each - BRAILLE.start) for each in BRAILLE}
"""Braille, as plots have it, in blocks of a quarter."""
NEAREST |= dict.fromkeys(set(range(0x2500, 0x2580)) - set(NEAREST), "+")  # corners and crossings
NEAREST |= {each: block.translate(NEAREST) for each, block in BLOCKS.items()}


@lru_cache(4096)
def nearest(text: str, encoding: str = "ascii") -> str:
    """Return a text in the characters of an encoding, as many cells wide as it was."""
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return "".join(_one(character, encoding) for character in text)
    return text


def _one(character: str, encoding: str) -> str:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        from rich.cells import cell_len  # which `simulate --help` does without

        return NEAREST.get(ord(character)) or "?" * cell_len(character)
    return character


def _handler(error: UnicodeError) -> tuple[str, int]:
    """Show what an encoding does not know by what comes nearest, else as `?`."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    unknown = error.object[error.start : error.end].translate(NEAREST)
    return unknown.encode("ascii", "replace").decode(), error.end


codecs.register_error("nearest", _handler)
