"""Speakers that are somebody, of which nothing that they are told says who."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from simulate.files.templates import variables_of
from simulate.population import Population
from simulate.scenario.own_populations import own_populations
from simulate.scenario.scenario import Scenario


def unread_personas(scenario: Scenario) -> tuple[str, ...]:
    """Return a sentence for each further speaker whose persona no template of its own reads.

    Args:
        scenario: one that has been rehearsed.
    """
    return tuple(
        f"speakers.{name}.instructions: {name} is somebody of its own, and nothing says who: write "
        "{{ persona.prose }} into them, or `population: same-person`"
        for name, own in own_populations(scenario.speakers).items()
        if (own.source or scenario.population)
        and not any("persona" in variables_of(text, name) for text in texts_of(scenario, name))
    )


def without_prose(
    scenario: Scenario, population: Population | None, populations: Mapping[str, Population]
) -> tuple[str, ...]:
    """Return a sentence for each population whose people's prose is told, and none of whom has any.

    Args:
        scenario: one that has been rehearsed with these people.
        population: of the first user.
        populations: of other speakers, by speaker.
    """
    found: dict[str, str] = {}
    for name in scenario.speakers:
        people = populations.get(name, population)
        if people is None or people.prose or any(row.prose for row in people.personas):
            continue
        if any("persona.prose" in text for text in texts_of(scenario, name)):
            found.setdefault(people.population, name)
    return tuple(
        f"speakers.{name}: nobody of population {people} has prose, so {{{{ persona.prose }}}} "
        "says nothing of who they are: write {{ persona.ATTRIBUTE }} into the instructions, or a "
        "template `prose` into a population file (with `table:` for a table)"
        for people, name in found.items()
    )


def texts_of(scenario: Scenario, name: str) -> Iterator[str]:
    """Iterate over the templates by which a speaker learns who it is, in any cell."""
    for cell in scenario.cells():
        speaker = cell.speakers[name]
        yield from (speaker.instructions, speaker.goal or "", speaker.length, speaker.sends)
        yield from (fact.value for fact in speaker.facts.values())
        yield str(speaker.patience or "")
        for step in cell.steps:
            yield from (turn.text for turn in step.written if turn.speaker == name)
            if step.show is not None and step.show.to == name:
                yield step.show.text
    if scenario.order()[0] == name:
        yield scenario.turns.opening
    for outcome in scenario.outcomes.values():
        if outcome.asked is not None and outcome.asked.speaker == name:
            yield outcome.asked.question
