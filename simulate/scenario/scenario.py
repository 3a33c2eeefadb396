"""The scenario: speakers, instructions, turn rules, outcomes, conditions."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from simulate.errors import ModelSpecError
from simulate.files.validation import first_problem, said
from simulate.models import ModelSpec, holds_secret
from simulate.scenario.checks import Check, Pattern
from simulate.scenario.outcomes import Outcome
from simulate.scenario.steps import Step
from simulate.targets import TargetConfig
from simulate.verbalized import AS_STATED, Draw, DrawSettings, MethodName, MethodSpec, WordingName
from simulate.verbalized.spec import Candidates, Rounds, Share, Temper

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=64)]


def _method(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value


Method = Annotated[MethodSpec, BeforeValidator(_method, json_schema_input_type=MethodSpec | str)]


def _harmless(spec: str) -> str:
    if holds_secret(spec):
        raise ValueError(
            "a model here must have no password or key in its URL: the scenario is stored in every "
            "run file and handed on; give the SPEC by SIMULATE_MODEL, or the key by OPENAI_API_KEY"
        )
    try:
        file = ModelSpec.parse(spec).file or ""
    except ModelSpecError as error:
        raise ValueError(str(error)) from None
    if PurePath(file).is_absolute() or ".." in file:
        raise ValueError(
            "a model here may name only a file in the folder of the run, or below it; name it on "
            "the command line"
        )
    return spec


ModelName = Annotated[str, AfterValidator(_harmless)]
Temperature = Annotated[float, Field(ge=0, le=5)]
Tokens = Annotated[int, Field(ge=1)]

MOST_TURNS = 1000
OPENING = "(The conversation begins. You speak first.)"


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Fact(_Strict):
    """Something that a user knows and tells when it is asked."""

    value: Annotated[str, Field(min_length=1)]
    """A template that sees `persona`, `cell` and `variables`."""
    looks_like: Pattern | None = None
    """What any value of this fact looks like; a user that says another one has made it up."""


def _fact(value: Any) -> Any:
    return {"value": value} if isinstance(value, str) else value


class Tail(_Strict):
    """Some turns of a user are asked for from the tail of what is plausible."""

    share: Annotated[float, Field(ge=0, le=1)]
    """What part of the turns."""
    below: Share = 0.1
    """The threshold of the tail: candidates less likely than this."""


class Speaker(_Strict):
    """A party of the dialogue."""

    plays: Literal["user", "assistant", "target"]
    """`user`: a simulated person, whose replies are drawn from a distribution; `assistant`: a
    model that answers directly; `target`: an external system under test."""
    person: str | None = None
    """How prompts name the speaker; by default “the” and its name."""
    instructions: str = ""
    """A Jinja template. It sees `persona` (its attributes, `id` and `prose`), `cell` (condition
    to level), `variables` and `speaker`."""
    method: Method = MethodSpec()
    """How a user's reply distribution is obtained and drawn from."""
    model: ModelName | None = None
    """A model SPEC; by default the run's model."""
    temperature: Temperature | None = None
    top_p: Share | None = None
    max_tokens: Tokens | None = None
    """The longest reply in tokens; a verbalized distribution gets k times as many and some."""
    target: TargetConfig | str | None = None
    """Only for `target`: a target SPEC, or what a target file says."""
    goal: str | None = None
    """Only for `user`: what the person wants to reach; a template."""
    facts: dict[
        Name, Annotated[Fact, BeforeValidator(_fact, json_schema_input_type=Fact | str)]
    ] = {}
    """Only for `user`: what the person knows and the others do not. Templates see them as
    `facts`."""
    patience: Annotated[int, Field(ge=1)] | str | None = None
    """Only for `user`: after how many turns of its own the person leaves; a number, or a template
    that renders to one."""
    tail: Tail | None = None
    """Only for `user`."""
    sends: Literal["as-written", "empty", "over-long"] | str = "as-written"
    """Only for `user`: what becomes of a reply before it is sent: nothing; nothing is left of it;
    it is repeated up to 20,000 characters. Or a template that renders to one of these."""

    @model_validator(mode="after")
    def _check(self) -> Speaker:
        if self.plays != "target" and self.target is not None:
            raise ValueError(f"target is set, but this speaker plays {self.plays}")
        if self.plays != "user":
            for field in ("goal", "facts", "patience", "tail"):
                if getattr(self, field):
                    raise ValueError(f"{field} is set, but this speaker plays {self.plays}")
            if self.sends != "as-written":
                raise ValueError(f"sends is set, but this speaker plays {self.plays}")
        if self.tail is not None and not self.method.states:
            raise ValueError(
                f"tail is set, but method {self.method.name} asks for no probabilities"
            )
        if self.plays != "user" and self.method.verbalizes:
            raise ValueError(
                f"method {self.method.name} gives a distribution, which only a speaker that plays "
                f"user has; this one plays {self.plays}"
            )
        return self


