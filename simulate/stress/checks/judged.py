"""`judged`: a model judges the dialogue, with as many votes as are asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from typing import TypeVar

from simulate.engine.examiner import AskJudge
from simulate.engine.sampling import CallsFailedError
from simulate.runfile import Call
from simulate.stress.checks.result import Finding, Look
from simulate.stress.judge import Vote, judgement, verdict, verdict_messages

__all__ = ["NEEDED", "judged", "together"]

NEEDED = 0.5
"""The share of votes that must be readable; with fewer, the verdict is `error`."""

T = TypeVar("T")


async def together(tasks: Sequence[Awaitable[T]]) -> list[T]:
    """Wait for all at once; raise the first error, but only when each is done."""
    done = await asyncio.gather(*tasks, return_exceptions=True)
    found: list[T] = []
    for each in done:
        if isinstance(each, BaseException):
            raise each
        found.append(each)
    return found


async def judged(look: Look, ask: AskJudge, description: str) -> tuple[Finding, Sequence[Call]]:
    """Ask the judge, and bring its votes together; return the calls that it took too.

    Raises:
        EndpointError: the judge's endpoint serves nobody as things stand.
    """
    rule = look.check.judged
    assert rule is not None  # noqa: S101  # the check's way
    turns = look.dialogue.turns
    rubric = look.rendered(rule.rubric, "judged.rubric")
    messages = verdict_messages(turns, rubric, rule.levels, description)

    async def vote(i: int) -> tuple[Vote | str, Sequence[Call]]:
        try:
            return await ask(verdict(messages, rule.levels, turns), f"check:{look.name}:{i}")
        except CallsFailedError as failure:
            return str(failure), failure.calls

    answers = await together([vote(i) for i in range(rule.votes)])
    calls = [call for _, made in answers for call in made]
    votes = [found for found, _ in answers if isinstance(found, Vote)]
    failed = [found for found, _ in answers if isinstance(found, str)]
    if not votes or len(votes) < NEEDED * rule.votes:
        many = f"{len(failed)} of {rule.votes} votes: " if rule.votes > 1 else ""
        reason = f"judge: {many}{failed[0]}"
        return Finding("error", reason), calls
    found = judgement(votes)
    missing = f" ({len(failed)} of {rule.votes} votes cannot be read)" if failed else ""
    return Finding(
        found.verdict,
        found.reason + missing,
        found.turn,
        found.quote,
        found.probability,
        found.disagreement,
    ), calls
