"""Who a speaker beside the first user is: from which population, and matched with whom."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Discriminator, Field, Tag

from simulate.files.strict import Strict
from simulate.population.matching import Match
from simulate.verbalized.spec import Name

SAME_PERSON = "same-person"
"""In place of a population: the speaker is the same person as the first user."""


class SpeakerPopulation(Strict):
    """Who a speaker beside the first user is drawn from, and how."""

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    source: Annotated[str | None, Field(alias="from")] = None
    """A shipped population's name, or the path of a population file beside the scenario; by default
    the scenario's population."""
    match: Match = {}
    """What attributes of the persona have to do with those of another one of the dialogue:
    attribute to `same`, `different` or `crossed`; of numbers, `{rule: same, within: 5}`."""
    beside: Annotated[Name | None, Field(alias="with")] = None
    """With whom it is matched: a speaker that is listed before this one; by default the first
    user."""
    distinct: bool = True
    """Whether it is always another row of a table than the speakers before it are, where they are
    from the same table."""


WhosePopulation = Annotated[
    Annotated[str, Tag("name")] | Annotated[SpeakerPopulation, Tag("rules")],
    Discriminator(lambda v: "rules" if isinstance(v, dict | SpeakerPopulation) else "name"),
]
"""A population's name, or with whom a persona of it is matched; or `SAME_PERSON`."""
