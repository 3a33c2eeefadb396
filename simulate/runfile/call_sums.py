"""What the model calls of a dialogue took, by what they were made for."""

from __future__ import annotations

from typing import NamedTuple

from simulate.runfile.query import Queryable
from simulate.runfile.shared_calls import shared_calls_of


class CallSums(NamedTuple):
    """What the calls for one turn, outcome or check took together.

    Attributes:
        calls: how many.
        prompt_tokens: read.
        completion_tokens: written.
        latency_s: summed, in s; None where it is unknown.
        retries: how often a request had to be sent again.
        problems: calls whose text could not be used.
        taken_from: the dialogue that made a call whose answer was taken, where another one did.
    """

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    latency_s: float | None = None
    retries: int = 0
    problems: int = 0
    taken_from: int | None = None


def call_sums(run: Queryable, dialogue: int) -> dict[tuple[int | None, str | None], CallSums]:
    """Return what the calls took by the turn, and the outcome or `check:NAME`, they were for."""
    sql = """SELECT turn, outcome, count(*), sum(prompt_tokens), sum(completion_tokens),
        sum(latency_s), sum(tries - 1), sum(problem IS NOT NULL)
        FROM call WHERE dialogue = ? GROUP BY turn, outcome"""
    found = {
        (turn, outcome): CallSums(*sums) for turn, outcome, *sums in run.rows(sql, (dialogue,))
    }
    for place, turn, outcome, _ in shared_calls_of(run, dialogue):
        if place.payer is not None:
            took = found.get((turn, outcome), CallSums())
            found[turn, outcome] = took._replace(taken_from=place.payer)
    return found
