"""What a worker needs to play, and what it must have in common with the driver.

Keys are no part of it: a worker takes them from its own environment.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from simulate.engine.differences import other_bodies, other_models
from simulate.engine.header import versions
from simulate.engine.plan import Plan
from simulate.engine.player_options import PlayerOptions
from simulate.engine.players import Players
from simulate.engine.resuming import decisive_versions
from simulate.engine.workers.messages import Opened
from simulate.errors import InputError
from simulate.models import Noticed, redacted
from simulate.models.journal import Answering


@dataclass(frozen=True, slots=True)
class Setup:
    """What is sent to a worker before anything else.

    Attributes:
        plan: without its people and dialogues, which are handed out.
        options: who plays, in terms that another process reads alike.
        budget: tokens and money that the run may take; None for no limit.
        run_id: of the run.
        dialogue_timeout_s: seconds that one dialogue may take.
        refused: model to settings that its endpoint is known to refuse.
        noticed: what was told before, and is not told again.
        answering: model to what answered it.
    """

    plan: Plan
    options: PlayerOptions
    budget: tuple[int | None, float | None] | None
    run_id: str
    dialogue_timeout_s: float
    refused: Mapping[str, Sequence[str]]
    noticed: Sequence[Noticed]
    answering: Mapping[str, Answering]


def setup_of(
    plan: Plan,
    options: PlayerOptions,
    players: Players,
    total: int,
    run_id: str,
    dialogue_timeout_s: float,
) -> Setup:
    """Return what a worker needs that joins now.

    Args:
        plan: the run.
        options: who plays it.
        players: the driver's; what they have learnt is known to the worker from the beginning.
        total: how many dialogues are played at once by all workers.
        run_id: the run's id.
        dialogue_timeout_s: seconds that one dialogue may take.
    """
    nobody: Any = {"personas": (), "dialogues": (), "population": None, "partners": {}}
    slim = replace(plan, **nobody, examiner=None, assignment=None, drawing=None)
    budget = players.budget
    return Setup(
        slim,
        options.elsewhere(plan, total),
        None if budget is None else (budget.tokens, budget.usd),
        run_id,
        dialogue_timeout_s,
        *players.models.journal.known(),
    )


def hello() -> bytes:
    """Return what a worker says of itself first, in a form that every version reads."""
    return json.dumps(versions()).encode()


def check_version(worker: str, said: bytes, names: Sequence[Mapping[str, str]]) -> None:
    """Refuse a worker of another version; asked before anything is sent to it.

    Args:
        worker: its name, for the message.
        said: its `hello`.
        names: of each cell, role to the name of its model.

    Raises:
        InputError: it would play otherwise.
    """
    there, here = json.loads(said), versions()
    for name in decisive_versions(names):
        if there.get(name) != here.get(name):
            raise InputError(
                f"{worker} has another version of {name} (there {there.get(name, 'none')}, here "
                f"{here.get(name, 'none')}): install the same there"
            )


def check_opened(worker: str, opened: Opened, players: Players, plan: Plan) -> None:
    """Refuse a worker that would not play the same, before it plays.

    Raises:
        InputError: it has opened other models, or has other prompts.
    """
    found = list(_differences(opened, players, plan))
    if found:
        raise InputError(
            f"{worker} would play with another {', '.join(found)}: give it the same environment "
            "and files"
        )


def _differences(opened: Opened, players: Players, plan: Plan) -> Iterator[str]:
    names = [
        [{who: redacted(name) for who, name in cell.items()} for cell in side]
        for side in (opened.names, players.names)
    ]
    yield from other_models(*names)
    yield from other_bodies(opened.settings, players.settings)
    here = plan.prompts
    if prompts := [name for name in here if opened.prompts.get(name) != here[name]]:
        yield f"prompt {', '.join(prompts)}"
