"""Texts brought into a form in which case, accents, punctuation and white space do not count."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from simulate.measures.readability import WORD
from simulate.measures.scripts import UNSPACED

LOOKED_AT = 200_000
"""Characters of a turn, from its beginning, in which phrases, secrets and words are looked for: a
turn of 16 MiB would take minutes."""

_QUOTED = re.compile(r'"[^"\n]{2,400}"|“[^”\n]{2,400}”|«[^»\n]{2,400}»|„[^“”\n]{2,400}[“”]')
_ARTICLES = frozenset({"a", "an", "the"})
_GROUPED = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_BARE_POINT = re.compile(r"(?<![\w.])\.(?=\d)")
_SAME = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "„": '"', "–": "-", "—": "-"})


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text, with its place there.

    Attributes:
        plain: in lower case, without accents.
        start: where it begins in the text.
        end: where it ends.
    """

    plain: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Flat:
    """A text in another form that still knows where each of its characters comes from.

    Attributes:
        text: the form.
        places: for each character of it, its index in the original.
        original: the text as it is.
    """

    text: str
    places: Sequence[int]
    original: str

    def span(self, start: int, length: int) -> tuple[int, int]:
        """Return the part of the original that a part of the form comes from."""
        return self.places[start], self.places[start + length - 1] + 1

    def part(self, wanted: str) -> str | None:
        """Return what of the original has a form first; None where it is nowhere, or empty."""
        start = self.text.find(wanted) if wanted else -1
        if start < 0:
            return None
        begin, end = self.span(start, len(wanted))
        return self.original[begin:end]


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c)).translate(_SAME)


def words(text: str) -> list[Word]:
    """Return the words of a text in order, in lower case and without accents."""
    found: list[Word] = []
    for match in WORD.finditer(text):
        if UNSPACED.search(match[0]):  # each character counts as a word there
            place = match.start()
            found += [Word(_plain(c), place + i, place + i + 1) for i, c in enumerate(match[0])]
        else:
            found.append(Word(_plain(match[0]), match.start(), match.end()))
    return found


def runs(text: str, n: int) -> set[tuple[str, ...]]:
    """Return each run of n words of a text."""
    plain = [w.plain for w in words(text)]
    return {tuple(plain[i : i + n]) for i in range(len(plain) - n + 1)}


def longest_run(text: str, known: Iterable[tuple[str, ...]], n: int) -> str | None:
    """Return the longest part of a text whose every run of n words is known; None without one."""
    held = set(known)
    spoken = words(text)
    plain = [w.plain for w in spoken]
    best: tuple[int, int] | None = None
    start: int | None = None
    for i in range(len(plain) - n + 2):
        hit = i + n <= len(plain) and tuple(plain[i : i + n]) in held
        if hit and start is None:
            start = i
        elif not hit and start is not None:
            last = i + n - 2
            if best is None or last - start > best[1] - best[0]:
                best = (start, last)
            start = None
    return None if best is None else text[spoken[best[0]].start : spoken[best[1]].end]


def without_quoted(text: str, put: str = " ") -> str:
    """Return a text without what stands in it in double quotation marks."""
    return _QUOTED.sub(put, text)


def flat(text: str, *, keep: str = "all") -> Flat:
    """Return a text in lower case, without accents, with white space as one space.

    Args:
        text: the text.
        keep: `all`; `joined`, without white space, hyphens, underscores and characters that
            cannot be seen; or `letters`, with letters and digits only.
    """
    out: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        if unicodedata.category(character) == "Cf":
            continue
        for c in _plain(character):
            if keep == "letters" and not c.isalnum():
                continue
            if keep == "joined" and (c.isspace() or c in "-_"):
                continue
            if c.isspace() and out and out[-1] == " ":
                continue
            out.append(" " if c.isspace() else c)
            places.append(place)
    return Flat("".join(out), places, text)


def answer_form(text: str) -> str:
    """Return a short answer in the form in which it is compared with one that is right.

    Case, accents, articles, punctuation and white space do not count, nor do commas that group the
    digits of a number; its sign and its decimal point do. So “The Hague.” is “hague”, “1,000” is
    “1000”, “.5” is “0.5”, and “-3.5” stays. As in SQuAD's exact match (Rajpurkar et al. 2016), but
    for numbers.
    Only the first `LOOKED_AT` characters count.
    """
    plain = _GROUPED.sub("", flat(text[:LOOKED_AT].replace("−", "-")).text)
    plain = _BARE_POINT.sub("0.", plain)
    out: list[str] = []
    for place, c in enumerate(plain):
        before, after = plain[place - 1 : place], plain[place + 1 : place + 2]
        sign = c == "-" and after.isdecimal() and not before.isalnum()
        if c.isalnum() or sign or (c == "." and before.isdecimal() and after.isdecimal()):
            out.append(c)
        elif c not in ".'":
            out.append(" ")
    spoken = "".join(out).split()
    return " ".join([word for word in spoken if word not in _ARTICLES] or spoken)
