"""An outcome kind: a percentage, answered as 35 or as “35 %”."""

from __future__ import annotations

from simulate.scenario.outcome_kind import NumberKind, Options


class Percent(NumberKind):
    """A number from 0 to 100; an outcome need not declare that."""

    takes_support = False

    def bounds(self, options: Options) -> tuple[float, float]:
        """Return 0 and 100."""
        return (0.0, 100.0)

    def form(self, options: Options) -> str:
        """Say it as people do."""
        return "a percentage from 0 to 100"

    def read(self, raw: object, options: Options) -> str:
        """Read a number, with or without the sign."""
        return super().read(raw.rstrip(" %") if isinstance(raw, str) else raw, options)

    def label(self, code: float, options: Options) -> str:
        """Show the sign."""
        return f"{code:g} %"


KIND = Percent()
