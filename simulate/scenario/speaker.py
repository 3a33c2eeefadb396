"""A party of the dialogue, and what a level of a condition changes about one."""

from __future__ import annotations

from pathlib import PurePath
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from simulate.errors import ModelSpecError
from simulate.models import ModelSettings, ModelSpec, holds_secret
from simulate.models.named import checked_name
from simulate.scenario.checks import Pattern
from simulate.scenario.method import Method, MethodLevel
from simulate.targets import TargetConfig
from simulate.verbalized import MethodSpec
from simulate.verbalized.spec import LENGTH, Share, StandsFor

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=64)]


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


def _sends_no_secret(settings: ModelSettings) -> ModelSettings:
    named = sorted(settings.variables)
    if named or settings.ca_bundle is not None:
        what = f"the environment variable {named[0]}" if named else "a file of this machine"
        raise ValueError(
            f"names {what}, and a scenario is only data, perhaps a stranger's: put this model into "
            "a models file (docs/models.md)"
        )
    return settings


ModelName = Annotated[str, AfterValidator(_harmless)]
OfferedName = Annotated[str, AfterValidator(checked_name)]
OfferedModel = Annotated[ModelSettings, AfterValidator(_sends_no_secret)]
"""A model that a scenario gives a name; see `simulate.models.named`."""
Temperature = Annotated[float, Field(ge=0, le=5)]
Length = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Tokens = Annotated[int, Field(ge=1)]


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
    length: Length = LENGTH
    """How long a reply is, in words that follow “Write what you say next,”."""
    stands_for: StandsFor = "person"
    """`people` where instructions and questions are about many such people, not one person; then
    probabilities are asked for as shares of them."""
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


class SpeakerChange(_Strict):
    """What a level changes about a speaker; a field that is left out stays as it is."""

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
