"""Who a speaker beside the first user is: from which population, and matched with whom."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import ConfigDict, Discriminator, Field, Tag

from simulate.errors import PopulationError
from simulate.files.strict import Strict
from simulate.population import Partner, Partners, Persona, Population, check_match, load_population
from simulate.population.matching import Match
from simulate.verbalized.spec import Name

if TYPE_CHECKING:
    from simulate.scenario.scenario import Scenario

SAME_PERSON = "same-person"
"""In place of a population: the speaker is the same person as the first user."""
TRIED = 50
"""Persons of marginals for whom it is tried, when a scenario is read, whether rules can be met."""


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


def own_populations(scenario: Scenario) -> dict[str, SpeakerPopulation]:
    """Return the speakers that have a persona of their own, and who they are drawn from.

    That is each further user, unless it is to be the same person as the first, and each assistant
    that says so.
    """
    found = {}
    for name, speaker in scenario.speakers.items():
        said = speaker.population
        if name == scenario.first_user or said == SAME_PERSON:
            continue
        if said is None and speaker.plays != "user":
            continue
        found[name] = (
            said if isinstance(said, SpeakerPopulation) else SpeakerPopulation(source=said)
        )
    return found


def check_speaker_populations(scenario: Scenario) -> None:
    """Refuse what cannot be meant by `population` of a speaker.

    Raises:
        ValueError: the message begins with the field.
    """
    first = scenario.first_user
    if first is not None and scenario.speakers[first].population is not None:
        raise ValueError(
            f"speakers.{first}.population: the persona of the first user is from the "
            "scenario's population, and all chance hangs on it; name it there"
        )
    before: list[str] = []
    for name, own in own_populations(scenario).items():
        where = f"speakers.{name}.population"
        if own.beside is not None and own.beside != first:
            if own.beside not in before:
                raise ValueError(
                    f"{where}.with: must be the first user ({first}), or a speaker with a persona "
                    f"of its own that is listed before {name}, got {own.beside}"
                )
            crossed = [each for each, rule in own.match.items() if rule.rule == "crossed"]
            if crossed:
                raise ValueError(
                    f"{where}.match.{crossed[0]}: levels are crossed with those of the first user; "
                    "leave `with` out, or take same or different"
                )
        if own.beside is not None and not own.match:
            raise ValueError(f"{where}.with: nothing is matched; say what, as `match`")
        before.append(name)


def load_populations(scenario: Scenario, path: Path | None = None) -> dict[str, Population]:
    """Load the populations that speakers name, by speaker; one that is named twice is read once.

    Raises:
        PopulationError: one cannot be loaded.
    """
    beside = path.parent if path else None
    named = {name: own.source for name, own in own_populations(scenario).items() if own.source}
    read = {source: load_population(source, beside) for source in dict.fromkeys(named.values())}
    return {name: read[source] for name, source in named.items()}


def partners_of(
    scenario: Scenario, first: Population | None, populations: Mapping[str, Population]
) -> dict[str, Partner]:
    """Return who the further speakers are drawn from, and how, by speaker.

    Args:
        scenario: it says who has a persona of its own, and which rules hold.
        first: whom the first user is drawn from.
        populations: those that are given by speaker; others are drawn from the first user's.

    Raises:
        PopulationError: rules that say nothing of these populations; or there is no population.
    """
    said = own_populations(scenario)
    found: dict[str, Partner] = {}
    for name in scenario.speakers:
        own = said.get(name, SpeakerPopulation())
        people = populations.get(name, first if name in said else None)
        where = f"speakers.{name}.population"
        if people is None:
            if own.match:
                raise PopulationError(
                    f"{where}: nobody can be matched, as there is no population; name one"
                )
            continue
        with_whom = None if own.beside == scenario.first_user else own.beside
        other = first if with_whom is None else found[with_whom].population
        if own.match and other is None:
            raise PopulationError(f"{where}.match: the scenario has no population to match with")
        if other is not None:
            try:
                check_match(own.match, people, other)
            except PopulationError as error:
                raise PopulationError(f"{where}.match.{error}") from None
        found[name] = Partner(people, own.match, with_whom, own.distinct)
    return found


def rehearse_partners(first: Population | None, partners: Mapping[str, Partner]) -> None:
    """Try whether the rules of further speakers can be met, for each row of the first user's table.

    Raises:
        PopulationError: somebody has no partner; the message begins with the field.
    """
    if first is None or not partners:
        return
    rows = [Persona(row.id, row.attributes) for row in first.rows]
    some = rows or (first.sample(TRIED, 0) if any(p.match for p in partners.values()) else [])
    Partners(0, first, partners, [some]).check()


def who_told(scenario: Scenario) -> dict[str, str]:
    """Return, in a few words, who the speakers beside the first user are, where they are somebody.

    Speakers that share the first user's persona are in it only where the scenario says so.
    """
    found = {n: SAME_PERSON for n, s in scenario.speakers.items() if s.population == SAME_PERSON}
    for name, own in own_populations(scenario).items():
        words = [own.source or f"somebody else from {scenario.population}"]
        of = f" as {own.beside}" if own.beside else ""
        for attribute, rule in own.match.items():
            near = "" if rule.within is None else f" within {rule.within:g}"
            words.append(f"{rule.rule} {attribute}{near}{of if rule.rule == 'same' else ''}")
        if own.source or scenario.population:
            found[name] = ", ".join(words)
    return found
