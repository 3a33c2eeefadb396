"""Before a user's turn is paid for: does each target answer as its file says?

A target that is reached by a wrong path, or with a wrong key, is no finding about it. So each one
is sent a short message first, in a session of its own, and asked for its state as after a dialogue.
What comes is kept with the run, and is counted nowhere.
"""

from __future__ import annotations

import asyncio
import secrets
import shlex
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from simulate.engine.given_messages import say
from simulate.engine.plan import Plan
from simulate.engine.run_context import RunContext
from simulate.engine.target_session import AttachedTarget
from simulate.errors import EndpointError, TargetError
from simulate.local_faults import local_faults_told
from simulate.runfile import Turn, examined
from simulate.targets import Target

MESSAGE = "Hello."
ATTEMPTS = 2
"""How often a target is asked: one that fails now and then is what a run is to find out about."""
KEPT = 200
"""Characters of an answer that are kept."""


async def probe(
    context: RunContext, plan: Plan, stop: asyncio.Event | None
) -> list[dict[str, Any]]:
    """Talk to each target once, all at the same time.

    Args:
        context: of the run.
        plan: the run.
        stop: when it is set, nothing more is waited for.

    Returns:
        What came, for each target, as plain JSON data; nothing where it was to stop.

    Raises:
        EndpointError: a target does not answer.
        RunStoppedError: no call can be made for now.
    """
    asking = [
        asyncio.create_task(_ask(plan, *each, context.run_id)) for each in _once(context.targets)
    ]
    talks = asyncio.gather(*asking)
    stopping = [] if stop is None else [asyncio.create_task(stop.wait())]
    limit_s = context.dialogue_timeout_s
    try:
        with local_faults_told():
            either: list[asyncio.Future[Any]] = [talks, *stopping]
            await asyncio.wait(either, timeout=limit_s, return_when=asyncio.FIRST_COMPLETED)
            if talks.done():
                return talks.result()
        if stop is not None and stop.is_set():
            return []
        raise EndpointError(f"a target has not answered within {limit_s:g} s, before the run")
    finally:
        for each in (*asking, *stopping):
            each.cancel()
        await asyncio.gather(talks, *stopping, return_exceptions=True)
        await asyncio.gather(*asking, return_exceptions=True)


def how_to_look(target: Target) -> str:
    """Return the command that shows what a target is sent and answers."""
    config = getattr(target, "config", None)
    spec = getattr(config, "file", "") or target.name
    return f"simulate target try {shlex.quote(spec)}"


def _once(targets: Sequence[Mapping[str, AttachedTarget]]) -> Iterator[tuple[int, str, Target]]:
    """Iterate over all targets: the first cell that has it, its speaker there, and itself."""
    found = {
        id(each.target): (number, name, each.target)
        for number, cell in reversed([*enumerate(targets)])
        for name, each in cell.items()
    }
    return iter(found.values())


async def _ask(plan: Plan, cell: int, name: str, target: Target, run_id: str) -> dict[str, Any]:
    """Talk to a target as the first dialogue of its cell would."""
    when = datetime.now(UTC).isoformat(timespec="seconds")
    for left in reversed(range(ATTEMPTS)):
        session = f"{run_id}-probe-{secrets.token_hex(3)}"
        try:
            turns = await _talk(plan, cell, name, target, session)
        except (TargetError, EndpointError) as error:
            if left:
                continue
            raise EndpointError(
                f"{error}. That was the probe before the run (“{MESSAGE}”, sent in {ATTEMPTS} "
                f"sessions); no model was called. To see each request and answer: "
                f"{how_to_look(target)}. To run without the probe: --no-probe"
            ) from None
        came = [
            {"text": t.text[:KEPT], "tool_calls": len(t.tool_calls), "latency_s": t.latency_s}
            for t in turns
            if t.speaker == name
        ]
        return {"target": target.name, "when": when, "sent": MESSAGE, "came": came}
    raise AssertionError  # the last attempt returns or raises


async def _talk(plan: Plan, cell: int, name: str, target: Target, session: str) -> list[Turn]:
    """Have it greet, where it would; say something; look at its state."""
    places = np.flatnonzero(plan.dialogues.cells == cell)[:1]
    ((planned, persona, others),) = plan.dialogues.with_people(places)
    played, scenario, who = plan.cells[cell], plan.scenario, planned.replicate
    known = examined(played, persona, key="", replicate=who, turns=(), personas=others)
    given = next((step.given for step in played.steps if step.given or step.say), None)
    user = next((each for each in scenario.speakers if each != name), "user")
    turns: list[Turn] = []
    await say(
        [MESSAGE],
        AttachedTarget(target),
        session,
        scenario,
        known,
        (name, user),
        lambda what, number: np.nextafter(1.0, 0.0),
        turns,
        greets=scenario.order()[0] == name and not given,
    )
    return turns
