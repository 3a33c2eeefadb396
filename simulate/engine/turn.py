"""One turn: of a simulated user, drawn from a distribution; of an assistant; or of a target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from simulate.engine.dialogue_state import DialogueState
from simulate.engine.target_session import TargetSession
from simulate.runfile import Call, Turn
from simulate.runfile.dialogue import NEXT
from simulate.scenario import Asked, Outcome, Scenario, outcome_task, sent
from simulate.scenario.cell import MOST_LISTED
from simulate.scenario.speaker import Speaker
from simulate.scenario.turn_order import WHO_NEXT, TurnOrder, calling
from simulate.verbalized import (
    METHODS,
    Candidate,
    MethodSpec,
    RecordedDraw,
    recorded,
    tail_draw,
)


async def target_turn(
    scenario: Scenario, name: str, session: TargetSession, said: Sequence[Turn], index: int
) -> Turn:
    """Take the next turn of a target, after the turns in which something was said.

    Raises:
        TargetError: no usable answer came.
    """
    reply = await session.turn(said)
    ends = reply.ends or scenario.turns.stopped_by(reply.text)
    did = (reply.messages, reply.tool_calls, reply.latency_s)
    return Turn(index, name, reply.text, *did, ends)


async def take_turn(
    state: DialogueState, name: str, order: TurnOrder | None = None
) -> tuple[Turn, Sequence[Call]]:
    """Take the next turn of a user or an assistant.

    Args:
        state: of the dialogue.
        name: who speaks.
        order: whose turn it can be afterwards; None where turns go round.

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
    earlier: list[RecordedDraw] = []
    choosing: Sequence[Call] = ()
    able = order.able(name) if order is not None and name == scenario.turns.moderator else ()
    if len(able) > 1 and method.verbalizes:
        called, choosing = await _call_on(state, name, able, position)
        earlier.append(called)
        task = replace(task, length=calling(task.length, called.candidate.text), place="turn")
    if speaker.tail is not None:
        earlier.append(tail_draw(speaker.tail.share, state.u(f"tail:{name}", position)))
        if earlier[-1].chosen:
            below = speaker.tail.below
            method = method.model_copy(update={"below": below})
            task = replace(task, place="turn")
    steps = METHODS[method.name](method, task)
    distribution, calls, picks = await state.obtain(steps, method, name, what, position)
    draws = state.draw(distribution, method, what, "reply", position, picks)
    candidate = draws[-1].candidate if draws else distribution.candidates[0]
    values = {} if speaker.sends == "as-written" else state.values(name)
    text, ends = spoken(scenario, speaker, values, name, candidate)
    turn = Turn(
        position,
        name,
        text,
        (text,) if candidate.text else (),
        ends=ends,
        parse=distribution.parse if is_user or distribution.parse == "repaired" else None,
        draws=(*earlier, *draws),
        below=below,
        threshold=method.drawn(picks).below,
    )
    return turn, [*choosing, *calls]


def spoken(
    scenario: Scenario,
    speaker: Speaker,
    values: Mapping[str, object],
    name: str,
    candidate: Candidate,
) -> tuple[str, bool]:
    """Return what a speaker says that takes a candidate, and whether that ends the talk.

    Whoever leaves without a word sends no message, not even one that says nothing.
    """
    text = sent(speaker, values, name, candidate.text) if candidate.text else ""
    return text, candidate.ends or scenario.turns.stopped_by(candidate.text)


async def _call_on(
    state: DialogueState, name: str, able: Sequence[str], position: int
) -> tuple[RecordedDraw, Sequence[Call]]:
    """Draw whom a moderator calls on, from a distribution that its model states."""
    levels = [each for each in state.order if each in able]
    choice = Outcome(kind="choice", levels=levels, asked=Asked(speaker=name, question=WHO_NEXT))
    task = outcome_task(state.context.scenario, state.cell, name, choice, WHO_NEXT)
    method = MethodSpec(name="vs", k=min(len(able), MOST_LISTED))
    what = f"{NEXT}:{name}"
    steps = METHODS["vs"](method, task)
    stated, calls, _ = await state.obtain(steps, method, name, what, position)
    return recorded(stated, method.draw_settings, NEXT, state.u(what, position)), calls
