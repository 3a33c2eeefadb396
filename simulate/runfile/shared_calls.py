"""Answers that dialogues share: what each has asked, and which dialogue paid for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from simulate.runfile.column_rules import SHARED_CALL, check_row
from simulate.runfile.corruption import reading
from simulate.runfile.dialogue import SharedCall
from simulate.runfile.query import Queryable


class SharedAt(NamedTuple):
    """A request of a dialogue that shares answers, and where its call is found.

    Attributes:
        place: where it stands.
        turn: the turn that it was for, or None.
        outcome: the outcome that it was for, or None.
        seed: of the call.
    """

    place: SharedCall
    turn: int | None
    outcome: str | None
    seed: int


class Shares(NamedTuple):
    """How many of the answers that the dialogues of a run were given were paid for.

    Attributes:
        asked: answers that were given, those to requests that were repeated not counted.
        paid: those of them that the dialogue itself paid for.
    """

    asked: int
    paid: int

    @property
    def saved(self) -> int:
        """Calls that were not made, since another dialogue had made them."""
        return self.asked - self.paid

    def __str__(self) -> str:
        share = self.saved / self.asked if self.asked else 0
        return f"{self.saved:,} of {self.asked:,} calls saved ({share:.0%}) by shared answers"


def shared_calls_of(run: Queryable, dialogue: int) -> Iterator[SharedAt]:
    """Iterate over what a dialogue has asked, in order."""
    sql = """SELECT number, hex(prefix), payer, turn, outcome, seed FROM shared_call
        WHERE dialogue = ? ORDER BY number"""
    for row in run.rows(sql, (dialogue,)):
        with reading("shared_call", dialogue=dialogue, number=row[0]):
            check_row(SHARED_CALL, row)
            number, prefix, payer, turn, outcome, seed = row
            other = None if payer == dialogue else payer
            place = SharedCall(number, bytes.fromhex(prefix), other)
        yield SharedAt(place, turn, outcome, seed)


def shares(run: Queryable) -> Shares | None:
    """Return how many calls a run has saved; None where its dialogues share no answers."""
    sql = "SELECT count(*), coalesce(sum(payer = dialogue), 0) FROM shared_call"
    asked, paid = next(run.rows(sql))
    return Shares(asked, paid) if asked else None


def saved_calls_told(run: Queryable) -> list[str]:
    """Return a line on the calls that a run has saved; none where nothing is shared."""
    found = shares(run)
    if found is None:
        return []
    if found.saved:
        return [str(found)]
    why = "no two dialogues of a persona asked the same (see `replicates` of the scenario)"
    return [f"{found}: {why}"]
