"""Where checks fail: for each check of a cell the turns to read, those of short dialogues first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from simulate.runfile import AttributedTo, RunReader
from simulate.scenario.reserved_names import RESPONDS

SHOWN = 3
"""How many failing turns of a check a report shows; the JSON holds all of them."""


@dataclass(frozen=True, slots=True)
class FailedTurn:
    """A turn in which a check fails.

    Attributes:
        dialogue: its id.
        turn: its index; None where the check looks at the dialogue as a whole.
        reason: why it fails.
        quote: what was said there; empty where the check quotes nothing.
    """

    dialogue: str
    turn: int | None = None
    reason: str = ""
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Failures:
    """All failures of one check in one cell.

    Attributes:
        check: its name; `responds` where the target did not answer.
        attributed_to: who is at fault, the target or the simulated user.
        turns: one for each failing dialogue, those of short dialogues first.
    """

    check: str
    attributed_to: AttributedTo
    turns: tuple[FailedTurn, ...]

    @property
    def more(self) -> int:
        """How many failing turns a report does not show."""
        return max(0, len(self.turns) - SHOWN)


def failures_by_cell(run: RunReader) -> Mapping[int, tuple[Failures, ...]]:
    """Return the failures of each check by the index of the cell, the target's before the user's,
    the most frequent first.

    A cell without failures has no entry.
    """
    found: defaultdict[int, defaultdict[tuple[AttributedTo, str], list[FailedTurn]]]
    found = defaultdict(lambda: defaultdict(list))
    for failure in run.target_failures():
        turns = found[failure.cell]["target", RESPONDS]
        turns.append(FailedTurn(failure.key, failure.turns, failure.reason))
    for at in run.verdicts():
        said = at.verdict
        if said.verdict == "fail":
            turns = found[at.cell][said.attributed_to, said.check]
            turns.append(FailedTurn(at.key, said.turn, said.reason, said.quote))
    return {
        cell: tuple(
            Failures(check, side, tuple(turns))
            for (side, check), turns in sorted(of.items(), key=_most_first)
        )
        for cell, of in found.items()
    }


def _most_first(
    failures: tuple[tuple[AttributedTo, str], list[FailedTurn]],
) -> tuple[AttributedTo, int, str]:
    (side, check), turns = failures
    return side, -len(turns), check
