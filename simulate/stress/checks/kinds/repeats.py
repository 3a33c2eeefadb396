"""`repeats`: how often a speaker may say the same again."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from simulate.measures.normalization import flat
from simulate.stress.checks.result import PASSES, Finding, Look
from simulate.stress.checks.rule import FieldsRule

COMPARED = 5_000
"""How many characters of a turn are compared with another."""


class Repeats(FieldsRule):
    """How often the speaker may say the same again."""

    most: Annotated[int, Field(ge=1)] = 2
    """How many turns may be alike."""
    similarity: Annotated[float, Field(gt=0, le=100)] = 95.0
    """Two turns are alike where rapidfuzz's ratio (0 to 100) reaches this."""

    def load(self) -> None:
        import rapidfuzz.fuzz  # noqa: F401

    def check(self, look: Look) -> Finding:
        """Fail with the turn by which more turns are alike than may be."""
        from rapidfuzz import fuzz

        before: list[str] = []
        for turn in look.speaking:
            text = flat(turn.text[:COMPARED]).text.strip()
            alike = 1 + sum(
                fuzz.ratio(text, other, score_cutoff=self.similarity) > 0 or text == other
                for other in before
            )
            if alike > self.most:
                reason = f"{alike} turns are alike, at most {self.most}"
                return Finding("fail", reason, turn.index, turn.text)
            before.append(text)
        return PASSES


CHECK = Repeats
