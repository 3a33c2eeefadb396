"""Record what happens in dialogues, as statements that whoever writes the run file commits."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from simulate.population import Persona
from simulate.runfile.dialogue import Call, CheckVerdict, OutcomeValue, Turn
from simulate.runfile.json_columns import dump
from simulate.runfile.statements import NOTICE, REFUSAL, STATE, STEP, Statement, Statements


class Recorder(ABC):
    """Turns what happens into statements; where they are committed is for a subclass to say.

    `RunWriter` commits them to its file. A worker, which has no file, sends them to the process
    that has.
    """

    def __init__(self) -> None:
        self._statements = Statements()

    def settle_outbox(self) -> None:
        """Let calls that were sent in batches be forgotten with the commit of what they are for."""
        self._statements.settles = True

    @abstractmethod
    async def commit(self, statements: Sequence[Statement]) -> None:
        """Commit statements together, in this order; return when they are on disk.

        Raises:
            RunFileError: they cannot be written.
        """

    @abstractmethod
    def commit_soon(self, statements: Sequence[Statement]) -> None:
        """Have statements committed after those before them, waiting for nothing."""

    async def start(
        self,
        dialogue: int,
        instructions: Mapping[str, str],
        personas: Mapping[str, Persona] | None = None,
    ) -> None:
        """Note that a dialogue begins, with what its speakers are told and who else they are."""
        await self.commit(self._statements.start(dialogue, instructions, personas or {}))

    async def turn(self, dialogue: int, turn: Turn, calls: Sequence[Call] = ()) -> None:
        """Commit a turn together with its calls."""
        await self.commit(self._statements.turn(dialogue, turn, calls))

    async def step(
        self, dialogue: int, number: int, turn: int, kind: str, who: str, what: str
    ) -> None:
        """Commit what happens between turns.

        Args:
            dialogue: the dialogue.
            number: the step's place, from 0.
            turn: how many turns lie before it.
            kind: `show` or `ask`.
            who: to whom something is shown, or who is asked; empty for a judge.
            what: the text that is shown, or the outcome's name.
        """
        await self.commit([(STEP, (dialogue, number, turn, kind, who, what))])

    async def outcome(
        self,
        dialogue: int,
        outcome: OutcomeValue,
        calls: Sequence[Call] = (),
        turns: Sequence[Turn] = (),
        *,
        completes: bool = False,
    ) -> None:
        """Commit an outcome with its calls and, if so, that it completes the dialogue.

        Args:
            dialogue: the dialogue.
            outcome: what was measured.
            calls: that measured it.
            turns: the dialogue's so far, which a judge has read.
            completes: whether nothing is left to be done.
        """
        statements = self._statements.outcome(dialogue, outcome, calls, turns)
        if completes:
            statements.append(self._statements.completed(dialogue))
        await self.commit(statements)

    async def complete(
        self, dialogue: int, verdicts: Sequence[CheckVerdict] = (), turns: Sequence[Turn] = ()
    ) -> None:
        """Commit that a dialogue is completed, with what the checks say of it and its turns."""
        each = [s for v in verdicts for s in self._statements.verdict(dialogue, v, turns)]
        await self.commit([*each, self._statements.completed(dialogue)])

    async def state(self, dialogue: int, state: Any) -> None:
        """Commit a target's state after the dialogue, plain JSON data."""
        await self.commit([(STATE, (dialogue, dump(state)))])

    async def fail(
        self,
        dialogue: int,
        fault: str,
        error: str,
        calls: Sequence[Call] = (),
        turn: int | None = None,
        outcome: str | None = None,
    ) -> None:
        """Commit that a dialogue failed: whose fault it is, why, and the calls that led there."""
        await self.commit(self._statements.failed(dialogue, fault, error, calls, turn, outcome))

    def learnt(self, model: str, what: str, told: str) -> None:
        """Commit what an endpoint refuses with the next batch, waiting for nothing."""
        self.commit_soon([(REFUSAL, (model, what, told))])

    def noticed(self, model: str, what: str, told: str) -> None:
        """Commit what is odd about an endpoint's answers, likewise."""
        self.commit_soon([(NOTICE, (model, what, told))])
