"""The rows of a table of people."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated

from pydantic import Field

from simulate.files.strict import Strict
from simulate.population.persona import Attributes


class TalkTurn(Strict):
    """A turn of a talk that a person had."""

    speaker: str
    """Who says it."""
    text: Annotated[str, Field(min_length=1)]
    """What is said."""


class TableRow(Strict):
    """One persona of a table."""

    id: Annotated[str, Field(min_length=1)]
    """Names the person; each its own."""
    weight: Annotated[float, Field(gt=0, le=1e15, allow_inf_nan=False)] = 1
    """How many people it stands for; need not sum to anything."""
    attributes: Attributes = {}
    """Name to value; null where it is missing."""
    prose: str | None = None
    """The person in words; by default the population's template makes it of the attributes."""
    # Left out of dumps where there is none, so that files begun before keep their identity.
    talk: Annotated[list[TalkTurn], Field(exclude_if=lambda v: not v)] = []
    """The talk that the person had, which a step `given: persona` begins with."""


def root_persona(persona: str, rows: Collection[str]) -> str:
    """Return the person that a persona is: `ann` for `ann#2`, the second draw of the row `ann`.

    Args:
        persona: the id of a persona.
        rows: the ids of the table that it was drawn from; none of a population of marginals.
    """
    row, mark, times = persona.rpartition("#")
    drawn_again = mark and times.isdecimal() and persona not in rows and row in rows
    return row if drawn_again else persona
