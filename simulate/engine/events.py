"""What the engine tells while a run goes on: small typed records, in the order of happening.

A listener is called on the event loop's thread and must return at once. If it fails, the run goes
on without it.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from simulate.models import Learnt, Noticed, Usage
from simulate.models.batches import BatchMoved
from simulate.record import record
from simulate.runfile.shard import Shard


@dataclass(frozen=True, slots=True)
class RunStarted:
    """The run file is open.

    Attributes:
        path: the run file.
        dialogues: how many the plan has.
        ended: how many of them had ended before (in a run that is resumed).
        turns: how many turns are asked for at most.
        turns_before: how many of them were taken before.
        models: speaker to model name.
        left_out: a sentence for each level of a condition that cannot be played.
        again: how many dialogues had failed before, and are played again.
        warnings: a sentence for what the design does that nobody can have meant.
        shard: which part of a plan this is; None where the plan is played as a whole.
    """

    path: Path
    dialogues: int
    ended: int
    turns: int
    turns_before: int
    models: dict[str, str]
    left_out: tuple[str, ...] = ()
    again: int = 0
    warnings: tuple[str, ...] = ()
    shard: Shard | None = None


@dataclass(frozen=True, slots=True)
class DialogueStarted:
    """A dialogue begins, or goes on in a run that is resumed."""

    dialogue: int


@record(frozen=True, slots=True)
class TurnTaken:
    """A turn is committed.

    Attributes:
        dialogue: its place in the plan.
        position: the turn index, from 0.
        speaker: who spoke.
        calls: model calls that it took.
        usage: tokens that they took together.
        retries: how often a request had to be sent again.
        repaired: whether the model's text was read after a repair of its form.
        unusable: texts that could not be used before, and were asked for again.
        cost_usd: what the calls cost together; None where it is unknown.
    """

    dialogue: int
    position: int
    speaker: str
    calls: int
    usage: Usage
    retries: int
    repaired: bool
    cost_usd: float | None = None
    unusable: int = 0


@dataclass(frozen=True, slots=True)
class DialogueEnded:
    """A dialogue is completed or failed, and committed.

    Attributes:
        dialogue: its place in the plan.
        completed: whether it is completed.
        turns: how many turns it has.
        turns_left: how many more it could have had.
        calls: model calls that its outcomes took, or the turn that failed.
        usage: tokens that they took together.
        error: fault and reason, where it failed.
        cost_usd: what the calls cost together; None where it is unknown.
        retries: how often a request had to be sent again.
        repaired: outcomes that were read after a repair of their form.
        unusable: texts that could not be used; they were asked for again, or it failed by them.
    """

    dialogue: int
    completed: bool
    turns: int
    turns_left: int
    calls: int
    usage: Usage
    error: str | None = None
    cost_usd: float | None = None
    retries: int = 0
    repaired: int = 0
    unusable: int = 0


@dataclass(frozen=True, slots=True)
class EndpointLearnt:
    """An endpoint refuses a setting; it is not sent again."""

    learnt: Learnt


@dataclass(frozen=True, slots=True)
class EndpointNoticed:
    """Something is odd about an endpoint's answers."""

    noticed: Noticed


@dataclass(frozen=True, slots=True)
class EndpointBatch:
    """Calls were sent in a batch, or it has ended."""

    moved: BatchMoved


@dataclass(frozen=True, slots=True)
class RunEnded:
    """The run is over, or was interrupted.

    Attributes:
        interrupted: whether dialogues are left to do.
        seconds: how long this invocation took.
        why: what stopped it, where nobody told it to stop.
    """

    interrupted: bool
    seconds: float
    why: str | None = None


EndpointEvent = EndpointLearnt | EndpointNoticed | EndpointBatch
Event = RunStarted | DialogueStarted | TurnTaken | DialogueEnded | EndpointEvent | RunEnded

Listener = Callable[[Event], None]


def unfailing(listener: Listener | None) -> Listener:
    """Return a listener whose failure is a warning, the first one, and no end of the run."""

    def tell(event: Event) -> None:
        nonlocal listener
        if listener is None:
            return
        try:
            listener(event)
        except Exception as error:
            listener = None
            what = f"{type(error).__name__}: {error}"
            warnings.warn(f"the run goes on unwatched: its listener failed ({what})", stacklevel=2)

    return tell
