"""`choice`: one of several words that have no order."""

from __future__ import annotations

from collections.abc import Sequence

from simulate.scenario.outcome_kind import WordKind


class Choice(WordKind):
    """One of `levels`."""

    has_mean = False

    def guessed(self, values: Sequence[object]) -> bool:
        """Take a column of words, or of different things."""
        truths = [isinstance(v, bool) for v in values]
        return any(truths) != all(truths) or not all(isinstance(v, int | float) for v in values)


KIND = Choice()
