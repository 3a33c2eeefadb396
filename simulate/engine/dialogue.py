"""One dialogue: turn by turn, then its outcomes.

Nothing here knows how many other dialogues run at the same time. Every random choice is a pure
function of its identity, so a dialogue that is resumed goes on as if nothing had happened.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simulate.engine.events import DialogueEnded, DialogueStarted, Listener, TurnTaken
from simulate.engine.obtain import Asked, CallsFailedError, obtain
from simulate.errors import (
    BudgetReachedError,
    EndpointError,
    InputError,
    ParseError,
    RunFileError,
)
from simulate.models import ChatModel, Usage, cost_of
from simulate.population import Persona
from simulate.randomness import call_seed, uniform
from simulate.runfile import (
    CallRecord,
    DrawRecord,
    OutcomeRecord,
    PlannedDialogue,
    RunWriter,
    TurnRecord,
)
from simulate.scenario import (
    ANSWER,
    Cell,
    History,
    Outcome,
    Scenario,
    judge_messages,
    template_values,
)
from simulate.templating import render
from simulate.verbalized import METHODS, MethodSpec, ReplyDistribution, Steps, Task, judgement

__all__ = ["JUDGE", "Begun", "DialogueFailedError", "Stage", "play"]

JUDGE = "judge"
"""The name under which a judge's model can be set, as if it were a speaker."""

INFRASTRUCTURE = "infrastructure"


class DialogueFailedError(Exception):
    """A dialogue cannot go on.

    Attributes:
        fault: whose failure it is.
        reason: why.
        calls: the calls that led there.
    """

    def __init__(self, fault: str, reason: str, calls: Sequence[CallRecord]) -> None:
        super().__init__(reason)
        self.fault = fault
        self.reason = reason
        self.calls = calls


@dataclass(frozen=True, slots=True)
class Stage:
    """What all dialogues of a run share.

    Attributes:
        scenario: as it was resolved.
        seed: of the run.
        models: speaker name (or `judge`) to model, for each cell.
        writer: of the run file.
        tell: the listener.
        dialogue_timeout_s: seconds that one dialogue may take in one invocation.
    """

    scenario: Scenario
    seed: int
    models: Sequence[Mapping[str, ChatModel]]
    writer: RunWriter
    tell: Listener
    dialogue_timeout_s: float


