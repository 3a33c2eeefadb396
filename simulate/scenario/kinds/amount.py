"""`amount`: a number, such as money or a share."""

from __future__ import annotations

from collections.abc import Sequence

from simulate.scenario.outcome_kind import NumberKind


class Amount(NumberKind):
    """Any number within the support."""

    discrete = False

    def guessed(self, values: Sequence[object]) -> bool:
        """Take a column of numbers."""
        return all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)


KIND = Amount()