class MethodChange(_Strict):
    """What a level changes about a method.

    With `name` it is another method, whose options are those given here; without it, options that
    are left out stay as they are, so that two conditions can vary one option each.
    """

    name: MethodName | None = None
    k: Candidates | None = None
    rounds: Rounds | None = None
    draw: Draw | None = None
    wording: WordingName | None = None
    temper: Temper | None = None
    mix: Share | None = None
    below: Share | None = None
    prompt: str | None = None

    @model_validator(mode="after")
    def _check(self) -> MethodChange:
        if self.name is not None:
            self.applied(MethodSpec())
        return self

    def applied(self, base: MethodSpec) -> MethodSpec:
        """Return the method that this makes of another.

        Raises:
            ValueError: the method does not take one of the options.
        """
        given = {field: value for field, value in dict(self).items() if value is not None}
        try:
            return MethodSpec.model_validate(given if self.name else {**dict(base), **given})
        except ValidationError as error:
            problem = first_problem(error)
            dot = "." if error.errors()[0]["loc"] else ": "
            raise ValueError(f"method{dot}{problem}") from None


MethodLevel = Annotated[
    MethodChange, BeforeValidator(_method, json_schema_input_type=MethodChange | str)
]


class SpeakerChange(_Strict):
    """What a level changes about a speaker; a field that is left out stays as it is."""

    instructions: str | None = None
    method: MethodLevel | None = None
    model: ModelName | None = None
    temperature: Temperature | None = None
    top_p: Share | None = None
    max_tokens: Tokens | None = None
    target: TargetConfig | str | None = None
    tail: Tail | None = None


class Level(_Strict):
    """One level of a condition: what it changes."""

    speakers: dict[Name, SpeakerChange] = {}
    variables: dict[Name, Any] = {}


class Turns(_Strict):
    """Who speaks when, and when the dialogue ends."""

    first: Name | None = None
    """Who starts; by default the speaker that is listed first. Then they take turns in order."""
    maximum: Annotated[int, Field(ge=1, le=MOST_TURNS)] = 10
    """Turns of each speaker at most."""
    stop: list[Annotated[str, Field(min_length=1)]] = []
    """Phrases that end the dialogue with the turn in which they stand, in any case."""
    may_end: list[Name] = []
    """Users whose reply may end the dialogue: each candidate says whether it does."""
    opening: Annotated[str, Field(min_length=1)] = OPENING
    """What the speaker who starts is told in place of a first message, a Jinja template as the
    instructions are. Where there is one speaker only, it is the request that is answered."""

    def stopped_by(self, text: str) -> bool:
        """Tell whether a turn with this text ends the dialogue: a phrase of `stop` is in it."""
        said = text.casefold()
        return any(phrase.casefold() in said for phrase in self.stop)


class Defaults(_Strict):
    """What a run takes where the command line does not say."""

    n: Annotated[int, Field(ge=1)] = 10
    """Dialogues per cell."""
    replicates: Annotated[int, Field(ge=1)] = 1
    """Dialogues of the same persona within a cell."""
    # Left out of dumps where it is not given: it is no part of what a dialogue is.
    reply_words: Annotated[int | None, Field(ge=1, exclude_if=lambda v: v is None)] = None
    """How many words a reply usually has, for the estimate of `--dry-run`; by default one or two
    short sentences."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One combination of levels.

    Attributes:
        index: its place among the cells, from 0.
        levels: condition to level; empty where the scenario has no conditions.
        speakers: the speakers as this cell has them.
        variables: the variables as this cell has them.
    """

    index: int
    levels: dict[str, str]
    speakers: dict[str, Speaker]
    variables: dict[str, Any]

    @property
    def label(self) -> str:
        """The levels joined by `+`, such as `vs`; `all` where there are no conditions."""
        return "+".join(self.levels.values()) or "all"

    def draws_of(self, outcome: Outcome) -> DrawSettings:
        """Return how a candidate of an outcome is drawn: as the speaker that is asked draws."""
        if outcome.asked is None:
            return AS_STATED
        return self.speakers[outcome.asked.speaker].method.draw_settings


