"""`ordinal`: one of several words, from least to most."""

from __future__ import annotations

from simulate.scenario.outcome_kind import WordKind


class Ordinal(WordKind):
    """One of `levels`, which stand in order."""

    scale = "ordered"


KIND = Ordinal()
