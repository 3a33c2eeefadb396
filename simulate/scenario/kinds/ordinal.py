"""`ordinal`: one of several words, from least to most."""

from __future__ import annotations

import re
from functools import lru_cache

from simulate.errors import ParseError
from simulate.scenario.outcome_kind import Options, WordKind
from simulate.verbalized.choices import choices

_NUMBERED = re.compile(r"([-+]?\d+(?:\.\d+)?)(?:\s*[^\w\s]*\s*([^\W\d]\D*))?")
"""A number, alone or before the words that explain it: “5”, “5 (always)”, “5 = always”."""


class Ordinal(WordKind):
    """One of `levels`, which stand in order.

    Of a level such as “5 (always)” the number, or the words, say enough.
    Its mean is that of the numbers that the levels are, or begin with, where they
    rise or fall throughout; else that of the ranks of the levels, from 1.
    """

    scale = "ordered"

    def read(self, raw: object, options: Options) -> str:
        """See `OutcomeKind.read`."""
        try:
            return super().read(raw, options)
        except ParseError:
            if (word := _labelled(raw, self.words(options))) is None:
                raise
            return word

    def encode(self, value: object, options: Options) -> float:
        """See `OutcomeKind.encode`."""
        try:
            return super().encode(value, options)
        except ValueError:
            words = self.words(options)
            if (word := _labelled(value, words)) is None:
                raise
            return float(words.index(word))

    def scores(self, options: Options) -> tuple[float, ...]:
        words = self.words(options)
        return _numbers(words) or tuple(float(rank) for rank in range(1, len(words) + 1))

    def mean_name(self, options: Options) -> str:
        words = self.words(options)
        if _numbers(words):
            return "mean"
        return f"mean rank (1 = {words[0]}, {len(words)} = {words[-1]})"


@lru_cache(maxsize=256)
def _numbers(words: tuple[str, ...]) -> tuple[float, ...] | None:
    """Return the numbers of the levels; None where one has none, or they do not rise or fall."""
    matches = [_NUMBERED.fullmatch(word.strip()) for word in words]
    found = tuple(float(match[1]) for match in matches if match)
    rising = sorted(set(found))
    return found if len(found) == len(words) and [*found] in (rising, rising[::-1]) else None


def _labelled(raw: object, words: tuple[str, ...]) -> str | None:
    """Return the level that begins with a number, or has it explained by some words; else None."""
    if _numbers(words) is None:
        return None
    parts = [(_NUMBERED.fullmatch(word.strip()), word) for word in words]
    for group in (1, 2):
        named = {part[group].strip(" )].=:"): w for part, w in parts if part and part[group]}
        try:
            meant = choices(tuple(named)).meant(raw) if len(named) > 1 else None
        except ParseError:
            return None
        if meant is not None:
            return named[meant]
    return None


KIND = Ordinal()