class Scenario(_Strict):
    """A situation that is simulated."""

    scenario: Name
    """The scenario's name."""
    title: str = ""
    description: str = ""
    source: str | None = None
    """What the situation is taken from."""
    population: str | None = None
    """A shipped population's name, or the path of a population file beside this one."""
    variables: dict[Name, Any] = {}
    """Values that the templates see as `variables`."""
    speakers: Annotated[dict[Name, Speaker], Field(min_length=1)]
    turns: Turns = Turns()
    conditions: dict[Name, Annotated[dict[Name, Level], Field(min_length=1)]] = {}
    """Each condition with its levels; the cells are their combinations."""
    outcomes: dict[Name, Outcome] = {}
    # Left out of dumps where it is not given, so that files begun before keep their identity.
    steps: Annotated[list[Step], Field(max_length=100, exclude_if=lambda v: not v)] = []
    """What happens, in order; by default everybody talks, then the outcomes are asked for. Outcomes
    that no step asks for are measured at the end."""
    checks: dict[Name, Check] = {}
    """What must hold; `simulate stress` says how often it does not."""
    compare: dict[Name, str] = {}
    """Outcome to reference: what the outcome is compared with by default."""
    defaults: Defaults = Defaults()

    @model_validator(mode="after")
    def _check(self) -> Scenario:
        known = ", ".join(self.speakers)

        def named(name: str | None, where: str) -> None:
            if name is not None and name not in self.speakers:
                raise ValueError(f"{where}: there is no speaker “{name}”; there are: {known}")

        named(self.turns.first, "turns.first")
        for name in self.turns.may_end:
            named(name, "turns.may_end")
            if self.speakers[name].plays != "user":
                raise ValueError(f"turns.may_end: “{name}” does not play user")
        for condition, levels in self.conditions.items():
            for label, level in levels.items():
                for name in level.speakers:
                    named(name, f"conditions.{condition}.{label}.speakers")
        for label, outcome in self.outcomes.items():
            if outcome.asked:
                named(outcome.asked.speaker, f"outcomes.{label}.asked.speaker")
                if self.speakers[outcome.asked.speaker].plays == "target":
                    raise ValueError(f"outcomes.{label}: a target cannot be asked")
            if outcome.matched:
                named(outcome.matched.speaker, f"outcomes.{label}.matched.speaker")
        for label, check in self.checks.items():
            named(check.speaker, f"checks.{label}.speaker")
        for label in self.compare:
            if label not in self.outcomes:
                raise ValueError(f"compare: there is no outcome “{label}”")
        self._check_steps(named)
        if self.is_task and self.talks:
            if self.turns.opening == OPENING:
                raise ValueError(
                    "turns.opening is missing: with one speaker it is the request that is answered"
                )
            if self.turns.maximum != 1:
                raise ValueError(
                    f"turns.maximum is {self.turns.maximum}: one speaker answers turns.opening "
                    "once and has nobody to talk to; set it to 1, or add a speaker"
                )
        answered = [label for label, outcome in self.outcomes.items() if outcome.answered]
        if answered and (not self.is_task or not self.talks or len(answered) > 1):
            raise ValueError(
                f"outcomes.{answered[-1]}.answered: only a scenario with one speaker has an "
                "answer, and one outcome is it; take asked, or matched"
            )
        self.cells()
        return self

    def _check_steps(self, named: Callable[[str | None, str], None]) -> None:
        asked: list[str] = []
        said = 0
        for number, step in enumerate(self.steps):
            where = f"steps.{number}"
            said += self.quota(step) if step.say is not None else 0
            if self.is_task and said > 1:
                raise ValueError(
                    f"{where}.say: one speaker answers once and has nobody to talk to; give "
                    "`say: 1` once, or add a speaker"
                )
            if step.given is not None and self.is_task:
                raise ValueError(
                    f"{where}.given: one speaker answers, and has no turns before that"
                )
            if said > MOST_TURNS:
                raise ValueError(
                    f"{where}.say: at most {MOST_TURNS:,} turns of each speaker in all"
                )
            if step.given is not None and number:
                raise ValueError(
                    f"{where}.given: a dialogue begins with what is given: put it first"
                )
            heard = [turn.speaker for turn in step.given or ()] + [s.to for s in [step.show] if s]
            for name in heard:
                named(name, where)
                if self.speakers[name].plays == "target":
                    raise ValueError(
                        f"{where}: “{name}” plays target; what it says or sees is its own affair"
                    )
            for label in step.ask or ():
                if label not in self.outcomes:
                    raise ValueError(f"{where}.ask: there is no outcome “{label}”")
                if label in asked:
                    raise ValueError(f"{where}.ask: outcome “{label}” is asked for twice")
                if self.is_task and not said and not self.outcomes[label].asked:
                    raise ValueError(
                        f"{where}.ask: “{label}” is read from the turn: ask for it after `say`"
                    )
                asked.append(label)

    def program(self) -> tuple[Step, ...]:
        """Return the steps of a dialogue, in order; outcomes that no step names come last."""
        asked = {label for step in self.steps for label in step.ask or ()}
        left = [label for label in self.outcomes if label not in asked]
        steps = self.steps or [Step(say="all")]
        return (*steps, *([Step(ask=left)] if left else ()))

    @property
    def talks(self) -> bool:
        """Whether anybody is asked for a turn."""
        return not self.steps or any(step.say is not None for step in self.steps)

    @property
    def most_turns(self) -> int:
        """How many turns a dialogue has at most, those that are given included."""
        says = [self.quota(step) for step in self.program() if step.say is not None]
        given = sum(len(step.given or ()) for step in self.steps)
        return given + sum(says) * len(self.speakers)

    def quota(self, step: Step) -> int:
        """Return how many turns of each speaker a step `say` has at most."""
        return self.turns.maximum if step.say == "all" else step.say or 0

    @property
    def answer(self) -> Outcome | None:
        """The outcome that the one turn of a task answers; None where the turn is free text."""
        return next((o for o in self.outcomes.values() if o.answered), None)

    @property
    def is_task(self) -> bool:
        """Whether one speaker answers one request: a dialogue of one turn."""
        return len(self.speakers) == 1

    @property
    def name(self) -> str:
        """The scenario's name, which its file calls `scenario`."""
        return self.scenario

    def cells(self) -> tuple[Cell, ...]:
        """Return the combinations of levels, the last condition varying fastest."""
        cells = []
        combinations = itertools.product(*(levels.items() for levels in self.conditions.values()))
        for index, chosen in enumerate(combinations):
            speakers = dict(self.speakers)
            variables = dict(self.variables)
            levels = dict(zip(self.conditions, (label for label, _ in chosen), strict=True))
            for condition, (label, level) in zip(self.conditions, chosen, strict=True):
                variables |= level.variables
                for name, change in level.speakers.items():
                    changed = {k: v for k, v in dict(change).items() if v is not None}
                    if change.method is not None:
                        changed["method"] = change.method.applied(speakers[name].method)
                    merged = {**dict(speakers[name]), **changed}
                    try:
                        speakers[name] = Speaker.model_validate(merged)
                    except ValidationError as error:
                        why = said(error.errors()[0])
                        where = f"conditions.{condition}.{label}.speakers.{name}"
                        raise ValueError(f"{where}: {why}") from None
            cells.append(Cell(index, levels, speakers, variables))
        return tuple(cells)

    def order(self) -> tuple[str, ...]:
        """Return the speakers in the order in which they take turns."""
        names = tuple(self.speakers)
        start = names.index(self.turns.first) if self.turns.first else 0
        return names[start:] + names[:start]

    def person(self, speaker: str) -> str | None:
        """Return how prompts name a speaker; None for the one speaker of a task, unless named."""
        if self.is_task:
            return self.speakers[speaker].person
        return self.speakers[speaker].person or "the " + re.sub(r"[-_.]+", " ", speaker)
