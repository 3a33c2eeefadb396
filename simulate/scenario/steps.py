"""Steps: what happens in a dialogue, in order.

A scenario without `steps` has two: everybody talks, then the outcomes are asked for. With them, a
dialogue can have turns that are given, show something to a speaker between turns, ask for an
outcome before or amid the talk, or do without a talk.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from simulate.files.strict import Strict
from simulate.limits import MOST_TURNS
from simulate.scenario.asking import Ask, AskStep


class GivenTurn(Strict):
    """A turn that nobody is asked for."""

    speaker: str
    """Who says it."""
    text: Annotated[str, Field(min_length=1)]
    """A template, as the speaker's instructions are."""


class Show(Strict):
    """Something that is put before a speaker, and that nobody said."""

    to: str
    """Who sees it."""
    text: Annotated[str, Field(min_length=1)]
    """A template, as the speaker's instructions are."""


class Step(Strict):
    """One step; exactly one of its fields is given."""

    given: (
        Annotated[list[GivenTurn], Field(min_length=1, max_length=MOST_TURNS)]
        | Literal["persona"]
        | None
    ) = None
    """Turns with a speaker and a text, which everybody hears; or `persona` for the talk that the
    persona had, which only the first step can be."""
    say: Annotated[int, Field(ge=1, le=MOST_TURNS, strict=True)] | Literal["all"] | None = None
    """How many turns follow at most, of each speaker or of all, as `turns.counts` says; `all` takes
    `turns.maximum`."""
    show: Show | None = None
    """Something that one speaker sees, and that nobody said."""
    ask: AskStep | None = None
    """The outcomes and batteries that are measured now, in this order; or these as `outcomes`, with
    `order` and what is remembered."""

    @model_validator(mode="after")
    def _check(self) -> Step:
        fields = [name for name, value in dict(self).items() if value is not None]
        if len(fields) != 1:
            given = " and ".join(fields) or "none"
            raise ValueError(f"give exactly one of given, say, show, ask; given: {given}")
        return self

    @property
    def written(self) -> list[GivenTurn]:
        """The turns that are given here, and not by the persona."""
        return self.given if isinstance(self.given, list) else []

    @property
    def asks(self) -> Ask | None:
        """What is asked, with its options."""
        return Ask(outcomes=self.ask) if isinstance(self.ask, list) else self.ask

    @property
    def asked(self) -> list[str]:
        """The outcomes that are asked for."""
        return self.asks.outcomes if self.asks else []

    @property
    def turns(self) -> int:
        """How many turns follow at most, as `say` counts them; 0 where it is no number."""
        return self.say if isinstance(self.say, int) else 0
