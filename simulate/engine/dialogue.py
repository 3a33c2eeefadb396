"""One dialogue: turn by turn, then its outcomes.

Nothing here knows how many other dialogues run at the same time. Every random choice is a pure
function of its identity, so a dialogue that is resumed goes on as if nothing had happened.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from simulate.engine.events import DialogueEnded, DialogueStarted, TurnTaken
from simulate.engine.examiner import Examiner
from simulate.engine.run_context import JUDGE, Begun, DialogueFailedError, Stage
from simulate.engine.sampling import Asked, CallsFailedError, obtain
from simulate.engine.target_session import Talk, TargetDivergedError
from simulate.errors import (
    BudgetReachedError,
    EndpointError,
    InputError,
    ParseError,
    RunFileError,
    TargetError,
)
from simulate.files.templates import render
from simulate.models import Usage, cost_of
from simulate.population import Persona
from simulate.randomness import call_seed, uniform
from simulate.runfile import (
    Call,
    CheckVerdict,
    OutcomeValue,
    PlannedDialogue,
    Turn,
    examined,
)
from simulate.scenario import (
    ANSWER,
    Cell,
    History,
    Outcome,
    Speaker,
    judge_messages,
    patience,
    sent,
    template_values,
)
from simulate.verbalized import (
    METHODS,
    MethodSpec,
    RecordedDraw,
    ReplyDistribution,
    StepsOf,
    Task,
    judgement,
    recorded,
    tail_draw,
)

__all__ = ["play"]

INFRASTRUCTURE = "infrastructure"
TARGET = "target"

T = TypeVar("T")


async def play(
    stage: Stage, planned: PlannedDialogue, cell: Cell, persona: Persona, begun: Begun | None
) -> None:
    """Run one dialogue to its end, committing each turn and outcome.

    A failure is committed and told, never raised.

    Raises:
        EndpointError: no dialogue can be served as things stand; the dialogue stays resumable.
        RunFileError: the run file cannot be written.
        BudgetReachedError: the budget allows no further call; the dialogue stays resumable.
    """
    await _Dialogue(stage, planned, cell, persona).play(begun)


class _Dialogue:
    """The state of one dialogue."""

    def __init__(
        self, stage: Stage, planned: PlannedDialogue, cell: Cell, persona: Persona
    ) -> None:
        self.stage = stage
        self.planned = planned
        self.cell = cell
        self.persona = persona
        self.models = stage.models[cell.index]
        self.values: dict[str, object] = dict(persona.values())
        self.turns: list[tuple[str, str]] = []
        self.taken: list[Turn] = []
        self.histories: dict[str, History] = {}
        self.seen: dict[str, dict[str, object]] = {}
        self.limits: dict[str, int | None] = {}
        self.talks: dict[str, Talk] = {}
        self.state: Any = None
        self.position: int | None = None
        self.outcome: str | None = None

    async def play(self, begun: Begun | None) -> None:
        """Go through the dialogue, and see to it that it ends: completed, or failed."""
        limit_s = self.stage.dialogue_timeout_s
        self.stage.tell(DialogueStarted(self.planned.id))
        clock = asyncio.timeout(limit_s)
        try:
            async with clock:
                calls = await self._steps(begun)
        except DialogueFailedError as failure:
            await self._failed(failure.fault, failure.reason, failure.calls)
        except (BudgetReachedError, EndpointError, RunFileError):
            raise
        except TargetError as error:
            await self._failed(TARGET, str(error))
        except TargetDivergedError as error:
            await self._failed(INFRASTRUCTURE, str(error))
        except InputError as error:
            await self._failed("scenario", str(error))
        except Exception as error:
            if clock.expired():
                reason = f"not finished within {limit_s:g} s, the time limit of a dialogue"
                await self._failed(INFRASTRUCTURE, reason)
                return
            reason = f"{type(error).__name__}: {error} (a fault of simulate itself; please report)"
            await self._failed("simulate", reason)
        else:
            self._tell_ended(calls)
        finally:
            for talk in self.talks.values():
                await talk.aclose()

    async def _steps(self, begun: Begun | None) -> list[Call]:
        """Take the turns and measure the outcomes; return the calls of the outcomes."""
        stage, scenario = self.stage, self.stage.scenario
        order = scenario.order()
        self.seen = {name: template_values(self.cell, self.values, name) for name in order}
        self.limits = {
            name: patience(self.cell.speakers[name], self.seen[name], name) for name in order
        }
        instructions = {name: self._instructions(name) for name in order}
        for who, text in instructions.items():
            self.histories[who] = History.of(scenario, who, text, self.seen[who])
        if begun is None:
            await stage.writer.start(self.planned.id, instructions)
            begun = Begun()
        for turn in begun.turns:
            self._said(turn)
        # A target whose part is over, and whose state is on file, is not told everything again.
        if self._next(order) is None and (begun.state is not None or begun.outcomes):
            self.state = begun.state
        else:
            await self._talk(instructions)
        while (name := self._next(order)) is not None:
            self.position = len(self.turns)
            taken, calls = await self._turn(self.position, name)
            await stage.writer.turn(self.planned.id, taken, calls)
            self._said(taken)
            stage.tell(self._taken(taken, calls))
        self.position = None
        await self._fetch_state()
        made: list[Call] = []
        missing = [n for n in scenario.outcomes if n not in begun.outcomes]
        for label in missing:
            self.outcome = label
            measured, calls = await self._outcome(label, scenario.outcomes[label])
            made += calls
            last = label == missing[-1] and stage.examiner is None
            await stage.writer.outcome(self.planned.id, measured, calls, completes=last)
        if stage.examiner is not None or not missing:
            verdicts = await self._verdicts(stage.examiner)
            made += [call for verdict in verdicts for call in verdict.calls]
            await stage.writer.complete(self.planned.id, verdicts)
        return made

    def _next(self, order: Sequence[str]) -> str | None:
        """Return who speaks next; None where the dialogue is over."""
        most = self.stage.scenario.turns.maximum * len(order)
        if len(self.turns) >= most or (self.taken and self.taken[-1].ends):
            return None
        name = order[len(self.turns) % len(order)]
        limit = self.limits[name]
        if limit is not None and sum(speaker == name for speaker, _ in self.turns) >= limit:
            return None
        return name

    async def _talk(self, instructions: Mapping[str, str]) -> None:
        """Open a session with each target, and bring it to where the dialogue stands."""
        for name, attached in self.stage.targets[self.cell.index].items():
            session = f"{self.stage.run_id}-{self.planned.key}"
            talk = self.talks[name] = Talk(attached, session, instructions[name], name)
            await talk.begin(self.turns)

    async def _fetch_state(self) -> None:
        for talk in self.talks.values():
            state = await talk.state()
            if state is not None:
                self.state = state
                await self.stage.writer.state(self.planned.id, state)

    async def _verdicts(self, examiner: Examiner | None) -> Sequence[CheckVerdict]:
        """Have the dialogue examined."""
        if examiner is None:
            return ()
        dialogue = examined(
            self.stage.scenario,
            self.cell,
            self.persona,
            key=self.planned.key,
            replicate=self.planned.replicate,
            turns=self.taken,
            state=self.state,
        )

        async def ask(steps: StepsOf[T], what: str) -> tuple[T, list[Call]]:
            return await obtain(steps, self._asked(None, what, -1))

        return await examiner.examine(dialogue, ask)

    async def _failed(self, fault: str, reason: str, calls: Sequence[Call] = ()) -> None:
        await self.stage.writer.fail(
            self.planned.id, fault, reason, calls, self.position, self.outcome
        )
        self._tell_ended(calls, f"{fault}: {reason}")

    def _tell_ended(self, calls: Sequence[Call], error: str | None = None) -> None:
        scenario = self.stage.scenario
        left = scenario.turns.maximum * len(scenario.speakers) - len(self.turns)
        answered = [c.reply for c in calls if c.reply is not None]
        self.stage.tell(
            DialogueEnded(
                self.planned.id,
                error is None,
                len(self.turns),
                left,
                len(answered),
                _summed(calls),
                error,
                cost_of(answered),
                sum(c.attempts - 1 for c in calls),
                sum(c.problem is not None for c in calls) if error is None else 0,
            )
        )

    def _instructions(self, name: str) -> str:
        template = self.cell.speakers[name].instructions
        return render(template, self.seen[name], f"speakers.{name}.instructions")

    def _said(self, turn: Turn) -> None:
        self.turns.append((turn.speaker, turn.text))
        self.taken.append(turn)
        for history in self.histories.values():
            history.add(turn.speaker, turn.text)

    def _taken(self, turn: Turn, calls: Sequence[Call]) -> TurnTaken:
        return TurnTaken(
            self.planned.id,
            turn.index,
            turn.speaker,
            len(calls),
            _summed(calls),
            sum(c.attempts - 1 for c in calls),
            turn.parse == "repaired" or any(c.problem is not None for c in calls),
            cost_of([c.reply for c in calls if c.reply is not None]),
        )

    async def _turn(self, position: int, name: str) -> tuple[Turn, Sequence[Call]]:
        rules, speaker = self.stage.scenario.turns, self.cell.speakers[name]
        if speaker.plays == "target":
            reply = await self.talks[name].turn(self.turns)
            ends = reply.ends or rules.stopped_by(reply.text)
            did = (reply.messages, reply.tool_calls, reply.latency_s)
            return Turn(position, name, reply.text, *did, ends), ()
        is_user = speaker.plays == "user"
        answer = self.stage.scenario.answer
        task = Task(
            person=self.stage.scenario.person(name) if is_user else None,
            question=ANSWER if answer else None,
            form=answer.form if answer else None,
            value_schema=answer.value_schema if answer else None,
            read=answer.read if answer else None,
            may_end=name in rules.may_end,
        )
        what = f"reply:{name}"
        tail = self._tail(speaker, name, position)
        method, below = speaker.method, None
        if speaker.tail is not None and tail and tail[0].chosen:
            below = speaker.tail.below
            method = method.model_copy(update={"below": below})
        distribution, calls = await self._obtain(
            METHODS[method.name](method, task), name, what, position
        )
        draws = self._draw(distribution, method, what, position)
        candidate = draws[-1].candidate if draws else distribution.candidates[0]
        text = sent(speaker, self.seen[name], name, candidate.text)
        turn = Turn(
            position,
            name,
            text,
            (text,),
            ends=candidate.ends or rules.stopped_by(candidate.text),
            parse=distribution.parse if is_user else None,
            draws=(*tail, *draws) if draws else (),
            below=below,
        )
        return turn, calls

    def _tail(self, speaker: Speaker, name: str, position: int) -> tuple[RecordedDraw, ...]:
        """Draw whether a turn is asked for from the tail, where a part of the turns are."""
        if speaker.tail is None:
            return ()
        return (tail_draw(speaker.tail.share, self._u(f"tail:{name}", position)),)

    def _u(self, what: str, position: int) -> float:
        """Return the random number that belongs to a choice of this dialogue."""
        who = (self.persona.id, self.planned.replicate)
        return uniform(self.stage.seed, what, *who, position)

    async def _outcome(self, name: str, outcome: Outcome) -> tuple[OutcomeValue, Sequence[Call]]:
        if outcome.answered:
            return OutcomeValue(name, outcome.value(self.turns[0][1])), ()
        if outcome.matched:
            try:
                found = outcome.match(self.turns)
            except ParseError as error:
                raise DialogueFailedError("scenario", f"outcome {name}: {error}", ()) from None
            return OutcomeValue(name, None if found is None else outcome.value(found)), ()
        what = f"outcome:{name}"
        if outcome.asked:
            asked = outcome.asked.speaker
            speaker: str | None = asked
            method = self.cell.speakers[asked].method
            values = template_values(self.cell, self.values, asked)
            question = render(outcome.asked.question, values, f"outcomes.{name}.asked.question")
            task = Task(
                person=self.stage.scenario.person(asked),
                question=question,
                form=outcome.form,
                value_schema=outcome.value_schema,
                read=outcome.read,
            )
            steps = METHODS[method.name](method, task)
        else:
            assert outcome.judged is not None  # noqa: S101  # exactly one of the three is given
            speaker, method = None, MethodSpec()
            values = template_values(self.cell, self.values, JUDGE)
            question = render(outcome.judged.question, values, f"outcomes.{name}.judged.question")
            prompt = judge_messages(self.stage.scenario, self.turns, question, outcome.form)
            steps = judgement(tuple(prompt), outcome.value_schema, outcome.read)
        distribution, calls = await self._obtain(steps, speaker, what, -1)
        draws = self._draw(distribution, method, what, -1)
        stated = tuple(outcome.value(text) for text in distribution.texts)
        value = stated[draws[-1].chosen if draws else 0]
        parse = distribution.parse
        return OutcomeValue(name, value, parse, draws, stated if draws else ()), calls

    def _draw(
        self, distribution: ReplyDistribution, method: MethodSpec, what: str, position: int
    ) -> tuple[RecordedDraw, ...]:
        """Draw a candidate; a method that gives one reply only draws nothing."""
        if not method.verbalizes:
            return ()
        kind, _, name = what.partition(":")
        drawn = "reply" if kind == "reply" else name
        u = self._u(what, position)
        return (recorded(distribution, method.draw_settings, drawn, u),)

    async def _obtain(
        self, steps: StepsOf[T], speaker: str | None, what: str, position: int
    ) -> tuple[T, list[Call]]:
        """Obtain a distribution from a speaker's model, or from the judge's where it is None."""
        try:
            return await obtain(steps, self._asked(speaker, what, position))
        except CallsFailedError as failure:
            role = f"{self.cell.speakers[speaker].plays} model" if speaker else JUDGE
            fault = role if failure.by_model else INFRASTRUCTURE
            raise DialogueFailedError(fault, str(failure), failure.calls) from None

    def _asked(self, speaker: str | None, what: str, position: int) -> Asked:
        settings = self.cell.speakers[speaker] if speaker else None
        stage, planned = self.stage, self.planned
        return Asked(
            speaker=speaker,
            model=self.models[speaker or JUDGE],
            history=self.histories[speaker].messages if speaker else (),
            seed=lambda attempt: call_seed(
                stage.seed, what, self.persona.id, planned.replicate, position, attempt
            ),
            max_tokens=settings.max_tokens if settings else None,
            temperature=settings.temperature if settings else None,
            top_p=settings.top_p if settings else None,
        )


def _summed(calls: Sequence[Call]) -> Usage:
    usages = [c.reply.usage for c in calls if c.reply is not None]
    return Usage(
        sum(u.prompt_tokens for u in usages),
        sum(u.cached_tokens for u in usages),
        sum(u.completion_tokens for u in usages),
    )
