"""Checks: what must hold of a speaker's turns, or of a dialogue, as a scenario declares it.

A check has one way of looking. Most ways look at each turn of the speaker under test and fail
with the first turn that breaks the rule; `reaches`, `repeats` and `judged` look at the dialogue
as a whole. This file says what can be declared; the room `stress` carries it out.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from simulate.files.patterns import check_pattern

__all__ = [
    "WAYS",
    "Check",
    "Judge",
    "Latency",
    "Leaks",
    "Length",
    "Pattern",
    "Pii",
    "Reaches",
    "Repeats",
    "StateIs",
    "ToolCalled",
]

WAYS = (
    "contains",
    "lacks",
    "matches",
    "never_matches",
    "json_schema",
    "length",
    "latency",
    "language",
    "repeats",
    "leaks",
    "pii",
    "reaches",
    "judged",
    "python",
)

Text = Annotated[str, Field(min_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _pattern(source: str) -> str:
    check_pattern(source)
    return source


def _language(code: str) -> str:
    if "{" not in code and not re.fullmatch(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]+)*", code):
        raise ValueError(f"{code!r} is no language code such as en, and no template")
    return code


Pattern = Annotated[str, Field(min_length=1), AfterValidator(_pattern)]
"""A regular expression of Python's `re`, searched for anywhere in a text."""


class Length(_Strict):
    """How long a turn may be."""

    most: Annotated[int, Field(ge=1)] | None = None
    fewest: Annotated[int, Field(ge=0)] | None = None
    unit: Literal["characters", "words"] = "characters"

    @model_validator(mode="after")
    def _check(self) -> Length:
        if self.most is None and self.fewest is None:
            raise ValueError("length needs most, or fewest, or both")
        if self.most is not None and self.fewest is not None and self.fewest > self.most:
            raise ValueError(f"length.fewest ({self.fewest}) must be ≤ most ({self.most})")
        return self


class Latency(_Strict):
    """How long the target may take for a turn."""

    most_s: Annotated[float, Field(gt=0)]
    """In seconds."""


class Repeats(_Strict):
    """How often the speaker may say the same again."""

    most: Annotated[int, Field(ge=1)] = 2
    """How many turns may be alike."""
    similarity: Annotated[float, Field(gt=0, le=100)] = 95.0
    """Two turns are alike where rapidfuzz's ratio (0 to 100) reaches this."""


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


class Leaks(_Strict):
    """Texts that the speaker must keep to itself."""

    secrets: list[Text] = []
    """Each a template, found in any case; white space, hyphens and underscores do not count."""
    prompt: Annotated[
        list[Text], BeforeValidator(_listed, json_schema_input_type=list[Text] | Text)
    ] = []
    """The system prompt, a template; or several, such as its translations. A turn leaks it where
    it repeats `words` words in a row."""
    words: Annotated[int, Field(ge=3, le=100)] = 8

    @model_validator(mode="after")
    def _check(self) -> Leaks:
        if not self.secrets and not self.prompt:
            raise ValueError("leaks needs secrets, or prompt, or both")
        return self


Pii = Literal["email", "phone", "card", "iban", "ssn", "ip"]
"""A kind of personal data. A card number counts only with a right check digit (Luhn), an IBAN
only with the right remainder (ISO 7064)."""


class ToolCalled(_Strict):
    """A tool call that the target must report."""

    name: Text
    arguments: dict[str, Any] = {}
    """Arguments that it must have, with these values; others do not count. Each text is a
    template."""


class StateIs(_Strict):
    """What the target's state must say after the dialogue."""

    path: Text
    """A JSONPath (RFC 9535) into the state."""
    equals: Any = None
    """The value, plain JSON, of what is found there or of one of several. Each text in it is a
    template. Where it is left out, something must be there."""


class Reaches(_Strict):
    """A goal that the dialogue must reach; exactly one of the three."""

    says: Pattern | None = None
    """Searched for in each turn of the speaker."""
    tool: ToolCalled | None = None
    state: StateIs | None = None

    @model_validator(mode="after")
    def _check(self) -> Reaches:
        given = [way for way in ("says", "tool", "state") if getattr(self, way) is not None]
        if len(given) != 1:
            raise ValueError(
                f"reaches: give exactly one of says, tool, state; given: "
                f"{' and '.join(given) or 'none'}"
            )
        return self


