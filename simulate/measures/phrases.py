"""Whether a text says a phrase: as whole words, in any case, whatever the white space between them.

A word goes on over letters, digits, marks above and below letters, and an apostrophe with a letter
behind it: “don't” does not say “don”, and “byelaws” not “bye”, but “bye-bye” and “l'adieu” say
“bye” and “adieu”. A number goes on over a point or comma and a digit. In scripts that are written
without spaces between words (see `scripts`) a phrase counts wherever it stands, and so does one
such as “[deal]” or an emoji, whose ends are no letters or digits.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from simulate.measures.scripts import UNSPACED

_APOSTROPHES = str.maketrans("’‘ʼ", "'''")


def says_any(text: str, phrases: Iterable[str]) -> bool:
    """Tell whether a text says one of some phrases; white space alone is none."""
    said = _form(text)
    return any(wanted and _stands_in(said, wanted) for wanted in map(_wanted, phrases))


@lru_cache(maxsize=1024)
def _wanted(phrase: str) -> str:
    return _form(phrase)


def _form(text: str) -> str:
    plain = unicodedata.normalize("NFC", text.casefold()).translate(_APOSTROPHES)
    return " ".join(plain.split())


def _stands_in(said: str, wanted: str) -> bool:
    start = said.find(wanted)
    while start >= 0:
        end = start + len(wanted)
        before, after = said[max(0, start - 2) : start + 1], said[end - 1 : end + 2]
        if not (_goes_on(before[::-1], back=True) or _goes_on(after)):
            return True
        start = said.find(wanted, start + 1)
    return False


def _goes_on(edge: str, *, back: bool = False) -> bool:
    """Tell whether a word goes on beyond an edge of a phrase.

    Args:
        edge: the last character of the phrase, and up to two behind it, going outwards.
        back: whether it is the beginning of the phrase, so that outwards is to the left.
    """
    last, beside, beyond = edge[:1], edge[1:2], edge[2:3]
    if not _in_word(last):
        return False
    if beside == "'" and not back:
        return _in_word(beyond)
    if beside in (".", ",") and last.isdecimal():
        return beyond.isdecimal()
    return _in_word(beside)


def _in_word(character: str) -> bool:
    if not character or UNSPACED.match(character):
        return False
    return character.isalnum() or character == "_" or unicodedata.category(character)[0] == "M"
