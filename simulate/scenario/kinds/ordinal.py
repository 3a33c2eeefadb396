"""`ordinal`: one of several words, from least to most."""

from __future__ import annotations

import re

from simulate.scenario.outcome_kind import Options, WordKind

_NUMBERED = re.compile(r"([-+]?\d+(?:\.\d+)?)(?:\s*[^\w\s]*\s*[^\W\d]\D*)?")
"""A number, alone or before the words that explain it: “5”, “5 (always)”, “5 = always”."""


class Ordinal(WordKind):
    """One of `levels`, which stand in order.

    Its mean is that of the numbers that the levels are, or begin with, where they
    rise or fall throughout; else that of the ranks of the levels, from 1.
    """

    scale = "ordered"

    def scores(self, options: Options) -> tuple[float, ...]:
        words = self.words(options)
        return _numbers(words) or tuple(float(rank) for rank in range(1, len(words) + 1))

    def mean_name(self, options: Options) -> str:
        words = self.words(options)
        if _numbers(words):
            return "mean"
        return f"mean rank (1 = {words[0]}, {len(words)} = {words[-1]})"


def _numbers(words: tuple[str, ...]) -> tuple[float, ...] | None:
    """Return the numbers of the levels; None where one has none, or they do not rise or fall."""
    matches = [_NUMBERED.fullmatch(word.strip()) for word in words]
    found = tuple(float(match[1]) for match in matches if match)
    rising = sorted(set(found))
    return found if len(found) == len(words) and [*found] in (rising, rising[::-1]) else None


KIND = Ordinal()
