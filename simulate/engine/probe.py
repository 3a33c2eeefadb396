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

from simulate.engine.executor import Stopped, done
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
) -> list[dict[str, Any]] | Stopped:
    """Talk to each target once, all at the same time.

    Args:
        context: of the run.
        plan: the run.
        stop: when it is set, nothing more is waited for.

    Returns:
        What came, for each target, as plain JSON data; or why the run ends before.

    Raises:
        EndpointError: a target does not answer.
    """
    asked = list(_once(context.targets))
    came: dict[int, dict[str, Any]] = {}

    async def ask(place: int) -> None:
        came[place] = await _ask(plan, *asked[place], context.run_id)

    limit_s = context.dialogue_timeout_s
    clock = asyncio.timeout(limit_s)
    try:
        with local_faults_told():
            async with clock:
                stopped = await done(range(len(asked)), ask, len(asked), stop)
    except TimeoutError:
        if not clock.expired():
            raise
        raise EndpointError(
            f"a target has not answered within {limit_s:g} s, before the run"
        ) from None
    return stopped or [came[place] for place in sorted(came)]


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