@dataclass(frozen=True, slots=True)
class Begun:
    """What is already on file of a dialogue that is resumed.

    Attributes:
        turns: speaker, text and `ends` of each turn.
        outcomes: the outcomes that are measured.
    """

    turns: Sequence[tuple[str, str, bool]] = ()
    outcomes: Mapping[str, Any] | None = None


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
        self.histories: dict[str, History] = {}
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

    async def _steps(self, begun: Begun | None) -> list[CallRecord]:
        """Take the turns and measure the outcomes; return the calls of the outcomes."""
        stage, scenario = self.stage, self.stage.scenario
        order = scenario.order()
        most = scenario.turns.maximum * len(order)
        instructions = {name: self._instructions(name) for name in order}
        for name, text in instructions.items():
            values = template_values(self.cell, self.values, name)
            self.histories[name] = History.of(scenario, name, text, values)
        if begun is None:
            await stage.writer.start(self.planned.id, instructions)
            begun = Begun()
        ended = False
        for speaker, text, ends in begun.turns:
            self._said(speaker, text)
            ended = ends
        while len(self.turns) < most and not ended:
            self.position = len(self.turns)
            turn = await self._turn(self.position, order[self.position % len(order)])
            await stage.writer.turn(self.planned.id, turn)
            self._said(turn.speaker, turn.text)
            ended = turn.ends
            stage.tell(self._taken(turn))
        self.position = None
        calls: list[CallRecord] = []
        missing = [n for n in scenario.outcomes if n not in (begun.outcomes or {})]
        for name in missing:
            self.outcome = name
            record = await self._outcome(name, scenario.outcomes[name])
            calls += record.calls
            last = name == missing[-1]
            await stage.writer.finish(self.planned.id, [record], completed=last)
        if not missing:
            await stage.writer.finish(self.planned.id, [], completed=True)
        return calls

    async def _failed(self, fault: str, reason: str, calls: Sequence[CallRecord] = ()) -> None:
        await self.stage.writer.fail(
            self.planned.id, fault, reason, calls, self.position, self.outcome
        )
        self._tell_ended(calls, f"{fault}: {reason}")

    def _tell_ended(self, calls: Sequence[CallRecord], error: str | None = None) -> None:
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
                sum(c.tries - 1 for c in calls),
                sum(c.problem is not None for c in calls) if error is None else 0,
            )
        )

    def _instructions(self, name: str) -> str:
        values = template_values(self.cell, self.values, name)
        template = self.cell.speakers[name].instructions
        return render(template, values, f"speakers.{name}.instructions")

    def _said(self, speaker: str, text: str) -> None:
        self.turns.append((speaker, text))
        for history in self.histories.values():
            history.add(speaker, text)

    def _taken(self, turn: TurnRecord) -> TurnTaken:
        return TurnTaken(
            self.planned.id,
            turn.position,
            turn.speaker,
            len(turn.calls),
            _summed(turn.calls),
            sum(c.tries - 1 for c in turn.calls),
            turn.parse == "repaired" or any(c.problem is not None for c in turn.calls),
            cost_of([c.reply for c in turn.calls if c.reply is not None]),
        )

    async def _turn(self, position: int, name: str) -> TurnRecord:
        rules, speaker = self.stage.scenario.turns, self.cell.speakers[name]
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
        distribution, calls = await self._obtain(
            METHODS[speaker.method.name](speaker.method, task), name, what, position
        )
        chosen, draw = self._draw(distribution, speaker.method, what, position)
        candidate = distribution.candidates[chosen]
        said = candidate.text.casefold()
        return TurnRecord(
            position,
            name,
            candidate.text,
            distribution.parse if is_user else None,
            draw,
            candidate.ends or any(phrase.casefold() in said for phrase in rules.stop),
            calls,
        )

    async def _outcome(self, name: str, outcome: Outcome) -> OutcomeRecord:
        if outcome.answered:
            return OutcomeRecord(name, outcome.value(self.turns[0][1]))
        if outcome.matched:
            try:
                found = outcome.match(self.turns)
            except ParseError as error:
                raise DialogueFailedError("scenario", f"outcome {name}: {error}", ()) from None
            return OutcomeRecord(name, None if found is None else outcome.value(found))
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
        chosen, draw = self._draw(distribution, method, what, -1)
        value = outcome.value(distribution.candidates[chosen].text)
        return OutcomeRecord(name, value, distribution.parse, draw, calls)

    def _draw(
        self, distribution: ReplyDistribution, method: MethodSpec, what: str, position: int
    ) -> tuple[int, DrawRecord | None]:
        """Draw a candidate; a method that gives one reply only draws nothing."""
        if not method.verbalizes:
            return 0, None
        u = uniform(self.stage.seed, what, self.persona.id, self.planned.replicate, position)
        chosen = distribution.draw(u, method.draw)
        weights = distribution.weights.tolist()
        candidates = [
            (c.text, c.probability, w, c.ends)
            for c, w in zip(distribution.candidates, weights, strict=True)
        ]
        return chosen, DrawRecord(candidates, chosen, u, distribution.entropy())

    async def _obtain(
        self, steps: Steps, speaker: str | None, what: str, position: int
    ) -> tuple[ReplyDistribution, list[CallRecord]]:
        """Obtain a distribution from a speaker's model, or from the judge's where it is None."""
        settings = self.cell.speakers[speaker] if speaker else None
        stage, planned = self.stage, self.planned
        asked = Asked(
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
        try:
            return await obtain(steps, asked)
        except CallsFailedError as failure:
            role = f"{settings.plays} model" if settings else JUDGE
            fault = role if failure.by_model else INFRASTRUCTURE
            raise DialogueFailedError(fault, str(failure), failure.calls) from None


def _summed(calls: Sequence[CallRecord]) -> Usage:
    usages = [c.reply.usage for c in calls if c.reply is not None]
    return Usage(
        sum(u.prompt_tokens for u in usages),
        sum(u.cached_tokens for u in usages),
        sum(u.completion_tokens for u in usages),
    )
