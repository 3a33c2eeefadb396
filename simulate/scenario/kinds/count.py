"""`count`: a whole number, such as how many or how often."""

from __future__ import annotations

from typing import Any

from simulate.errors import ParseError
from simulate.scenario.outcome_kind import NumberKind, Options, OutcomeScalar


class Count(NumberKind):
    """Whole numbers within the support."""

    a_number = "a whole number"

    def problem(self, options: Options) -> str | None:
        if wrong := super().problem(options):
            return wrong
        whole = all(float(end).is_integer() for end in options.support or ())
        return None if whole else f"needs a support of whole numbers, got {options.support}"

    def schema(self, options: Options) -> dict[str, Any]:
        found = super().schema(options)
        ends = {key: int(found[key]) for key in ("minimum", "maximum")}
        return {"type": "integer", **ends}

    def counts(self, number: float) -> bool:
        return number.is_integer()

    def read(self, raw: object, options: Options) -> str:
        number = self.number(raw, options)
        if not number.is_integer():
            raise ParseError(f"the answer {number:g} is not {self.form(options)}")
        return str(int(number))

    def size(self, options: Options) -> int | None:
        low, high = self.bounds(options)
        return None if options.support is None else int(high - low) + 1

    def value(self, text: str) -> OutcomeScalar:
        return int(text)

    def decode(self, code: float, options: Options) -> OutcomeScalar:
        return int(code)


KIND = Count()
