"""`contains`: something that must be said."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from simulate.errors import quote
from simulate.scenario.checks import Text
from simulate.stress.checks.phrases import first_said
from simulate.stress.checks.result import Finding, Look
from simulate.stress.checks.rule import RootRule

MOST_NAMED = 4
"""Phrases that a reason names."""


class Contains(RootRule[Annotated[list[Text], Field(min_length=1)]]):
    """One of these must be said in some turn (after `after`), in any case."""

    wants_something = True

    def check(self, look: Look) -> Finding:
        """Pass where one of the phrases is said in some turn; abstain where nothing was said."""
        if found := first_said(look.turns, self.root):
            return Finding("pass", "", found[0].index, found[2])
        if not look.turns:
            return Finding("abstain", f"{look.speaker} had no turn in which it could be said")
        more = len(self.root) - MOST_NAMED
        names = [quote(p, 60) for p in self.root[:MOST_NAMED]]
        wanted = " or ".join([*names, f"{more} others"] if more > 0 else names)
        return Finding("fail", f"{wanted} is said in none of {len(look.turns)} turns")


CHECK = Contains
