"""Who the further speakers of a scenario are drawn from, and with whom they are matched."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from simulate.errors import PopulationError
from simulate.population import Partner, Partners, Persona, Population, check_match, load_population
from simulate.scenario.own_populations import own_populations
from simulate.scenario.scenario import Scenario
from simulate.scenario.speaker_population import SAME_PERSON, SpeakerPopulation

TRIED = 50
"""Persons of marginals for whom it is tried, when a scenario is read, whether rules can be met."""


def load_populations(
    scenario: Scenario, path: Path | None = None, first: Population | None = None
) -> dict[str, Population]:
    """Load the populations that speakers name, by speaker; one that is named twice is read once.

    Args:
        scenario: whose speakers they are.
        path: the scenario's file.
        first: the population that the scenario names, where it is loaded.

    Raises:
        PopulationError: one cannot be loaded.
    """
    beside = path.parent if path else None
    own = own_populations(scenario.speakers)
    named = {name: each.source for name, each in own.items() if each.source}
    read = {} if first is None or scenario.population is None else {scenario.population: first}
    for source in named.values():
        if source not in read:
            read[source] = load_population(source, beside)
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
    said = own_populations(scenario.speakers)
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
    for name, own in own_populations(scenario.speakers).items():
        words = [own.source or f"somebody else from {scenario.population}"]
        of = f" as {own.beside}" if own.beside else ""
        for attribute, rule in own.match.items():
            near = "" if rule.within is None else f" within {rule.within:g}"
            words.append(f"{rule.rule} {attribute}{near}{of if rule.rule == 'same' else ''}")
        if own.source or scenario.population:
            found[name] = ", ".join(words)
    return found
