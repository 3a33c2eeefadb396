"""The read model of a run: dialogues with their turns, outcomes, verdicts and model calls.

What is written to a run file and what is read from it are the same records. Whoever exports, shows,
compares or checks a run works on them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from simulate.models import ChatReply, Usage
from simulate.population import Persona
from simulate.record import record
from simulate.scenario import Answer, Cell, OutcomeScalar
from simulate.targets import ToolCall
from simulate.targets.history import rounds
from simulate.verbalized import WORDLESS, Parse, RecordedDraw, ReplyDistribution, log_weight

NEXT = "next"
"""What the draw is called of whom a moderator calls on."""

Status = Literal["planned", "running", "completed", "failed"]
UNFINISHED: frozenset[Status] = frozenset({"planned", "running"})
"""How a dialogue stands that goes on when its run does."""

Verdict = Literal["pass", "fail", "abstain", "error"]
"""What a check says: it holds, it does not, it cannot tell, or it could not be carried out."""

AttributedTo = Literal["target", "user"]
"""Whose fault a failed check is: that of the speaker under test, or the simulated user's."""


@record(frozen=True, slots=True)
class Turn:
    """An utterance.

    Attributes:
        index: from 0.
        speaker: who speaks.
        text: what is said.
        messages: the single messages of a target's turn; elsewhere the text alone. None for a
            speaker that leaves without a word.
        tool_calls: what a target reports to have called.
        latency_s: seconds that a target took; None elsewhere.
        ends: whether the turn ended the dialogue.
        parse: `clean` or `repaired`; None for a speaker that draws nothing.
        draws: the chain of draws that made it, the last one of the reply; empty where nothing was
            drawn.
        below: the threshold of the tail where it was asked for from there, in (0, 1]; else None.
        given: whether it was given, by the scenario or by the parent of a branch, and neither drawn
            nor asked for here. That of a branch keeps what its parent drew it from.
        threshold: what each candidate was to be less likely than, in (0, 1]: `below`, or that of
            the speaker's method; None where any was asked for.
    """

    index: int
    speaker: str
    text: str
    messages: tuple[str, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    latency_s: float | None = None
    ends: bool = False
    parse: Parse | None = None
    draws: tuple[RecordedDraw, ...] = ()
    below: float | None = None
    given: bool = False
    threshold: float | None = None

    @property
    def said(self) -> str | None:
        """What the others hear; None where the speaker leaves without a word."""
        silent = self.ends and not (self.text or self.messages or self.tool_calls)
        return None if silent else self.text

    @property
    def shown(self) -> str:
        """The text for readers, which says so where the speaker leaves without a word."""
        return WORDLESS if self.said is None else self.text

    @property
    def parts(self) -> list[str | ToolCall]:
        """What is said and called, in order; of a turn without calls, the text for readers."""
        if not self.tool_calls:
            return [self.shown]
        messages = self.messages or ((self.text,) if self.text else ())
        found: list[str | ToolCall] = []
        for said in rounds(messages, self.tool_calls):
            found += [said.text] if said.text else []
            found += said.tool_calls
        return found

    @property
    def tail(self) -> bool:
        """Whether it was asked for from the tail of what is plausible."""
        return self.below is not None

    @property
    def called(self) -> str | None:
        """Whom a moderator called on, where that was drawn."""
        return next((d.candidate.text for d in self.draws[:-1] if d.what == NEXT), None)

    @property
    def draw(self) -> RecordedDraw | None:
        """The draw of the reply; None where none was drawn."""
        return self.draws[-1] if self.draws else None

    @property
    def picks(self) -> tuple[RecordedDraw, ...]:
        """What was drawn before the reply, such as an act; of the tail, `below` tells."""
        return tuple(draw for draw in self.draws[:-1] if draw.what != "tail")

    @property
    def distribution(self) -> ReplyDistribution | None:
        """What the reply was drawn from; None where none was drawn."""
        return self.draws[-1].distribution if self.draws else None

    @property
    def chain(self) -> tuple[RecordedDraw, ...]:
        """Its draws, given the part of a mixture, and whether it is of the tail."""
        return tuple(draw for draw in self.draws if draw.what not in ("tail", "part"))

    @property
    def entropy(self) -> float | None:
        """Of its draws together, in nats; None where nothing was drawn."""
        chain = self.chain
        return math.fsum(draw.distribution.entropy() for draw in chain) if chain else None

    @property
    def weight(self) -> float | None:
        """The product of the weights of what was drawn; None where nothing was drawn."""
        chain = self.chain
        return math.prod(float(d.distribution.weights[d.chosen]) for d in chain) if chain else None

    def threshold_of(self, draw: RecordedDraw) -> float | None:
        """Return what each candidate of one of its draws was to be less likely than, or None."""
        return None if draw.what in ("tail", "part", NEXT) else self.threshold

    @property
    def log_weight(self) -> float:
        """The logarithm of its weight back to the stated probabilities; 0 where none was drawn."""
        return 0.0 if self.given else log_weight(self.draws)


class ValueCandidate(NamedTuple):
    """One candidate of an outcome.

    Attributes:
        value: typed; None where it does not apply, or a matched outcome of a task does not match
            the candidate.
        probability: as the model stated it, or None.
        weight: in [0, 1].
        chance: how likely it was to be drawn, in [0, 1].
        applies: whether the outcome applies by this candidate.
    """

    value: OutcomeScalar | None
    probability: float | None
    weight: float
    chance: float
    applies: bool = True


UNMEASURED = -1.0
"""On file, the seconds that a turn took where nobody measured it, as of one out of a log."""


@dataclass(frozen=True, slots=True)
class OutcomeValue:
    """A measured outcome of a dialogue.

    Attributes:
        name: the outcome's name.
        value: None where it is missing, or does not apply.
        parse: `clean` or `repaired`; None where nothing was asked.
        draws: the chain of draws that made it; empty where nothing was drawn. What is answered or
            matched by the one turn of a task was drawn with that turn.
        answers: what each candidate of the last draw says; missing where a matched outcome of a
            task does not match the candidate.
        applies: whether the outcome applies to the dialogue; False is no missing value.
        possible: returns the values that a computed outcome could have had; None of any other.
    """

    name: str
    value: OutcomeScalar | None
    parse: Parse | None = None
    draws: tuple[RecordedDraw, ...] = ()
    answers: tuple[Answer, ...] = ()
    applies: bool = True
    possible: Callable[[], tuple[ValueCandidate, ...] | None] | None = field(
        default=None, compare=False, repr=False
    )

    @property
    def answer(self) -> Answer:
        """The value, or that it does not apply."""
        return Answer(self.value, self.applies)

    @property
    def draw(self) -> RecordedDraw | None:
        """The draw of the value; None where none was drawn."""
        return self.draws[-1] if self.draws else None

    @property
    def picks(self) -> tuple[RecordedDraw, ...]:
        """What was drawn before the answer, such as an act; nothing where no answer was asked."""
        return () if self.parse is None else self.draws[:-1]

    @property
    def candidates(self) -> tuple[ValueCandidate, ...] | None:
        """The values that could have been drawn; None where none was drawn.

        Of a computed outcome, those that follow from what could have been drawn; see
        `computed_values`.
        """
        draw = self.draw
        if draw is None:
            return None if self.possible is None else self.possible()
        stated = [c.probability for c in draw.distribution.candidates]
        weights, chances = draw.distribution.weights.tolist(), draw.chances.tolist()
        each = zip(self.answers, stated, weights, chances, strict=True)
        return tuple(ValueCandidate(a.value, p, w, c, a.applies) for a, p, w, c in each)


def when_asked(speaker: str) -> str:
    """Return the name under which instructions are kept that stand before questions only."""
    return f"{speaker}:asked"


class OutcomeRow(NamedTuple):
    """One outcome of one dialogue that began, read without the rest of the dialogue.

    Attributes:
        cell: the cell's index.
        persona: the persona's id.
        replicate: the n-th dialogue of the same cell and persona.
        status: of the dialogue.
        measured: None where it is not measured yet, or never will be.
        excluded: the rule of the scenario that leaves the dialogue out; None for none.
        decides: whether the value that was drawn decides if the dialogue is left out.
    """

    cell: int
    persona: str
    replicate: int
    status: Status
    measured: OutcomeValue | None
    excluded: str | None = None
    decides: bool = False

    @property
    def counts(self) -> bool:
        """Whether the dialogue takes part in analyses."""
        return self.status == "completed" and self.excluded is None

    @property
    def value(self) -> OutcomeScalar | None:
        """None where it is missing, or does not apply."""
        return None if self.measured is None else self.measured.value

    @property
    def applies(self) -> bool:
        """Whether the outcome applies to the dialogue; one that is missing may."""
        return self.measured is None or self.measured.applies

    @property
    def candidates(self) -> tuple[ValueCandidate, ...] | None:
        """See `OutcomeValue.candidates`; None where the value decides if the dialogue is left out.

        By its value a dialogue is left out, so that of those that are not, the other candidates
        are not what could have been drawn.
        """
        return None if self.measured is None or self.decides else self.measured.candidates


class SharedCall(NamedTuple):
    """Where a request stands in a run whose dialogues share answers.

    Attributes:
        number: its place among those of its dialogue, from 0.
        prefix: a hash of all that the dialogue has asked up to here, the request included.
        payer: the id of the dialogue whose call it was; None where it is its dialogue's own.
    """

    number: int
    prefix: bytes
    payer: int | None = None


@record(frozen=True, slots=True)
class Call:
    """A model call.

    Attributes:
        speaker: whose history it continues; None for a judge.
        ask: the n-th call for the same thing, from 0.
        model: the model's name.
        request: the messages after the history.
        schema: the JSON Schema that was asked for, or None.
        seed: the seed that was offered to the model.
        reply: what came; None where nothing did.
        problem: why the reply could not be used; None where it could.
        failed_attempts: how often the request was sent where no reply came, at least 1.
        turn: the turn that it was made for, or None.
        outcome: the outcome, or `check:NAME`, that it was made for, or None.
        history: the messages before the request; empty where they are not asked for.
        paid: tokens of answers that could not be used, where no reply came.
        paid_usd: what those cost; None where the price is unknown.
        shared: where it stands among the answers that dialogues share; None where it is not kept.
    """

    speaker: str | None
    ask: int
    model: str
    request: Sequence[Mapping[str, str]]
    schema: Mapping[str, Any] | None
    seed: int
    reply: ChatReply | None
    problem: str | None = None
    failed_attempts: int = 1
    turn: int | None = None
    outcome: str | None = None
    history: Sequence[Mapping[str, str]] = ()
    paid: Usage = field(default_factory=Usage)
    paid_usd: float | None = None
    shared: SharedCall | None = None

    @property
    def taken(self) -> bool:
        """Whether another dialogue made the call, and this one was given its answer."""
        return self.shared is not None and self.shared.payer is not None

    @property
    def usage(self) -> Usage:
        """Tokens spent, whether a reply came of it or not."""
        return self.paid if self.reply is None else self.reply.usage

    @property
    def cost_usd(self) -> float | None:
        """What it cost; None where the price is unknown."""
        return self.paid_usd if self.reply is None else self.reply.cost_usd

    @property
    def attempts(self) -> int:
        """How often the request was sent; 0 where another dialogue made the call."""
        if self.taken:
            return 0
        return self.failed_attempts if self.reply is None else self.reply.attempts

    @property
    def prompt(self) -> list[Mapping[str, str]]:
        """The messages as they were sent."""
        return [*self.history, *self.request]


DID_NOT_APPLY = "what it comes `after` was never said"
"""The reason of a check that passes because there is nothing to look at."""
NOT_CALLED = "its tool was never called"
NOTHING_SAID = "it says nothing that needs a call"
NOTHING_THERE = frozenset({DID_NOT_APPLY, NOT_CALLED, NOTHING_SAID})
"""All such reasons."""


@dataclass(frozen=True, slots=True)
class CheckVerdict:
    """What a check says of a dialogue.

    Attributes:
        check: the check's name.
        verdict: `pass`, `fail`, `abstain` (it cannot tell) or `error` (it could not be carried
            out; `reason` says why).
        attributed_to: the user where a simulated user is the one looked at, else the target;
            whatever the verdict is.
        probability: of `fail`, as a judge states it; None where no model judged.
        turn: the index of the turn that shows it, or None.
        reason: why, in one sentence; empty where it passes without more to say.
        quote: what was said there, word for word; empty where nothing shows it.
        disagreement: share of a judge's votes that differ from the verdict, in [0, 1] (1 where
            they are tied, and the verdict is to abstain); None where no model judged.
        calls: the model calls of a judge; empty when it is read from a run file.
    """

    check: str
    verdict: Verdict
    attributed_to: AttributedTo
    probability: float | None = None
    turn: int | None = None
    reason: str = ""
    quote: str = ""
    disagreement: float | None = None
    calls: Sequence[Call] = ()

    @property
    def applied(self) -> bool:
        """Whether there was anything to look at; a check that did not apply passes."""
        return self.reason not in NOTHING_THERE


class Spent(NamedTuple):
    """What model calls took together.

    Attributes:
        calls: calls that were answered.
        prompt_tokens: read.
        cached_tokens: those of them that a cache held.
        completion_tokens: written.
        cost_usd: None as soon as the cost of one call is unknown.
    """

    calls: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float | None = None


class Branch(NamedTuple):
    """Where a dialogue branches off another one.

    Attributes:
        parent: the key of the dialogue that it branches off.
        root: the key of the dialogue that all these branches begin with.
        turn: the turn at which another candidate was taken.
        chosen: the index of that candidate.
    """

    parent: str
    root: str
    turn: int
    chosen: int


@dataclass(frozen=True, slots=True)
class Dialogue:
    """One dialogue of a run, as committed at one moment.

    Attributes:
        id: its place in the plan, from 0.
        key: a hash of what it is, known before it runs.
        cell: its cell.
        persona: who the first user is; keys all randomness.
        replicate: the n-th dialogue of the same cell and persona, from 0.
        status: planned, running, completed or failed.
        fault: whose failure it is, where it failed.
        error: why, where it failed.
        turns: in order.
        outcomes: by name, those that are measured so far.
        verdicts: by name.
        state: a target's state after the dialogue; None where there is none.
        spent: what its model calls took.
        personas: those of the speakers that have one of their own.
        branch: where it branches off another dialogue; None where it does not.
        asked: outcomes in the order in which they were asked for, where dialogues have orders of
            their own; else empty.
    """

    id: int
    key: str
    cell: Cell
    persona: Persona
    replicate: int
    status: Status
    fault: str | None
    error: str | None
    turns: tuple[Turn, ...] = ()
    outcomes: Mapping[str, OutcomeValue] = field(default_factory=dict)
    verdicts: tuple[CheckVerdict, ...] = ()
    state: Any = None
    spent: Spent = field(default_factory=Spent)
    personas: Mapping[str, Persona] = field(default_factory=dict)
    branch: Branch | None = None
    asked: tuple[str, ...] = ()

    def turns_of(self, plays: str) -> tuple[Turn, ...]:
        """Return the turns of the speakers that play something, such as `user`."""
        speakers = self.cell.speakers
        return tuple(turn for turn in self.turns if speakers[turn.speaker].plays == plays)
