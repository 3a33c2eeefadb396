"""`lacks`: something that must not be said."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field, RootModel

from simulate.errors import quote
from simulate.measures.normalization import LOOKED_AT, flat
from simulate.scenario.checks import Text
from simulate.stress.checks.phrases import said_in
from simulate.stress.checks.result import PASSES, Finding, Look
from simulate.stress.checks.rule import CheckRule


class Lacks(CheckRule, RootModel[Annotated[list[Text], Field(min_length=1)]]):
    """None of these may be said, in any case."""

    model_config = ConfigDict(frozen=True)

    def check(self, look: Look) -> Finding:
        """Fail with the first turn in which one of the phrases is said."""
        for turn in look.turns:
            form = flat(turn.text[:LOOKED_AT])
            for phrase in self.root:
                if said := said_in(turn.text, form, phrase):
                    return Finding("fail", f"{quote(phrase, 60)} is said", turn.index, said)
        return PASSES


CHECK = Lacks
