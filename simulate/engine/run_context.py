"""What all dialogues of a run share, and what one that is resumed has behind it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from simulate.engine.events import Listener
from simulate.engine.examiner import Examiner
from simulate.engine.own_faults import OwnFaults
from simulate.engine.prefix_sharing import PrefixSharing, Siblings
from simulate.engine.target_session import AttachedTarget
from simulate.errors import TargetError
from simulate.models import ChatModel
from simulate.population import Persona
from simulate.runfile import Call, Dialogue, OutcomeValue, PlannedDialogue, Recorder, Turn
from simulate.scenario import Cell, Scenario


def role_of(speaker: str, part: str) -> str:
    """Return the name under which the model of a part of a speaker's mixture can be set."""
    return f"{speaker}/{part}"


class DialogueFailedError(Exception):
    """A dialogue cannot go on.

    Attributes:
        fault: whose failure it is.
        reason: why.
        calls: the calls that led there.
    """

    def __init__(self, fault: str, reason: str, calls: Sequence[Call]) -> None:
        super().__init__(reason)
        self.fault = fault
        self.reason = reason
        self.calls = calls


@dataclass(frozen=True, slots=True)
class RunContext:
    """What all dialogues of a run share.

    Attributes:
        scenario: as it was resolved.
        seed: of the run.
        models: speaker name (or `judge`, or `SPEAKER/PART`) to model, for each cell.
        record: keeps what happens.
        tell: the listener.
        dialogue_timeout_s: seconds that one dialogue may take in one invocation; None for any
            time.
        run_id: the run's id.
        targets: speaker to target, for each cell.
        examiner: says what the checks say of each dialogue, or None.
        own_faults: those of `simulate` itself since a dialogue was last completed.
        sharing: dialogues of one persona that share answers; None where they do not.
        keep_back: takes a dialogue that a target has failed, why, and what commits it as failed;
            tells whether it does so itself, later. None: it does not.
    """

    scenario: Scenario
    seed: int
    models: Sequence[Mapping[str, ChatModel]]
    record: Recorder
    tell: Listener
    dialogue_timeout_s: float | None
    run_id: str
    targets: Sequence[Mapping[str, AttachedTarget]]
    examiner: Examiner | None = None
    own_faults: OwnFaults = field(default_factory=OwnFaults)
    sharing: PrefixSharing | None = None
    keep_back: Callable[[int, TargetError, Callable[[], Awaitable[None]]], bool] | None = None


@dataclass(frozen=True, slots=True)
class Begun:
    """What is already on file of a dialogue that is resumed.

    Attributes:
        turns: in order.
        outcomes: the outcomes that are measured.
        state: a target's state after the dialogue, where it was fetched.
    """

    turns: Sequence[Turn] = ()
    outcomes: Mapping[str, OutcomeValue] = field(default_factory=dict)
    state: Any = None

    @classmethod
    def on_file(cls, dialogue: Dialogue) -> Begun:
        """Return what is on file of a dialogue that goes on."""
        return cls(dialogue.turns, dialogue.outcomes, dialogue.state)


@dataclass(frozen=True, slots=True)
class LeavesParent:
    """Where a branch leaves its parent; what comes later has random numbers of its own.

    Attributes:
        key: the branch's key.
        turn: the turn at which it takes another candidate.
        speakers: who has spoken up to there: what is drawn once for all their turns is drawn.
        asked: the outcomes that were measured before.
    """

    key: str
    turn: int
    speakers: frozenset[str]
    asked: frozenset[str]


@dataclass(frozen=True, slots=True)
class Work:
    """One dialogue that is to be played.

    Attributes:
        planned: which one it is.
        cell: its cell.
        persona: of the first user; keys all randomness.
        begun: what is on file of it; None where nothing is.
        personas: those of the speakers that have one of their own.
        branch: where it leaves its parent; None of a dialogue of the plan.
        siblings: the dialogues of its persona that it shares answers with; None where it does not.
    """

    planned: PlannedDialogue
    cell: Cell
    persona: Persona
    begun: Begun | None = None
    personas: Mapping[str, Persona] = field(default_factory=dict)
    branch: LeavesParent | None = None
    siblings: Siblings | None = None
