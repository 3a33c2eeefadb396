"""`length`: how long a turn may be."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from simulate.measures.normalization import LOOKED_AT, words
from simulate.stress.checks.result import PASSES, Finding, Look
from simulate.stress.checks.rule import FieldsRule


class Length(FieldsRule):
    """How long a turn may be."""

    most: Annotated[int, Field(ge=1)] | None = None
    """How long a turn is at most."""
    fewest: Annotated[int, Field(ge=0)] | None = None
    """How long it is at least."""
    unit: Literal["characters", "words"] = "characters"
    """What is counted."""

    @model_validator(mode="after")
    def _check(self) -> Length:
        if self.most is None and self.fewest is None:
            raise ValueError("length needs most, or fewest, or both")
        if self.most is not None and self.fewest is not None and self.fewest > self.most:
            raise ValueError(f"length.fewest ({self.fewest}) must be ≤ most ({self.most})")
        return self

    def check(self, look: Look) -> Finding:
        """Fail with the first turn that is too long or too short."""
        for turn in look.speaking:
            n = len(turn.text) if self.unit == "characters" else len(words(turn.text[:LOOKED_AT]))
            if self.most is not None and n > self.most:
                return Finding(
                    "fail", f"{n:,} {self.unit}, at most {self.most:,}", turn.index, turn.text
                )
            if self.fewest is not None and n < self.fewest:
                reason = f"{n:,} {self.unit}, at least {self.fewest:,}"
                return Finding("fail", reason, turn.index, turn.text)
        return PASSES


CHECK = Length
