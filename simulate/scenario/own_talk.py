"""Cells that begin with the talk that the persona had: what they need, and what is left out.

A table of personas may hold the talk of each, such as that of the person it describes. Where the
population has no talks, the levels that begin with one (`given: persona`) are left out, and said to
be.
"""

from __future__ import annotations

from simulate.errors import InputError, quote
from simulate.population import Population
from simulate.scenario.scenario import Scenario


def fitting(scenario: Scenario, population: Population | None) -> tuple[Scenario, tuple[str, ...]]:
    """Return what of a scenario can be played with a population.

    Returns:
        The scenario without the levels that need talks which nobody had, and a sentence for each of
        them.

    Raises:
        InputError: nothing of a condition, or of the scenario, is left; or a persona of a
            population with talks has none, or one in which others speak than in the scenario.
    """
    needing = [
        (condition, label)
        for condition, levels in scenario.conditions.items()
        for label, level in levels.items()
        if any(step.given == "persona" for step in level.steps or ())
    ]
    all_need = any(step.given == "persona" for step in scenario.steps)
    if not needing and not all_need:
        return scenario, ()
    if population is not None and population.has_talks:
        _check_talks(scenario, population)
        return scenario, ()
    lacks = f"population {population.population} has no talks" if population else "nobody had one"
    why = (
        f"{lacks}; name people who had talks with --population, such as those that `simulate "
        "reference import persuasionforgood FOLDER` writes"
    )
    if all_need:
        raise InputError(f"steps.0.given: {why}")
    conditions = {
        condition: {
            label: level for label, level in levels.items() if (condition, label) not in needing
        }
        for condition, levels in scenario.conditions.items()
    }
    for condition, levels in conditions.items():
        if not levels:
            raise InputError(f"conditions.{condition}: every level needs a talk, and {why}")
    left_out = tuple(f"{condition} {label} is left out: {why}" for condition, label in needing)
    return scenario.with_conditions(conditions), left_out


def _check_talks(scenario: Scenario, population: Population) -> None:
    """Refuse a persona without a talk, or with one that the scenario's speakers cannot have had."""
    able = [name for name, speaker in scenario.speakers.items() if speaker.plays != "target"]
    for row in population.personas:
        where = f"population {population.population}: persona {quote(row.id)}"
        if not row.talk:
            raise InputError(f"{where} has no talk, and others have; leave it out of the table")
        for turn in row.talk:
            if turn.speaker not in able:
                raise InputError(
                    f"{where}: {quote(turn.speaker)} speaks in its talk, and can be given no turn "
                    f"in scenario {scenario.name}; {', '.join(able) or 'nobody'} can"
                )
