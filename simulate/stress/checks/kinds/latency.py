"""`latency`: how long the target may take."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from simulate.stress.checks.result import PASSES, Finding, Look
from simulate.stress.checks.rule import FieldsRule


class Latency(FieldsRule):
    """How long the target may take for a turn."""

    most_s: Annotated[float, Field(gt=0)]
    """In seconds."""

    def check(self, look: Look) -> Finding:
        """Fail with the first turn that took too long; abstain where no turn was timed."""
        timed = [(t, t.latency_s) for t in look.turns if t.latency_s is not None]
        for turn, seconds in timed:
            if seconds > self.most_s:
                reason = f"took {seconds:.3g} s, at most {self.most_s:g} s"
                return Finding("fail", reason, turn.index)
        if not timed:
            return Finding(
                "abstain", f"no turn of {look.speaker} was timed; only a target's turns are"
            )
        return PASSES


CHECK = Latency
