"""Carry out what a scenario declares as a check.

A check that cannot be carried out is a verdict `error` with a reason in one line; nothing but
`EndpointError` (no request to the judge can succeed), `RunStoppedError` and `DialogueFailedError`
(a judge was not reached, and may be later) leaves this room.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from typing import TypeVar

from simulate.engine.run_context import DialogueFailedError
from simulate.errors import EndpointError, InputError, RunStoppedError
from simulate.files.patterns import PatternTooSlowError
from simulate.local_faults import local_faults_told
from simulate.runfile import CheckVerdict
from simulate.runfile.dialogue import DID_NOT_APPLY
from simulate.scenario.checks import CHECKS
from simulate.stress.checks.result import CannotCheckError, Finding, Look
from simulate.stress.checks.rule import CheckRule

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


async def carry_out(look: Look) -> CheckVerdict:
    """Carry out one check on one dialogue.

    Raises:
        DialogueFailedError: a judge was not reached.
        EndpointError: no request to the judge's endpoint can succeed.
        RunStoppedError: no further call is made for now.
    """
    rule, way, turns = look.check.rule, look.check.way, look.dialogue.turns
    try:
        if look.since is None:
            found = Finding("pass", DID_NOT_APPLY)
        elif rule.looks_at_turns and not any(t.speaker == look.speaker for t in turns):
            # That no turn says something wrong would be true where a user leaves with its first
            # message, and a pass of a target that nobody heard.
            found = Finding("abstain", f"{look.speaker} had no turn")
        elif isinstance(rule, CheckRule):
            with local_faults_told():
                said = rule.check(look)
                found = await said if isinstance(said, Awaitable) else said
        else:
            raise CannotCheckError(f"{way} cannot be carried out")
    except (DialogueFailedError, EndpointError, RunStoppedError):
        raise
    except (CannotCheckError, PatternTooSlowError, InputError) as error:
        found = Finding("error", " ".join(str(error).split()))
    except Exception as error:  # a fault of ours must not cost the other checks their verdicts
        fault = CHECKS.package(way) or "simulate itself; please report"
        reason = f"{type(error).__name__}: {error} (a fault of {fault})"
        found = Finding("error", " ".join(reason.split()))
    return found.recorded(look.name, look.side)
