"""What is written to a run file, as typed records."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from simulate.models import ChatReply
from simulate.runfile.examined import Verdict, Whose
from simulate.targets import TargetReply

__all__ = [
    "CallRecord",
    "DrawRecord",
    "Header",
    "OutcomeRecord",
    "PlannedDialogue",
    "TurnRecord",
    "VerdictRecord",
    "dump",
    "text_hash",
]


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def dump(value: Any) -> str:
    """Write JSON the one way that all of a run file uses."""
    return _ENCODER.encode(value)


def text_hash(text: str) -> bytes:
    """Return the key of a text in the table `text`."""
    return hashlib.sha256(text.encode()).digest()[:16]


@dataclass(frozen=True, slots=True)
class PlannedDialogue:
    """A dialogue as the plan has it, before anything happens.

    Attributes:
        id: its place in the plan, from 0.
        key: a hash of what it is.
        cell: the cell's index.
        persona: the persona's id.
        replicate: the n-th dialogue of the same cell and persona, from 0.
    """

    id: int
    key: str
    cell: int
    persona: str
    replicate: int


@dataclass(frozen=True, slots=True)
class Header:
    """What a run file says about the run as a whole.

    Attributes:
        meta: key to JSON value; what identifies the run and what it needs to go on.
        cells: index, label and levels of each cell.
        personas: id, attributes and prose of each persona, in order.
        dialogues: all dialogues of the plan.
    """

    meta: Mapping[str, Any]
    cells: Sequence[tuple[int, str, Mapping[str, str]]]
    personas: Sequence[tuple[str, Mapping[str, Any], str]]
    dialogues: Sequence[PlannedDialogue]


@dataclass(frozen=True, slots=True)
class DrawRecord:
    """A draw from a distribution.

    Attributes:
        candidates: text, stated probability (or None), weight, and whether it ends the dialogue.
        chosen: the index of the drawn candidate.
        u: the random number that drew it, in [0, 1).
        entropy: of the weights, in nats.
    """

    candidates: Sequence[tuple[str, float | None, float, bool]]
    chosen: int
    u: float
    entropy: float


@dataclass(frozen=True, slots=True)
class CallRecord:
    """A model call.

    Attributes:
        speaker: whose history it continues; None for a judge.
        attempt: from 0: the n-th call for the same thing.
        model: the model's name.
        request: the messages after the history.
        schema: the JSON Schema that was asked for, or None.
        seed: the seed that was offered to the model.
        reply: what came; None where nothing did.
        problem: why the reply could not be used; None where it could.
        tries_in_vain: how often the request was sent where no reply came, at least 1.
    """

    speaker: str | None
    attempt: int
    model: str
    request: Sequence[Mapping[str, str]]
    schema: Mapping[str, Any] | None
    seed: int
    reply: ChatReply | None
    problem: str | None = None
    tries_in_vain: int = 1

    @property
    def tries(self) -> int:
        """How often the request was sent."""
        return self.tries_in_vain if self.reply is None else self.reply.tries


@dataclass(frozen=True, slots=True)
class TurnRecord:
    """An utterance with the calls that made it.

    Attributes:
        position: the turn index, from 0.
        speaker: who speaks.
        text: what is said.
        parse: `clean` or `repaired`; None for a speaker that draws nothing.
        draw: the distribution it was drawn from, or None.
        ends: whether it ends the dialogue.
        calls: the model calls that made it.
        reply: what a target did in it, or None.
        below: the threshold of the tail, where it was asked for from there, or None.
    """

    position: int
    speaker: str
    text: str
    parse: str | None = None
    draw: DrawRecord | None = None
    ends: bool = False
    calls: Sequence[CallRecord] = ()
    reply: TargetReply | None = None
    below: float | None = None


@dataclass(frozen=True, slots=True)
class OutcomeRecord:
    """A measured outcome with the calls that measured it.

    Attributes:
        name: the outcome's name.
        value: its value; None where it is missing.
        parse: `clean` or `repaired`; None where nothing was asked.
        draw: the distribution it was drawn from, or None; its texts are JSON values.
        calls: the model calls that measured it.
    """

    name: str
    value: float | int | str | bool | None
    parse: str | None = None
    draw: DrawRecord | None = None
    calls: Sequence[CallRecord] = field(default=())


@dataclass(frozen=True, slots=True)
class VerdictRecord:
    """What a check says of a dialogue, with the calls that a judge took for it.

    Attributes:
        check: the check's name.
        verdict: `pass`, `fail`, `abstain` (it cannot tell) or `error` (it could not be carried
            out; `reason` says why).
        whose: `target` for a check of the speaker under test, `user` for one of the simulator.
        probability: of `fail`, as a judge states it; None where no model judged.
        turn: the index of the turn that shows it, or None.
        reason: why, in one sentence; empty where it passes without more to say.
        quote: what was said there, word for word; empty where nothing shows it.
        disagreement: share of a judge's votes that differ from the verdict, in [0, 1] (1 where
            they are tied, and the verdict is to abstain); None where no model judged.
        calls: the model calls.
    """

    check: str
    verdict: Verdict
    whose: Whose = "target"
    probability: float | None = None
    turn: int | None = None
    reason: str = ""
    quote: str = ""
    disagreement: float | None = None
    calls: Sequence[CallRecord] = ()
