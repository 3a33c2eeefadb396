"""What is asked for: the method with its options, and the task."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from simulate.verbalized.draw_settings import Draw, DrawSettings
from simulate.verbalized.wording import WORDINGS, Wording, WordingName

__all__ = ["Candidates", "MethodName", "MethodSpec", "Rounds", "Share", "Task", "Temper"]

MethodName = Literal["direct", "cot", "sequence", "multi", "vs", "vs-cot", "vs-multi"]

Count = int | Literal["auto"]

# The ranges of the options, which a change of a method has too.
Candidates = Annotated[int, Field(ge=1, le=100)] | Literal["auto"]
Rounds = Annotated[int, Field(ge=2, le=20)]
Temper = Annotated[float, Field(gt=0, le=100)]
Share = Annotated[float, Field(gt=0, le=1)]

ONE_REPLY: frozenset[MethodName] = frozenset({"direct", "cot"})
STATING: tuple[MethodName, ...] = ("vs", "vs-cot", "vs-multi")
DEFAULT_ROUNDS = 2


class MethodSpec(BaseModel):
    """How a speaker's reply distribution is obtained and drawn from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: MethodName = "direct"
    """The method."""
    k: Candidates = 5
    """How many candidates the distribution has, over all calls together; `auto` lets the model
    decide. The methods `direct` and `cot` give one reply, whatever k is."""
    rounds: Rounds | None = None
    """Only for `vs-multi`: over how many calls the candidates are spread; by default 2."""
    draw: Draw = "probability"
    """The rule that picks a candidate."""
    temper: Temper | None = None
    """Only with `draw: probability`: draw from the weights raised to the power 1/temper; above 1 is
    flatter than stated. See `DrawSettings`."""
    mix: Share | None = None
    """Only with `draw: probability`: the chance of a draw that gives each candidate the same
    chance. So no weight back to the stated probabilities exceeds 1 / (1 − mix) a turn."""
    wording: WordingName | None = None
    """How the model is asked to say how likely a candidate is; by default `implicit`, and
    `confidence` for `vs-multi`, whose numbers must mean the same in every call."""
    below: Share | None = None
    """Tail prompting: ask only for candidates less likely than this. What comes is kept as it is
    stated; `ReplyDistribution.truncated` cuts."""
    prompt: str | None = None
    """A Jinja template in place of the shipped prompt; see `simulate/verbalized/prompts`."""

    @model_validator(mode="after")
    def _check(self) -> MethodSpec:
        if not self.states:
            for option in ("wording", "below"):
                if getattr(self, option) is not None:
                    raise ValueError(
                        f"{option} is set, but method {self.name} asks for no probabilities: "
                        f"leave it out, or take {', '.join(STATING)}"
                    )
        for option in ("temper", "mix"):
            if getattr(self, option) is not None and self.draw != "probability":
                raise ValueError(
                    f"{option} flattens the draw by probability, but draw is {self.draw}: "
                    "leave one of them out"
                )
        if self.rounds is not None and self.name != "vs-multi":
            raise ValueError(f"rounds is set, but only vs-multi has rounds, not {self.name}")
        if self.name == "multi" and self.k == "auto":
            raise ValueError(
                "k is auto, but multi asks for one reply a call and has to know how often: "
                "give k as a number"
            )
        if self.name == "vs-multi" and self.k != "auto" and self.k < self.calls:
            raise ValueError(
                f"k ({self.k}) must be ≥ rounds ({self.calls}): each round asks for a candidate"
            )
        return self

    @property
    def verbalizes(self) -> bool:
        """Whether the method gives a distribution, not only one reply."""
        return self.name not in ONE_REPLY

    @property
    def states(self) -> bool:
        """Whether the model is asked how likely each candidate is."""
        return self.name in STATING

    @property
    def draw_settings(self) -> DrawSettings:
        """How a candidate is drawn."""
        return DrawSettings(self.draw, self.temper, self.mix)

    @property
    def calls(self) -> int:
        """How many calls the distribution takes where each answer can be read at once."""
        if self.name == "multi" and self.k != "auto":
            return self.k
        return (self.rounds or DEFAULT_ROUNDS) if self.name == "vs-multi" else 1

    @property
    def worded(self) -> Wording:
        """How the model is asked to say how likely a candidate is."""
        own: WordingName = "confidence" if self.name == "vs-multi" else "implicit"
        return WORDINGS[self.wording or own]

    def batches(self) -> tuple[Count, ...]:
        """Return the k of each call; they add up to k."""
        if self.k == "auto":
            return tuple("auto" for _ in range(self.calls))
        size, more = divmod(self.k, self.calls)
        return tuple(size + (i < more) for i in range(self.calls))

    def named(self, name: MethodName) -> MethodSpec:
        """Return another method with those of these options that it takes, without the prompt.

        Raises:
            ValidationError: k is `auto`, which `multi` cannot take.
        """
        kept: dict[str, Any] = {"name": name, "k": self.k, "draw": self.draw}
        kept |= {"temper": self.temper, "mix": self.mix}
        if name in STATING:
            kept |= {"wording": self.wording, "below": self.below}
        if name == "vs-multi":
            kept |= {"rounds": self.rounds}
        return MethodSpec.model_validate(kept)


@dataclass(frozen=True, slots=True)
class Task:
    """What is asked of a speaker: the next reply, or the answer to a question.

    Attributes:
        person: how the prompt names who speaks; None where there is no persona.
        question: the question; None asks for the next reply of the conversation.
        form: the form of an answer in words, such as “a number from 0 to 2, in USD”.
        value_schema: JSON Schema of one answer.
        read: brings a raw answer into its canonical spelling or raises ParseError.
        may_end: whether the next reply may end the conversation.
    """

    person: str | None = None
    question: str | None = None
    form: str | None = None
    value_schema: Mapping[str, Any] | None = None
    read: Callable[[object], str] | None = None
    may_end: bool = False
