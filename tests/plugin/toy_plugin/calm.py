"""A check: how many exclamation marks a turn may have."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from simulate.stress.checks.result import PASSES, Finding, Look
from simulate.stress.checks.rule import FieldsRule


class Calm(FieldsRule):
    """What a scenario declares: `calm: {most: 1}`."""

    most: Annotated[int, Field(ge=0)] = 1

    def check(self, look: Look) -> Finding:
        """Fail with the first turn that has more."""
        for turn in look.turns:
            if turn.text.count("!") > self.most:
                reason = f"more than {self.most} exclamation marks"
                return Finding("fail", reason, turn.index, turn.text)
        return PASSES
