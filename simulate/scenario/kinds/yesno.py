"""`yesno`: yes or no."""

from __future__ import annotations

from collections.abc import Sequence

from simulate.errors import quote
from simulate.scenario.outcome_kind import Options, OutcomeScalar, WordKind
from simulate.verbalized.choices import choices


class YesNo(WordKind):
    """Yes or no: its value is a truth value, its code 1 or 0, and its mean the share of yes."""

    takes_levels = False
    above_zero = "yes"

    def words(self, options: Options) -> tuple[str, ...]:
        """Return both words."""
        return ("yes", "no")

    def value(self, text: str) -> OutcomeScalar:
        return text == "yes"

    def found(self, match: str | None, options: Options) -> str | None:
        """Say whether there is a match at all."""
        return "no" if match is None else "yes"

    def categories(self, options: Options) -> tuple[str, ...] | None:
        return ("no", "yes")

    def encode(self, value: object, options: Options) -> float:
        """See `OutcomeKind.encode`; 1 and 0 in a table are yes and no."""
        found = choices(("yes", "no", "1", "0")).meant(value)
        if found is None:
            raise ValueError(f"{quote(str(value), 60)} is neither yes nor no")
        return float(found in ("yes", "1"))

    def decode(self, code: float, options: Options) -> OutcomeScalar:
        return code == 1.0

    def guessed(self, values: Sequence[object]) -> bool:
        """Take a column of truth values."""
        return all(isinstance(v, bool) for v in values)


KIND = YesNo()
