"""One turn: of a simulated user, drawn from a distribution; of an assistant; or of a target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from simulate.engine.dialogue_state import DialogueState
from simulate.engine.target_session import TargetSession
from simulate.runfile import Call, Turn
from simulate.scenario import sent
from simulate.verbalized import METHODS, tail_draw


async def target_turn(state: DialogueState, name: str, session: TargetSession) -> Turn:
    """Take the next turn of a target.

    Raises:
        TargetError: no usable answer came.
    """
    reply = await session.turn(state.said)
    ends = reply.ends or state.context.scenario.turns.stopped_by(reply.text)
    did = (reply.messages, reply.tool_calls, reply.latency_s)
    return Turn(len(state.turns), name, reply.text, *did, ends)


async def take_turn(state: DialogueState, name: str) -> tuple[Turn, Sequence[Call]]:
    """Take the next turn of a user or an assistant.

    Raises:
        DialogueFailedError: the model gave no usable reply.
        EndpointError: no request can succeed as things stand.
    """
    scenario, speaker, position = (
        state.context.scenario,
        state.cell.speakers[name],
        len(state.turns),
    )
    is_user = speaker.plays == "user"
    answer = scenario.answer
    task = state.tasks[name]
    method = speaker.method.at_most(answer.answers) if answer else speaker.method
    what, below = f"reply:{name}", None
    earlier = []
    if speaker.tail is not None:
        earlier.append(tail_draw(speaker.tail.share, state.u(f"tail:{name}", position)))
        if earlier[0].chosen:
            below = speaker.tail.below
            method = method.model_copy(update={"below": below})
            task = replace(task, place="turn")
    steps = METHODS[method.name](method, task)
    distribution, calls, picks = await state.obtain(steps, name, what, position)
    draws = state.draw(distribution, method, what, "reply", position, picks)
    candidate = draws[-1].candidate if draws else distribution.candidates[0]
    # Whoever leaves without a word sends no message, not even one that says nothing.
    text = sent(speaker, state.seen[name], name, candidate.text) if candidate.text else ""
    turn = Turn(
        position,
        name,
        text,
        (text,) if candidate.text else (),
        ends=candidate.ends or scenario.turns.stopped_by(candidate.text),
        parse=distribution.parse if is_user or distribution.parse == "repaired" else None,
        draws=(*earlier, *draws),
        below=below,
        threshold=method.drawn(picks).below,
    )
    return turn, calls
