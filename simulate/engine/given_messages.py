"""Say given messages to a target: a dialogue in which nobody is simulated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from simulate.engine.target_session import AttachedTarget, TargetSession
from simulate.engine.tools import tools_of
from simulate.engine.turn import target_turn
from simulate.runfile import Examined, Turn
from simulate.scenario import Scenario


async def say(
    messages: Sequence[str],
    attached: AttachedTarget,
    session: str,
    scenario: Scenario,
    known: Examined,
    parties: tuple[str, str],
    luck: Callable[[str, int], float],
    heard: list[Turn],
    *,
    greets: bool,
) -> Any:
    """Say messages, one after each turn of the target, until somebody ends the dialogue.

    Args:
        messages: in order.
        attached: the target.
        session: an id that no other session has.
        scenario: whose turn rules and tools count.
        known: what its templates see of the dialogue.
        parties: the target, and the speaker whose messages they are.
        luck: returns the random number in [0, 1) of a tool's answer; see `ToolBox`.
        heard: each turn is added to it, also where an error follows.
        greets: whether the target speaks first.

    Returns:
        The target's state afterwards, as `TargetSession.state` does.

    Raises:
        TargetError: no usable answer came.
        EndpointError: the target was never reached.
        InputError: a template of the scenario cannot be rendered.
    """
    name, user = parties
    values, instructions = known.values, known.speakers[name].instructions
    tools = tools_of(scenario, values, luck)
    talk = TargetSession(attached, session, instructions, name, values, tools)
    try:
        await talk.begin(())
        for message in (None, *messages) if greets else messages:
            if message is not None:
                stops = scenario.turns.stopped_by(message)
                heard.append(Turn(len(heard), user, message, (message,), ends=stops))
            if not (heard and heard[-1].ends):
                heard.append(await target_turn(scenario, name, talk, heard, len(heard)))
            if heard[-1].ends:
                break
        return await talk.state()
    finally:
        await talk.aclose()
