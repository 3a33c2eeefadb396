"""Replay: say a fixed list of messages to a fresh session of a target, and examine what comes.

No model plays the user, so a replay costs target calls only, and those of a judge where a check
has one. What the target does not do (it does not answer, or not in time) is the verdict
`responds: fail`, as in a run.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from simulate.engine.examiner import Examiner
from simulate.engine.given_messages import say
from simulate.engine.labelled import asking
from simulate.engine.target_session import AttachedTarget
from simulate.engine.targets import refuse_code
from simulate.errors import InputError, TargetError
from simulate.models import ChatModel, Models
from simulate.population import Persona
from simulate.randomness import uniform
from simulate.runfile import CheckVerdict, Examined, RunReader, Turn, examined
from simulate.scenario import Cell, Scenario
from simulate.scenario.reserved_names import RESPONDS
from simulate.stress.examiner import Checks
from simulate.targets import Target, TargetBase, TargetConfig, open_target, read_target

T = TypeVar("T")


class CallsSpentError(Exception):
    """The next replay could cross the number of target calls that is allowed; it is not made."""


@dataclass(frozen=True, slots=True)
class Situation:
    """All that a dialogue is replayed in, but for what the user says.

    Attributes:
        scenario: its turn rules and its checks count; there is one target and one other speaker.
        cell: the speakers and variables as the dialogue's cell has them.
        persona: who the user is.
        key: the dialogue's id.
        replicate: the n-th dialogue of the same cell and persona, from 0.
        seed: of the run, for the calls of a judge.
    """

    scenario: Scenario
    cell: Cell
    persona: Persona
    key: str
    replicate: int = 0
    seed: int = 0

    @classmethod
    def of_run(cls, file: RunReader, dialogue: int) -> Situation:
        """Return the situation of a dialogue of a run file.

        Args:
            file: the run file.
            dialogue: its place in the plan.

        Raises:
            InputError: the scenario has not one target and one other speaker.
            RunFileError: there is no such dialogue.
        """
        found = file.dialogue(dialogue)
        who = (found.persona, found.key, found.replicate)
        situation = cls(file.scenario, found.cell, *who, file.seed)
        situation.parties()
        return situation

    def parties(self) -> tuple[str, str]:
        """Return the names of the target and of the speaker whose messages are replayed.

        Raises:
            InputError: there is not one of each.
        """
        targets = [n for n, speaker in self.cell.speakers.items() if speaker.plays == "target"]
        others = [n for n in self.cell.speakers if n not in targets]
        if len(targets) != 1 or len(others) != 1:
            raise InputError(
                f"scenario {self.scenario.name}: a replay needs one speaker that plays target and "
                f"one other, there are {len(targets)} and {len(others)}"
            )
        return targets[0], others[0]

    def examined(self, turns: Sequence[Turn] = (), state: Any = None) -> Examined:
        """Return a dialogue in it, as checks and templates see it."""
        return examined(
            self.cell,
            self.persona,
            key=self.key,
            replicate=self.replicate,
            turns=turns,
            state=state,
            tools=self.scenario.tools,
        )

    @property
    def greets(self) -> bool:
        """Whether the target speaks first."""
        return self.scenario.order()[0] == self.parties()[0]


@dataclass(frozen=True, slots=True)
class Replay:
    """The result of a replay.

    Attributes:
        messages: what was to be said.
        turns: what was said and done, in order; the target may have ended the dialogue before
            all messages were said.
        said: how many of the messages were said before the target, or a phrase, ended it.
        verdicts: what the checks say, by name, `responds` included; nothing else where the target
            did not respond.
        state: the target's state afterwards; None where it offers none.
        calls: turns that the target was asked for, its greeting included.
        unjudged: names of the checks that were not carried out since no judge's model was given.
    """

    messages: tuple[str, ...]
    turns: tuple[Turn, ...]
    said: int
    verdicts: Mapping[str, CheckVerdict]
    state: Any = None
    calls: int = 0
    unjudged: tuple[str, ...] = ()

    def fails(self, check: str) -> bool:
        """Tell whether a check fails in it."""
        return check in self.verdicts and self.verdicts[check].verdict == "fail"


@contextlib.asynccontextmanager
async def attached_target(
    target: str | TargetConfig | Target,
    beside: Path | None = None,
    *,
    by_file: bool = False,
    models: Models | None = None,
) -> AsyncIterator[AttachedTarget]:
    """Open a target, and close it if it was opened here.

    Args:
        target: a target, what a target file says, or a SPEC.
        beside: the folder of the file that names it.
        by_file: whether only a run file names it, not the user; see `open_target`.
        models: those of the judge, whose limits a target that is a model keeps to as well.

    Raises:
        TargetSpecError: the SPEC names nothing, or what it needs is not there.
    """
    said = read_target(target, beside) if isinstance(target, str) else target
    if not isinstance(said, TargetBase):
        yield AttachedTarget(said)
        return
    opened = open_target(said, by_file=by_file, models=models)
    try:
        yield AttachedTarget(opened)
    finally:
        await opened.aclose()


@dataclass(slots=True)
class Replayer:
    """Replays dialogues of one situation, and counts what that takes.

    Attributes:
        situation: what they are replayed in.
        attached: the target.
        examiner: carries out the checks; None takes those of the scenario. Checks that a model
            judges are left out where there is no judge.
        judge: the judge's model, or None.
        max_calls: how many turns the target may be asked for in all; None for no limit.
        allow_code: whether a check may call a Python function.
        calls: how many turns it was asked for.
    """

    situation: Situation
    attached: AttachedTarget
    examiner: Examiner | None = None
    judge: ChatModel | None = None
    max_calls: int | None = None
    allow_code: bool = False
    calls: int = 0
    _unjudged: tuple[str, ...] = field(default=(), init=False)

    def __post_init__(self) -> None:
        """Choose the checks that can be carried out."""
        if self.examiner is not None:
            return
        checks = self.situation.scenario.checks
        if self.judge is None:
            self._unjudged = tuple(name for name, c in checks.items() if c.rule.asks_judge)
        todo = {name: check for name, check in checks.items() if name not in self._unjudged}
        if todo:
            about = self.situation.scenario.description
            self.examiner = Checks(todo, self.allow_code, description=about)

    async def replay(self, messages: Sequence[str]) -> Replay:
        """Say the messages, one after each turn of the target, to a session of its own.

        Raises:
            CallsSpentError: it could take more calls than are left.
            EndpointError: the target was never reached.
            InputError: a template of the scenario cannot be rendered.
        """
        needs = len(messages) + self.situation.greets
        if self.max_calls is not None and self.calls + needs > self.max_calls:
            raise CallsSpentError(f"{self.calls} of {self.max_calls} calls are made")
        heard: list[Turn] = []
        state = None
        try:
            state = await self._talk(messages, heard)
        except TargetError as error:
            reason = f"the target failed: {error}"
            found = [CheckVerdict(RESPONDS, "fail", "target", turn=len(heard), reason=reason)]
        else:
            found = [CheckVerdict(RESPONDS, "pass", "target"), *await self._examine(heard, state)]
        _, user = self.situation.parties()
        own = [turn for turn in heard if turn.speaker == user]
        calls = self.situation.greets + sum(not turn.ends for turn in own)
        self.calls += calls
        verdicts = {verdict.check: verdict for verdict in found}
        said = (tuple(messages), tuple(heard), len(own))
        return Replay(*said, verdicts, state, calls, self._unjudged)

    async def _talk(self, messages: Sequence[str], heard: list[Turn]) -> Any:
        """Hold the dialogue; return the target's state after it."""
        s = self.situation
        if not self.allow_code:
            refuse_code(s.scenario)
        return await say(
            messages,
            self.attached,
            # A target that lives longer than this process must not take it for one that it knows.
            f"replay-{s.key}-{secrets.token_hex(6)}",
            s.scenario,
            s.examined(),
            s.parties(),
            lambda what, number: uniform(s.seed, what, s.persona.id, s.replicate, number),
            heard,
            greets=s.greets,
        )

    async def _examine(self, turns: Sequence[Turn], state: Any) -> Sequence[CheckVerdict]:
        """Have it examined; a judge gets the seeds that a run gives it for the same dialogue."""
        if self.examiner is None:
            return ()
        s = self.situation
        ask = asking(self.judge, s.seed, s.persona.id, s.replicate)
        return await self.examiner.examine(s.examined(turns, state), ask)
