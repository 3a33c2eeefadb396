"""`lacks`: something that must not be said."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from simulate.errors import quote
from simulate.scenario.checks import Text
from simulate.stress.checks.phrases import first_said
from simulate.stress.checks.result import PASSES, Finding, Look
from simulate.stress.checks.rule import RootRule


class Lacks(RootRule[Annotated[list[Text], Field(min_length=1)]]):
    """None of these may be said, in any case."""

    def check(self, look: Look) -> Finding:
        """Fail with the first turn in which one of the phrases is said."""
        if found := first_said(look.turns, self.root):
            turn, phrase, said = found
            return Finding("fail", f"{quote(phrase, 60)} is said", turn.index, said)
        return PASSES


CHECK = Lacks
