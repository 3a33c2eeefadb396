"""Speakers that are somebody of their own, of which nothing that they are told says who."""

from __future__ import annotations

from collections.abc import Iterator

from simulate.files.templates import variables_of
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
        and not any("persona" in variables_of(text, name) for text in _texts(scenario, name))
    )


def _texts(scenario: Scenario, name: str) -> Iterator[str]:
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
