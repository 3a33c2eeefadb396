"""A method and its options."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StringConstraints,
    model_validator,
)

from simulate.errors import InputError
from simulate.files.strict import Strict
from simulate.registry import Modules, Registry
from simulate.verbalized.asking import Steps
from simulate.verbalized.draw_settings import Draw, DrawSettings
from simulate.verbalized.draws import RecordedDraw
from simulate.verbalized.prompts import LATEST, PromptVersion, shipped
from simulate.verbalized.task import Task
from simulate.verbalized.wording import WORDINGS, Wording, WordingName

Count = int | Literal["auto"]

# The ranges of the options, which a change of a method has too.
Candidates = Annotated[int, Field(ge=1, le=100)] | Literal["auto"]
Rounds = Annotated[int, Field(ge=2, le=20)]
Temper = Annotated[float, Field(gt=0, le=100)]
Share = Annotated[float, Field(gt=0, le=1)]
Act = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Acts = Annotated[tuple[Act, ...], Field(max_length=100)]

UNSAID = Field(exclude_if=lambda v: v is None)
"""Left out of dumps where it is not given, for versions that do not know the option."""

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=64)]
"""What a file may call a thing of its own, such as a speaker, or a part of a mixture."""


class Method(ABC):
    """A way to obtain a speaker's reply distribution.

    It is called with its options and the task, and is a generator: it yields an `Ask` and is sent
    the model's text, or a `Pick` and is sent the draw, and in the end returns the distribution.
    """

    verbalizes: ClassVar[bool] = True
    """Whether it gives a distribution, not only one reply."""
    states: ClassVar[bool] = False
    """Whether the model is asked how likely each candidate is."""
    lists: ClassVar[bool] = False
    """Whether one call asks for several candidates, so that its prompt must say how many."""
    takes: ClassVar[frozenset[str]] = frozenset()
    """Which options of `MethodSpec` it takes beside those that every method has."""
    picks: ClassVar[bool] = False
    """Whether it draws before it asks for a reply, so that no distribution of its own is stated."""
    repeats: ClassVar[bool] = False
    """Whether equal candidates are to be expected, so that k may exceed the number of answers."""
    default_k: ClassVar[int] = 5
    """Its k where none is given."""
    wording: ClassVar[WordingName] = "implicit"
    """How it asks for a probability unless told otherwise."""
    first_wording: ClassVar[WordingName | None] = None
    """How it did in version 1 of the prompts, where that was another way."""
    template: ClassVar[str | None] = None
    """The template of its prompt; None for a shipped one."""
    prompted_as: ClassVar[str | None] = None
    """The method whose shipped prompt it has; None for that of its own name."""

    def calls(self, spec: MethodSpec) -> int:
        """Return how many calls it takes where each answer can be read at once."""
        return 1

    def listings(self, spec: MethodSpec) -> int:
        """Return over how many of the calls the candidates are spread."""
        return self.calls(spec)

    def problem(self, spec: MethodSpec) -> str | None:
        """Return why it cannot be used with these options; None where it can."""
        return None

    def unfit(self, value_schema: Mapping[str, Any] | None) -> str | None:
        """Return what it needs and this is not; None where it can be used for it.

        Args:
            value_schema: JSON Schema of one answer; None for a reply in free text.
        """
        return None

    @abstractmethod
    def __call__(self, spec: MethodSpec, task: Task) -> Steps:
        """Ask for the distribution.

        Raises:
            ParseError: what was written cannot be read, time after time.
        """


def needs_a_number(spec: MethodSpec) -> str | None:
    """Return why a method whose k is a number of calls or values cannot do with `auto`."""
    if spec.k != "auto":
        return None
    return f"k is auto, but {spec.name} has to know how many: give k as a number"


METHODS: Registry[Method] = Registry(
    "method",
    "simulate.methods",
    Modules("simulate.verbalized.methods", "METHOD", hyphens=True),
    fits=lambda found: isinstance(found, Method),
    must_be="a Method",
)
"""Each method by its name."""

MethodName = Annotated[str, AfterValidator(METHODS.known), Field(json_schema_extra=METHODS.schema)]


def template_of(name: str, version: PromptVersion = LATEST) -> str:
    """Return the template of a method's prompt.

    Raises:
        InputError: the version of the prompts has none for this method.
    """
    method = METHODS[name]
    if method.template is not None:
        return method.template
    try:
        return shipped(method.prompted_as or name, version)
    except FileNotFoundError:
        raise InputError(
            f"prompt_version {version}: method {name} has no prompt in it; leave prompt_version "
            "out, or take another method"
        ) from None


OF_STATED = frozenset({"wording", "below"})
"""The options of a method that asks how likely each candidate is."""
OPTIONS = ("wording", "below", "rounds", "acts", "parts", "per")
"""The options that only some methods take."""


def _those_that_take(option: str) -> str:
    """Return the names of the built-in methods that take an option."""
    return ", ".join(name for name, each in METHODS.built_in.items() if option in each.takes)


def by_name(value: Any) -> Any:
    """Return the options of a method of which only the name is given."""
    return {"name": value} if isinstance(value, str) else value


class MethodSpec(Strict):
    """How a speaker's reply distribution is obtained and drawn from."""

    name: MethodName = "direct"
    """The method."""
    k: Candidates = 5
    """How many candidates the distribution has, over all calls together, 21 by default with
    `moments`; `auto` lets the model decide. A method without a distribution, such as `direct`,
    gives one reply, whatever k is."""
    rounds: Rounds | None = None
    """Only for a method with rounds (`vs-multi`): over how many calls the candidates are spread; by
    default 2."""
    draw: Draw = "probability"
    """The rule that picks a candidate: by probability, uniform, the mode; `tail-first` draws rare
    ones more often, for `simulate reweigh --event`, with a weight back of at most 2 a dialogue."""
    temper: Temper | None = None
    """Only with `draw: probability`: draw from the weights raised to the power 1/temper; above 1 is
    flatter than stated. See `DrawSettings`."""
    mix: Share | None = None
    """Only with `draw: probability`: the chance of a draw that gives each candidate the same
    chance. So no weight back to the stated probabilities exceeds 1 / (1 − mix) a turn."""
    wording: WordingName | None = None
    """How the model is asked to say how likely a candidate is; by default as the method has it."""
    below: Share | None = None
    """Tail prompting: ask only for candidates less likely than this. What comes is kept as it is
    stated; `ReplyDistribution.truncated` cuts."""
    acts: Annotated[Acts | None, UNSAID] = None
    """Only for `vs-act`: the acts that can be drawn, in which case k is their number; by default
    the model names k in its own words."""
    parts: Annotated[Parts | None, UNSAID] = None
    """Only for `mixture`: its parts by name, at least one of a weight above 0."""
    per: Annotated[Per | None, UNSAID] = None
    """Only for `mixture`: whether a part is drawn for each dialogue, which is the default, or for
    each turn."""
    prompt: str | None = None
    """A Jinja template in place of the shipped prompt; see `simulate/verbalized/prompts`."""

    @model_validator(mode="after")
    def _check(self) -> MethodSpec:
        if "k" not in self.model_fields_set:  # frozen to others
            object.__setattr__(self, "k", self._method.default_k)
        for option in OPTIONS:
            if getattr(self, option) is not None and option not in self._method.takes:
                raise ValueError(
                    f"{option} is set, but method {self.name} does not take it: leave it out, or "
                    f"take {_those_that_take(option)}"
                )
        for option in ("temper", "mix"):
            if getattr(self, option) is not None and self.draw != "probability":
                raise ValueError(
                    f"{option} flattens the draw by probability, but draw is {self.draw}: "
                    "leave one of them out"
                )
        if wrong := self._method.problem(self):
            raise ValueError(wrong)
        return self

    @property
    def _method(self) -> Method:
        return METHODS[self.name]

    @property
    def verbalizes(self) -> bool:
        """Whether the method gives a distribution, not only one reply."""
        return self._method.verbalizes

    @property
    def told(self) -> str:
        """How it works, in a few words: the beginning of what its class says of itself."""
        said = (self._method.__doc__ or "").partition("\n")[0].partition(";")[0].rstrip(".")
        drawn = "; one is drawn" if self.states and not self._method.picks else ""
        return f"{said[:1].lower()}{said[1:]}{drawn}"

    @property
    def states(self) -> bool:
        """Whether the model is asked how likely each candidate is; of a mixture, by any part."""
        return any(METHODS[each.name].states for each in self.asking)

    def template(self, version: PromptVersion = LATEST) -> str:
        """Return the template of its prompt.

        Raises:
            InputError: the version of the prompts has none for this method.
        """
        return template_of(self.name, version) if self.prompt is None else self.prompt

    @property
    def draw_settings(self) -> DrawSettings:
        """How a candidate is drawn."""
        return DrawSettings(self.draw, self.temper, self.mix)

    @property
    def calls(self) -> int:
        """How many calls the distribution takes where each answer can be read at once."""
        return self._method.calls(self)

    def worded(self, version: PromptVersion = LATEST) -> Wording:
        """Return how the model is asked to say how likely a candidate is."""
        method = self._method
        default = method.first_wording if version == 1 else None
        return WORDINGS[self.wording or default or method.wording]

    @property
    def asking(self) -> tuple[MethodSpec, ...]:
        """The methods that may ask: those of the parts of a mixture, else this one."""
        return tuple(part.method for part in self.parts.values()) if self.parts else (self,)

    def drawn(self, picks: Sequence[RecordedDraw]) -> MethodSpec:
        """Return the method that asked: that of the part which was drawn, else this one."""
        return self.parts[picks[0].candidate.text].method if self.parts else self

    def unfit(self, value_schema: Mapping[str, Any] | None) -> str | None:
        """Return why the method cannot be used for such an answer; None where it can.

        Args:
            value_schema: JSON Schema of one answer; None for a reply in free text.
        """
        for each in self.asking:
            if needs := METHODS[each.name].unfit(value_schema):
                return f"method {each.name} {needs}: take another one here, such as vs"
        return None

    def batches(self) -> tuple[Count, ...]:
        """Return the k of each call; they add up to k."""
        calls = self._method.listings(self)
        if calls == 1:
            return (self.k,)
        if self.k == "auto":
            return tuple("auto" for _ in range(calls))
        size, more = divmod(self.k, calls)
        return tuple(size + (i < more) for i in range(calls))

    def at_most(self, answers: int | None) -> MethodSpec:
        """Return the method with no more candidates than there are different answers.

        Args:
            answers: how many there are, ≥ 1; None where they cannot be counted.
        """
        if self.parts:
            fewer = {
                name: part.model_copy(update={"method": part.method.at_most(answers)})
                for name, part in self.parts.items()
            }
            return self.model_copy(update={"parts": fewer})
        unbounded = self._method.picks or self._method.repeats
        if answers is None or self.k == "auto" or self.k <= answers or unbounded:
            return self
        rounds = min(self.calls, answers) if "rounds" in self._method.takes else None
        return self.model_copy(update={"k": answers, "rounds": rounds})

    def named(self, name: MethodName) -> MethodSpec:
        """Return another method with those of these options that it takes, without the prompt.

        Raises:
            ValidationError: k is `auto`, which a method such as `multi` cannot take.
        """
        kept: dict[str, Any] = {"name": name, "draw": self.draw}
        kept |= {} if self.k == self._method.default_k else {"k": self.k}
        kept |= {"temper": self.temper, "mix": self.mix}
        kept |= {o: getattr(self, o) for o in OPTIONS if o in METHODS[name].takes}
        return MethodSpec.model_validate(kept)


class Part(Strict):
    """A part of a mixture: another method, another model, or both."""

    weight: Annotated[float, Field(ge=0, le=1e6)]
    """How likely it is; the weights of all parts need not add up to 1."""
    method: Annotated[
        MethodSpec, BeforeValidator(by_name, json_schema_input_type=MethodSpec | str)
    ] = MethodSpec.model_construct()
    """How its candidates are asked for."""
    model: str | None = None
    """A model SPEC; by default the speaker's model."""


Parts = Annotated[dict[Name, Part], Field(min_length=1, max_length=100)]
Per = Literal["dialogue", "turn"]
MethodSpec.model_rebuild()
