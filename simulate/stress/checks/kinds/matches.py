"""`matches`: a pattern that every turn must match."""

from __future__ import annotations

from simulate.files.patterns import search
from simulate.scenario.checks import Pattern
from simulate.stress.checks.result import PASSES, Finding, Look
from simulate.stress.checks.rule import RootRule


class Matches(RootRule[Pattern]):
    """Each turn must match this pattern."""

    def check(self, look: Look) -> Finding:
        """Fail with the first turn that the pattern is not found in."""
        pattern = self.root
        for turn in look.speaking:
            if not search(pattern, turn.text):
                return Finding("fail", f"does not match {pattern!r}", turn.index, turn.text)
        return PASSES


CHECK = Matches
