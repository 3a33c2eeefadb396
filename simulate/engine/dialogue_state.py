"""The state of one dialogue while it is played: what was said, and who remembers what."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from simulate.engine.memory import Memory
from simulate.engine.prefix_sharing import Sharer
from simulate.engine.run_context import DialogueFailedError, RunContext, Work, role_of
from simulate.engine.sampling import Asked, CallsFailedError, obtain
from simulate.files.templates import variables_of
from simulate.randomness import call_seed, generator, uniform
from simulate.runfile import Call, Turn, when_asked
from simulate.runfile.dialogue import NEXT
from simulate.runfile.faults import INFRASTRUCTURE
from simulate.scenario import (
    History,
    Moment,
    instructions_of,
    patience,
    speaker_names,
    template_values,
    turn_task,
)
from simulate.scenario.addressing import Addressing
from simulate.scenario.asking import PlannedAsk
from simulate.scenario.reserved_names import JUDGE
from simulate.scenario.turn_order import TurnOrder
from simulate.verbalized import (
    DrawSettings,
    Message,
    MethodSpec,
    Pick,
    RecordedDraw,
    ReplyDistribution,
    StepsOf,
    recorded,
    standing_request,
    tail_first,
)

T = TypeVar("T")


class DialogueState:
    """What one dialogue has come to so far.

    Args:
        context: what all dialogues of the run share.
        work: which dialogue it is, of which cell and persona.

    Attributes:
        turns: all turns so far, in order; without their draws, where these matter no more.
        said: speaker and text of each of them; a leave without a word is not said.
        histories: the prompt of each speaker, as it grows.
        instructions: of each speaker, rendered.
        before_question: as they stand before the question of an outcome, where that differs.
        tasks: of each speaker, what is asked of it whenever it is to say something.
        names: of each speaker, what a line of its own, or of another's, may be labelled with.
        position: the index of the turn that is being taken, or None.
        over: whether somebody has ended the talk, so that nothing more is said.
        outcome: the outcome that is being measured, or None.
        moment: when it is: before, amid or after the talk; None where there is no talk.
        measured: the outcomes that are measured.
        memory: what is remembered of the outcomes that are asked for.
        asks: the outcomes of each step of the cell, in the order of this dialogue.
        sharer: it among the dialogues that it shares answers with; None where it does not.

    Raises:
        InputError: a template of the scenario cannot be rendered.
    """

    def __init__(self, context: RunContext, work: Work) -> None:
        self.context = context
        self.cell = work.cell
        self.persona = work.persona
        self.personas = work.personas
        self.id = work.planned.id
        self.replicate = work.planned.replicate
        self.branch = work.branch
        self.order = context.scenario.order()
        self.turns: list[Turn] = []
        # What was not drawn is the greater part of a dialogue, and on file.
        self._draws_matter = (
            context.examiner is not None
            or self.cell.turns.order != "round-robin"
            or any(
                m.draw == "tail-first" for s in self.cell.speakers.values() for m in s.method.asking
            )
        )
        self.said: list[Turn] = []
        self.position: int | None = None
        self.over = False
        self.outcome: str | None = None
        self.moment: Moment | None = None
        on_file = work.begun.outcomes if work.begun else {}
        self.measured = {name: outcome.answer for name, outcome in on_file.items()}
        seen = {name: self.values(name) for name in self.order}
        own = {name: persona.attributes for name, persona in self.personas.items()}
        self.names = {
            name: speaker_names(self.cell, name, self.persona.attributes, own)
            for name in self.order
        }
        self.tasks = {
            name: turn_task(context.scenario, self.cell, name, seen[name], self.names[name])
            for name in self.order
        }
        standing = {
            name: self._standing(name, self.cell.speakers[name].method) for name in self.order
        }
        self.tasks |= {
            name: replace(self.tasks[name], place="told") for name, each in standing.items() if each
        }
        self.instructions = {
            name: instructions_of(self.cell, name, seen[name], each)
            for name, each in standing.items()
        }
        # Before a question they tell the request of `direct` in every cell, which is what the talk
        # looks like, so that the method of the talk does not reach an answer.
        asked = {each.asked.speaker for each in context.scenario.outcomes.values() if each.asked}
        self.before_question = {
            name: instructions_of(self.cell, name, seen[name], plain)
            for name in self.order
            if name in asked and (plain := self._standing(name, MethodSpec())) != standing[name]
        }
        self.histories = {
            name: History.of(context.scenario, self.cell, name, text, seen[name])
            for name, text in self.instructions.items()
        }
        self.memory = Memory(self.histories)
        self.asks = [
            self._in_order(step.ask) if isinstance(step.ask, PlannedAsk) else []
            for step in self.cell.steps
        ]
        self._limits = {
            name: patience(self.cell.speakers[name], seen[name], name) for name in self.order
        }
        self.sharer = (
            context.sharing.join(work.planned, work.siblings)
            if context.sharing is not None and work.siblings is not None
            else None
        )

    def _in_order(self, step: PlannedAsk) -> list[str]:
        """Return the outcomes of a step in the order of this dialogue."""
        given = self.branch is not None and not self.branch.asked.isdisjoint(step.outcomes)
        who = (self.persona.id, self.replicate)
        return step.in_dialogue(
            self.context.scenario.outcomes,
            lambda what: generator(self.context.seed, what if given else self._own(what), *who),
        )

    def _own(self, what: str) -> str:
        """Return the name of a choice of this dialogue; a branch's is not its parent's."""
        return what if self.branch is None else f"branch:{self.branch.key}:{what}"

    def values(self, speaker: str) -> dict[str, object]:
        """Return what the templates of a speaker, or a judge, see."""
        return template_values(self.cell, self.persona, speaker, self.personas)

    def _standing(self, name: str, method: MethodSpec) -> str:
        """Return the request that the instructions tell; empty without a place for it or a talk."""
        template, where = self.cell.speakers[name].instructions, f"speakers.{name}.instructions"
        if not self.cell.talks or "request" not in variables_of(template, where):
            return ""
        return standing_request(method, self.tasks[name])

    @property
    def on_file(self) -> dict[str, str]:
        """All instructions, by the name under which the run file keeps them."""
        told = {when_asked(name): text for name, text in self.before_question.items()}
        return {**self.instructions, **told}

    def _messages(self, speaker: str, position: int) -> Sequence[Message]:
        """Return the prompt of a speaker before what it is asked; −1 where that is an outcome."""
        messages: Sequence[Message] = self.histories[speaker].messages
        if position >= 0:
            return messages
        remembered = self.memory.messages(speaker)
        if speaker not in self.before_question:
            return [*messages, *remembered] if remembered else messages
        told = self.before_question[speaker]
        first = [{"role": "system", "content": told}] if told else []
        return [*first, *messages[1 if self.instructions[speaker] else 0 :], *remembered]

    def add(self, turn: Turn) -> None:
        """Add a turn, which everybody hears."""
        self.turns.append(turn if self._draws_matter else replace(turn, draws=()))
        said = turn.said
        if said is not None:
            self.said.append(self.turns[-1])
        for history in self.histories.values():
            history.add(turn.speaker, said)

    def committed(self, calls: Sequence[Call]) -> None:
        """Share the answers of calls that are on file."""
        if self.sharer is not None:
            self.sharer.committed(calls)

    def show(self, to: str, text: str) -> None:
        """Put something before a speaker, which nobody else sees."""
        self.histories[to].show(to, text)

    def turn_order(self, say: int) -> TurnOrder | None:
        """Return whose turn it is in a step that says so many; None where turns go round."""
        turns = self.cell.turns
        if turns.order == "round-robin":
            return None
        addressed = Addressing({name: names.own for name, names in self.names.items()}).addressed
        return TurnOrder(turns, self.order, say, addressed)

    def next_speaker(self, order: TurnOrder | None = None) -> str | None:
        """Return whose turn it is; None where the dialogue is over.

        Args:
            order: of the step; None where turns go round.
        """
        if not self.turns:
            name = self.order[0]
        elif self.turns[-1].ends:
            return None
        elif order is not None:
            last = self.turns[-1]
            whose = order.next(last.speaker, last.said or "", last.called)
            if whose is None:
                return None
            name = whose
        else:
            at = self.order.index(self.turns[-1].speaker)
            name = self.order[(at + 1) % len(self.order)]
        limit = self._limits[name]
        if limit is not None and sum(turn.speaker == name for turn in self.said) >= limit:
            return None
        return name

    def u(self, what: str, position: int = -1, *, shared: bool = False) -> float:
        """Return the random number in [0, 1) that belongs to a choice of this dialogue.

        Args:
            what: names the choice.
            position: the turn index; -1 where no turn is concerned.
            shared: whether a branch makes the choice of its parent.
        """
        who = (self.persona.id, self.replicate)
        return uniform(self.context.seed, what if shared else self._own(what), *who, position)

    def luck(self, what: str, number: int) -> float:
        """Return the random number in [0, 1) of something that nobody chooses, such as a fault.

        A branch meets what its parent met.
        """
        return self.u(what, number, shared=True)

    def draw(
        self,
        distribution: ReplyDistribution,
        method: MethodSpec,
        what: str,
        name: str,
        position: int = -1,
        picks: Sequence[RecordedDraw] = (),
    ) -> tuple[RecordedDraw, ...]:
        """Draw a candidate, and return the chain; a method that gives one reply draws nothing.

        Args:
            distribution: what is drawn from.
            method: how it was obtained, and how it is drawn from.
            what: names the choice, such as `reply:ada`.
            name: what the draw is called on file.
            position: the turn index; -1 where no turn is concerned.
            picks: what was drawn before, and so stands before it in the chain.
        """
        if not (method.verbalizes or picks):
            return ()
        settings = self._settings(method.drawn(picks).draw_settings, position, picks)
        drawn = recorded(distribution, settings, name, self.u(what, position))
        return (*picks, drawn)

    def _settings(
        self, settings: DrawSettings, position: int, picks: Sequence[RecordedDraw]
    ) -> DrawSettings:
        """Return how a candidate is drawn now, where that hangs on what was drawn before."""
        if position < 0:
            return settings.of_outcome
        if settings.rule != "tail-first":
            return settings
        draws = (draw for turn in self.turns for draw in self._of_method(turn))
        return tail_first(each for each in (*draws, *picks) if each.flattened is not None)

    def _of_method(self, turn: Turn) -> Sequence[RecordedDraw]:
        """Return the draws of a turn if they were drawn tail-first."""
        of_reply = [draw for draw in turn.draws if draw.what != NEXT]
        if not of_reply:
            return ()
        method = self.cell.speakers[turn.speaker].method.drawn(of_reply)
        return of_reply if method.draw == "tail-first" else ()

    async def obtain(
        self,
        steps: StepsOf[T],
        method: MethodSpec,
        speaker: str | None,
        what: str,
        position: int = -1,
    ) -> tuple[T, list[Call], Sequence[RecordedDraw]]:
        """Obtain a distribution from a speaker's model, or from the judge's where it is None.

        Args:
            steps: the calls and draws that it takes.
            method: what they are of.
            speaker: whose model is asked.
            what: names what it is for, such as `reply:ada`.
            position: the turn index; -1 where no turn is concerned.

        Returns:
            The distribution, the calls, and what the method drew before the reply.

        Raises:
            DialogueFailedError: none came.
            EndpointError: no request can succeed as things stand.
        """
        picks: list[RecordedDraw] = []

        def pick(choice: Pick) -> RecordedDraw:
            whose = f"{speaker}" if choice.once else what
            again = sum(earlier.what == choice.what for earlier in picks)
            key = f"{choice.what}:{whose}" + (f":{again}" if again else "")
            shared = choice.once and self.branch is not None and speaker in self.branch.speakers
            u = self.u(key, -1 if choice.once else position, shared=shared)
            settings = self._settings(choice.settings, position, picks)
            picks.append(recorded(choice.distribution, settings, choice.what, u))
            return picks[-1]

        user = speaker is not None and self.cell.speakers[speaker].plays == "user"

        def replicate() -> int:
            """Return whose seed a call has: what replicates may share is asked with that of one.

            One reply of a user is no distribution: replicates that shared it would be copies.
            """
            alike = self.sharer and (not user or method.drawn(picks).verbalizes)
            return 0 if alike else self.replicate

        asked = self.asked(speaker, what, position, pick, replicate, sharer=self.sharer)
        try:
            return *await obtain(steps, asked), picks
        except CallsFailedError as failure:
            role = f"{self.cell.speakers[speaker].plays} model" if speaker else JUDGE
            fault = role if failure.by_model else INFRASTRUCTURE
            raise DialogueFailedError(fault, str(failure), failure.calls) from None

    def asked(
        self,
        speaker: str | None,
        what: str,
        position: int = -1,
        pick: Callable[[Pick], RecordedDraw] | None = None,
        replicate: Callable[[], int] | None = None,
        sharer: Sharer | None = None,
    ) -> Asked:
        """Return whom to ask, and how; the judge where the speaker is None."""
        settings = self.cell.speakers[speaker] if speaker else None
        named, who = self._own(what), self.persona.id

        def seed(ask: int) -> int:
            number = self.replicate if replicate is None else replicate()
            return call_seed(self.context.seed, named, who, number, position, ask)

        models = self.context.models[self.cell.index]
        parts = (settings.method.parts if settings else None) or {}
        return Asked(
            speaker=speaker,
            model=models[speaker or JUDGE],
            history=self._messages(speaker, position) if speaker else (),
            seed=seed,
            max_tokens=settings.max_tokens if settings else None,
            temperature=settings.temperature if settings else None,
            top_p=settings.top_p if settings else None,
            pick=pick,
            parts={n: models[role_of(f"{speaker}", n)] for n, p in parts.items() if p.model},
            sharer=sharer,
            dialogue=self.id,
        )

    def missing(self) -> list[str]:
        """Return the outcomes that are not measured yet, in the order of the steps."""
        return [label for asked in self.asks for label in asked if label not in self.measured]