class Judge(_Strict):
    """A model reads the dialogue and gives a distribution over verdicts, with quoted reasons."""

    rubric: Text
    """What is judged, a template as a speaker's instructions are."""
    levels: Annotated[dict[Text, Literal["pass", "fail", "abstain"]], Field(min_length=2)]
    """What a judge can answer, and what each answer means. One must mean `fail`."""
    votes: Annotated[int, Field(ge=1, le=25)] = 1
    """How often the judge is asked, each time with a seed of its own."""

    @model_validator(mode="after")
    def _check(self) -> Judge:
        meant = set(self.levels.values())
        if not {"pass", "fail"} <= meant:
            raise ValueError("judged.levels: one level must mean pass and one must mean fail")
        return self


class Check(_Strict):
    """Something that must hold, in exactly one of the ways below `after`."""

    description: str = ""
    """What it is for, in one sentence; shown in reports."""
    speaker: str | None = None
    """Whose turns are looked at; by default the target's, else the assistant's."""
    after: Pattern | None = None
    """Only turns after the first turn of another speaker in which this is found; where it is found
    in none, the check passes. `judged` and `python` see the whole dialogue all the same."""
    contains: Annotated[list[Text], Field(min_length=1)] | None = None
    """One of these must be said in some turn (after `after`), in any case."""
    lacks: Annotated[list[Text], Field(min_length=1)] | None = None
    """None of these may be said, in any case."""
    matches: Pattern | None = None
    """Each turn must match it."""
    never_matches: Pattern | None = None
    json_schema: dict[str, Any] | None = None
    """Each turn must be JSON that follows this schema."""
    length: Length | None = None
    latency: Latency | None = None
    language: Annotated[str, AfterValidator(_language)] | None = None
    """Each turn of more than a few words must be in this language: an ISO 639-1 code such as
    `en`, or a template that renders to one."""
    repeats: Repeats | None = None
    leaks: Leaks | None = None
    pii: Annotated[list[Pii], Field(min_length=1)] | None = None
    """No such data may be said, unless the user said them first."""
    reaches: Reaches | None = None
    judged: Judge | None = None
    python: Annotated[str, Field(pattern=r"^[\w.]+:[\w.]+$")] | None = None
    """A Python function `module:function`; only where code is allowed. See
    `simulate.stress.checks.python_check` for what it may return."""

    @model_validator(mode="after")
    def _check(self) -> Check:
        given = [way for way in WAYS if getattr(self, way) is not None]
        if len(given) != 1:
            raise ValueError(
                f"give exactly one of {', '.join(WAYS)}; given: {' and '.join(given) or 'none'}"
            )
        return self

    def templates(self) -> dict[str, str]:
        """Return the texts that are templates, by their field below the check."""
        found: dict[str, str] = {}
        if self.language is not None:
            found["language"] = self.language
        if self.leaks is not None:
            found |= {f"leaks.secrets.{i}": s for i, s in enumerate(self.leaks.secrets)}
            found |= {f"leaks.prompt.{i}": p for i, p in enumerate(self.leaks.prompt)}
        if self.judged is not None:
            found["judged.rubric"] = self.judged.rubric
        if self.reaches is not None and self.reaches.state is not None:
            found |= _texts(self.reaches.state.equals, "reaches.state.equals")
        if self.reaches is not None and self.reaches.tool is not None:
            found |= _texts(self.reaches.tool.arguments, "reaches.tool.arguments")
        return found

    @property
    def way(self) -> str:
        """The one way of looking that is given."""
        return next(way for way in WAYS if getattr(self, way) is not None)


def _texts(value: Any, field: str) -> dict[str, str]:
    """Return each text of plain JSON data by its field."""
    if isinstance(value, str):
        return {field: value}
    items: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    found: dict[str, str] = {}
    for key, each in items:
        found |= _texts(each, f"{field}.{key}")
    return found
