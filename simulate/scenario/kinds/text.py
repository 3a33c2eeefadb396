"""`text`: free text, which is kept and shown, and neither counted nor compared."""

from __future__ import annotations

from typing import Any

from simulate.errors import ParseError, quote
from simulate.scenario.outcome_kind import Options, OutcomeKind, OutcomeScalar

LONGEST = 20_000
"""Characters of an answer."""


class FreeText(OutcomeKind):
    """Any text, in the words of whoever is asked."""

    scale = "nominal"
    has_mean = False
    has_codes = False

    def form(self, options: Options) -> str:
        return "a text in your own words"

    def schema(self, options: Options) -> dict[str, Any]:
        return {"type": "string", "minLength": 1}

    def read(self, raw: object, options: Options) -> str:
        text = str(raw) if isinstance(raw, int | float) and not isinstance(raw, bool) else raw
        if not isinstance(text, str) or not text.strip():
            raise ParseError(f"the answer {quote(str(raw), 60)} is not {self.form(options)}")
        if len(text) > LONGEST:
            raise ParseError(f"the answer has {len(text):,} characters, at most {LONGEST:,}")
        return text.strip()

    def value(self, text: str) -> OutcomeScalar:
        return text

    def is_value(self, value: object, options: Options) -> bool:
        return isinstance(value, str)

    def categories(self, options: Options) -> tuple[str, ...] | None:
        return None

    def encode(self, value: object, options: Options) -> float:
        raise ValueError("is free text, which has no numbers; read it in the export")

    def decode(self, code: float, options: Options) -> OutcomeScalar:
        raise ValueError("is free text, which has no numbers")


KIND = FreeText()
