"""`never_matches`: a pattern that no turn may match."""

from __future__ import annotations

from simulate.files.patterns import search
from simulate.scenario.checks import Pattern
from simulate.stress.checks.result import PASSES, Finding, Look
from simulate.stress.checks.rule import RootRule


class NeverMatches(RootRule[Pattern]):
    """No turn may match this pattern."""

    def check(self, look: Look) -> Finding:
        """Fail with the first turn that the pattern is found in."""
        pattern = self.root
        for turn in look.turns:
            if found := search(pattern, turn.text):
                return Finding("fail", f"matches {pattern!r}", turn.index, found[0])
        return PASSES


CHECK = NeverMatches
