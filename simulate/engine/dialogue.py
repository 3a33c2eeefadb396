"""One dialogue: its steps in order, each committed before the next.

Nothing here knows how many other dialogues run at the same time. Every random choice is a pure
function of its identity, so a dialogue that is resumed goes on as if nothing had happened.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, TypeVar

from simulate.engine.dialogue_state import DialogueState
from simulate.engine.events import DialogueEnded, DialogueStarted, TurnTaken
from simulate.engine.outcome import measure, remember
from simulate.engine.run_context import Begun, DialogueFailedError, RunContext, Work
from simulate.engine.sampling import CallsFailedError, obtain
from simulate.engine.target_session import TargetDivergedError, TargetSession
from simulate.engine.tools import tools_of
from simulate.engine.turn import take_turn, target_turn
from simulate.errors import (
    EndpointError,
    InputError,
    RunFileError,
    RunStoppedError,
    TargetError,
)
from simulate.local_faults import local_faults_told
from simulate.models.redaction import hidden
from simulate.runfile import Call, CheckVerdict, Turn, examined, when_asked
from simulate.runfile.faults import INFRASTRUCTURE, INTERRUPTED, SCENARIO, SIMULATE, TARGET
from simulate.runfile.spending import spending_of
from simulate.scenario import Show, Step, filled
from simulate.scenario.asking import PlannedAsk
from simulate.verbalized import StepsOf

T = TypeVar("T")


async def play(context: RunContext, work: Work) -> None:
    """Run one dialogue to its end, committing each turn and outcome.

    A failure is committed and told, never raised.

    Raises:
        EndpointError: no request can succeed as things stand; the dialogue stays resumable.
        RunFileError: the run file cannot be written.
        RunStoppedError: no further call is made for now; the dialogue stays resumable.
    """
    await _Played(context, work).play()


class _Played:
    """One dialogue that is being played."""

    def __init__(self, context: RunContext, work: Work) -> None:
        self.context = context
        self.work = work
        self.id = work.planned.id
        self.state: DialogueState | None = None
        self.sessions: dict[str, TargetSession] = {}
        self.of_target: Any = None
        self.between = 0
        self.completed = False
        self.made: list[Call] = []
        self.repaired = 0

    async def play(self) -> None:
        """Go through the dialogue, and see to it that it ends: completed, or failed."""
        limit_s = self.context.dialogue_timeout_s
        self.context.tell(DialogueStarted(self.id))
        clock = asyncio.timeout(limit_s)
        try:
            with local_faults_told():
                async with clock:
                    await self._steps()
        except DialogueFailedError as failure:
            await self._failed(failure.fault, failure.reason, failure.calls)
        except (RunStoppedError, EndpointError, RunFileError):
            raise
        except TargetError as error:
            commit = partial(self._failed, TARGET, str(error))
            keep_back = self.context.keep_back
            if keep_back is None or not keep_back(self.id, error, commit):
                await commit()
        except TargetDivergedError as error:
            await self._failed(INTERRUPTED, str(error))
        except InputError as error:
            await self._failed(SCENARIO, str(error))
        except Exception as error:
            if clock.expired():
                reason = f"not finished within {limit_s:g} s, the time limit of a dialogue"
                await self._failed(INFRASTRUCTURE, reason)
                return
            await self._failed(SIMULATE, self.context.own_faults.reason(error))
        else:
            self.context.own_faults.completed()
            self._tell_ended(self.made)
        finally:
            if self.state is not None and self.state.sharer is not None:
                self.state.sharer.leave()
            for session in self.sessions.values():
                await session.aclose()

    async def _steps(self) -> None:
        """Go through the steps of the scenario; what is on file is not done again."""
        context = self.context
        state = self.state = DialogueState(context, self.work)
        begun = self.work.begun
        if begun is None:
            await context.record.start(self.id, state.on_file, state.personas)
            begun = Begun()
        recorded = [*reversed(begun.turns)]
        program = self.work.cell.steps
        talks = [number for number, step in enumerate(program) if step.say is not None]
        missing = state.missing()
        for number, step in enumerate(program):
            if talks:
                state.moment = "after" if number > talks[-1] else "amid"
                if number < talks[0] and not state.turns:
                    state.moment = "before"
            for speaker, text in self._given(state, step):
                if not state.over:
                    await self._give(state, speaker, text, recorded)
            if step.say is not None:
                await self._say(state, step.turns, recorded)
            if step.show is not None:
                await self._show(state, step.show)
            if talks and number == talks[-1]:
                later = [label for asked in state.asks[number:] for label in asked]
                over = begun.state is not None or any(label in begun.outcomes for label in later)
                await self._fetch_state(state, begun.state, over=over)
            state.memory.begin()
            for label in state.asks[number]:
                await self._note_ask(state, label)
                if label in missing:
                    last = step is program[-1] and label == missing[-1]
                    await self._ask(state, label, last=last)
                if isinstance(step.ask, PlannedAsk) and not self.completed:
                    await self._remember(state, step.ask, label)
        if not self.completed:
            verdicts = await self._verdicts(state)
            self.made += [call for verdict in verdicts for call in verdict.calls]
            await context.record.complete(self.id, verdicts, state.turns)

    async def _say(self, state: DialogueState, say: int, recorded: list[Turn]) -> None:
        """Let everybody talk, for so many turns at most as the step says."""
        order = state.turn_order(say)
        for _ in range(state.cell.turns.most(say, len(state.order))):
            name = state.next_speaker(order)
            if name is None:
                state.over = True
                break
            if order is not None:
                order.spoke(name)
            if recorded:
                state.add(recorded.pop())
                continue
            await self._open_sessions(state)
            state.position = len(state.turns)
            calls: Sequence[Call] = ()
            if name in self.sessions:
                session, scenario = self.sessions[name], self.context.scenario
                turn = await target_turn(scenario, name, session, state.said, len(state.turns))
            else:
                turn, calls = await take_turn(state, name, order)
            await self.context.record.turn(self.id, turn, calls)
            state.committed(calls)
            state.add(turn)
            self.context.tell(_told(self.id, turn, calls))
        state.position = None

    def _given(self, state: DialogueState, step: Step) -> Iterator[tuple[str, str]]:
        """Iterate over the turns that nobody is asked for: speaker and text."""
        if step.given == "persona":
            yield from self.work.persona.talk
        for turn in step.written:
            yield turn.speaker, filled(turn.text, state.values(turn.speaker), "steps.given")

    async def _give(
        self, state: DialogueState, speaker: str, text: str, recorded: list[Turn]
    ) -> None:
        """Add a turn that nobody is asked for."""
        if recorded:
            state.add(recorded.pop())
            return
        turn = Turn(len(state.turns), speaker, text, (text,), given=True)
        await self.context.record.turn(self.id, turn)
        state.add(turn)

    async def _show(self, state: DialogueState, show: Show) -> None:
        """Put something before a speaker."""
        text = filled(show.text, state.values(show.to), "steps.show")
        await self._between(state, "show", show.to, text)
        state.show(show.to, text)

    async def _note_ask(self, state: DialogueState, label: str) -> None:
        """Keep where an outcome is measured, if that matters."""
        outcome = self.context.scenario.outcomes[label]
        if self.work.cell.asks_in_place and not outcome.computed:
            who = outcome.asked.speaker if outcome.asked else ""
            await self._between(state, "ask", who, label)

    async def _ask(self, state: DialogueState, label: str, *, last: bool) -> None:
        """Measure an outcome; the last one completes a dialogue that nobody examines."""
        state.outcome = label
        measured, calls = await measure(state, label, self.context.scenario.outcomes[label])
        state.measured[label] = measured.answer
        self.made += calls
        self.repaired += measured.parse == "repaired"
        completes = self.completed = last and self.context.examiner is None
        turns = state.turns
        await self.context.record.outcome(self.id, measured, calls, turns, completes=completes)
        state.committed(calls)
        state.outcome = None

    async def _remember(self, state: DialogueState, step: PlannedAsk, label: str) -> None:
        """Have an answer remembered, if the step says so, and keep its question as it was put."""
        if (told := remember(state, step, label)) is not None:
            who, question = told
            await self._between(state, "show", when_asked(who), question)

    async def _between(self, state: DialogueState, kind: str, who: str, what: str) -> None:
        """Commit what happens between turns; each has a place of its own."""
        place = (self.between, len(state.turns))
        await self.context.record.step(self.id, *place, kind, who, what)
        self.between += 1

    async def _open_sessions(self, state: DialogueState) -> None:
        """Open a session with each target, and bring it to where the dialogue stands."""
        if self.sessions:
            return
        for name, attached in self.context.targets[self.work.cell.index].items():
            key = f"{self.context.run_id}-{self.work.planned.key}"
            values = state.values(name)
            tools = tools_of(self.context.scenario, values, state.luck)
            session = TargetSession(attached, key, state.instructions[name], name, values, tools)
            self.sessions[name] = session
            await session.begin(state.said)

    async def _fetch_state(self, state: DialogueState, on_file: Any, *, over: bool) -> None:
        """Fetch a target's state after the talk.

        A target whose part is over, and whose state is on file, is not told everything again.
        """
        if over and not self.sessions:
            self.of_target = on_file
            return
        await self._open_sessions(state)
        for session in self.sessions.values():
            found = await session.state()
            if found is not None:
                self.of_target = found
                await self.context.record.state(self.id, found)

    async def _verdicts(self, state: DialogueState) -> Sequence[CheckVerdict]:
        """Have the dialogue examined.

        Raises:
            DialogueFailedError: a judge was not reached; examined again, it may well be.
        """
        examiner = self.context.examiner
        if examiner is None:
            return ()
        dialogue = examined(
            self.work.cell,
            self.work.persona,
            key=self.work.planned.key,
            replicate=self.work.planned.replicate,
            turns=state.turns,
            state=self.of_target,
            personas=state.personas,
            tools=self.context.scenario.tools,
        )

        made: list[Call] = []

        async def ask(steps: StepsOf[T], what: str) -> tuple[T, list[Call]]:
            try:
                found, calls = await obtain(steps, state.asked(None, what))
            except CallsFailedError as failure:
                made.extend(failure.calls)
                if failure.may_pass:
                    raise DialogueFailedError(INFRASTRUCTURE, f"{what}: {failure}", made) from None
                raise
            made.extend(calls)
            return found, calls

        return await examiner.examine(dialogue, ask)

    async def _failed(self, fault: str, reason: str, calls: Sequence[Call] = ()) -> None:
        state = self.state
        where = (None, None) if state is None else (state.position, state.outcome)
        reason = hidden(reason)
        await self.context.record.fail(self.id, fault, reason, calls, *where)
        self._tell_ended(calls, f"{fault}: {reason}")

    def _tell_ended(self, calls: Sequence[Call], error: str | None = None) -> None:
        turns = [] if self.state is None else self.state.turns
        took = spending_of(calls)
        self.context.tell(
            DialogueEnded(
                self.id,
                error is None,
                len(turns),
                self.work.cell.most_turns - sum(not turn.given for turn in turns),
                took.answered,
                took.usage,
                error,
                took.cost_usd,
                took.retries,
                self.repaired,
                took.problems,
            )
        )


def _told(dialogue: int, turn: Turn, calls: Sequence[Call]) -> TurnTaken:
    took = spending_of(calls)
    return TurnTaken(
        dialogue,
        turn.index,
        turn.speaker,
        took.made,
        took.usage,
        took.retries,
        turn.parse == "repaired",
        took.cost_usd,
        took.problems,
    )
