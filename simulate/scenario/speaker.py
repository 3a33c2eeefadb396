"""A party of the dialogue, and what a level of a condition changes about one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    BeforeValidator,
    Field,
    StringConstraints,
    model_validator,
)

from simulate.files.strict import Strict
from simulate.limits import MOST_TOKENS
from simulate.scenario.checks import Pattern
from simulate.scenario.method import Method, MethodLevel
from simulate.scenario.model_names import ModelName
from simulate.scenario.speaker_population import WhosePopulation
from simulate.targets import TargetConfig
from simulate.verbalized import METHODS, MethodSpec
from simulate.verbalized.spec import Name, Share
from simulate.verbalized.task import LENGTH, StandsFor

Temperature = Annotated[float, Field(ge=0, le=5)]
Length = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Tokens = Annotated[int, Field(ge=1, le=MOST_TOKENS)]


class Fact(Strict):
    """Something that a user knows and tells when it is asked."""

    value: Annotated[str, Field(min_length=1)]
    """A template that sees `persona`, `cell` and `variables`."""
    looks_like: Pattern | None = None
    """What any value of this fact looks like; a user that says another one has made it up."""


def _fact(value: Any) -> Any:
    return value if isinstance(value, Mapping | Fact) else {"value": value}


class Tail(Strict):
    """Some turns of a user are asked for from the tail of what is plausible."""

    share: Annotated[float, Field(ge=0, le=1)]
    """What part of the turns."""
    below: Share = 0.1
    """The threshold of the tail: candidates less likely than this."""


class Speaker(Strict):
    """A party of the dialogue."""

    plays: Literal["user", "assistant", "target"]
    """`user`: a simulated person, whose replies are drawn from a distribution; `assistant`: a
    model that answers directly; `target`: an external system under test."""
    person: str | None = None
    """How prompts name the speaker; by default “the” and its name."""
    instructions: str = ""
    """A Jinja template. It sees `persona` (its attributes, `id` and `prose`), `cell` (condition
    to level), `variables` and `speaker`; and `request`, what is asked of the speaker at each turn,
    which is then told once, here, so that all prompts share it."""
    length: Length = LENGTH
    """How long a reply is, a template; words that follow “Write what you say next,” or “each”."""
    stands_for: StandsFor = "person"
    """`people` where instructions and questions are about many such people, not one person; then
    probabilities are asked for as shares of them."""
    # Left out of dumps where it is not given, so that files begun before keep their identity.
    population: Annotated[WhosePopulation | None, Field(exclude_if=lambda v: v is None)] = None
    """Who a speaker beside the first user is: a persona of its own from a shipped population, or
    from a population file beside the scenario; with rules, `{from: NAME, match: {…}}`; or
    `same-person`, the first user. By default a further user is somebody else from the scenario's
    population, and an assistant sees the first user's persona."""
    method: Method = MethodSpec()
    """How a user's reply distribution is obtained and drawn from."""
    model: ModelName | None = None
    """A model SPEC; by default the run's model."""
    temperature: Temperature | None = None
    """The sampling temperature; by default the endpoint's."""
    top_p: Share | None = None
    """Nucleus sampling: the share of probability that tokens are drawn from; by default all."""
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
        if self.plays == "target" and self.population is not None:
            raise ValueError("population is set, but this speaker plays target")
        if self.plays != "user":
            for field in ("goal", "facts", "patience", "tail"):
                if getattr(self, field):
                    raise ValueError(f"{field} is set, but this speaker plays {self.plays}")
            if self.sends != "as-written":
                raise ValueError(f"sends is set, but this speaker plays {self.plays}")
        if self.tail is not None and "below" not in METHODS[self.method.name].takes:
            raise ValueError(
                f"tail is set, but method {self.method.name} cannot be asked for the tail of what "
                "is plausible: take one that states probabilities, such as vs"
            )
        if self.tail is not None:
            tail = self.method.model_copy(update={"below": self.tail.below})
            if wrong := METHODS[self.method.name].problem(tail):
                raise ValueError(f"tail: {wrong}")
            if any(each.draw == "tail-first" for each in self.method.asking):
                raise ValueError(
                    "tail is set, but draw is tail-first: tail asks the model for other replies, "
                    "and no weight leads back; leave one of them out"
                )
        if self.plays != "user" and self.method.verbalizes:
            raise ValueError(
                f"method {self.method.name} gives a distribution, which only a speaker that plays "
                f"user has; this one plays {self.plays}"
            )
        return self


class SpeakerChange(Strict):
    """What a level changes about a speaker; a field that is left out stays as it is."""

    changes: ClassVar = (Speaker,)

    instructions: str | None = None
    length: Length | None = None
    stands_for: StandsFor | None = None
    method: MethodLevel | None = None
    model: ModelName | None = None
    temperature: Temperature | None = None
    top_p: Share | None = None
    max_tokens: Tokens | None = None
    target: TargetConfig | str | None = None
    tail: Tail | None = None
