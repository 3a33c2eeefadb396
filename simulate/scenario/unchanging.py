"""Conditions that change nothing: two levels whose dialogues are asked for in the very same words.

A level usually changes a variable; where no template reads it, the experiment compares a cell with
itself. So what is rendered of the cells of two levels is compared, for some people, beside what a
level can change without words: methods, models, settings and steps.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence

from simulate.errors import quote
from simulate.limits import MOST_CELLS
from simulate.population import Partners, Persona, Population
from simulate.scenario.cell import Cell
from simulate.scenario.partners import partners_of
from simulate.scenario.rehearsal import parts_of
from simulate.scenario.scenario import Scenario

PEOPLE = 20
"""For how many people prompts are compared."""
MOST_CONTEXTS = 32
"""Of how many combinations of the other factors' levels two levels are compared in."""
RENDERED = ("instructions", "goal", "facts", "patience", "sends")
"""Fields of a speaker that are templates."""

Pair = tuple[Cell, Cell]


def unchanging(
    scenario: Scenario,
    population: Population | None,
    populations: Mapping[str, Population] | None = None,
) -> tuple[str, ...]:
    """Return a sentence for any two levels of a condition between which nothing changes.

    Args:
        scenario: one that has been rehearsed with these people.
        population: of the first user.
        populations: of other speakers, by speaker.
    """
    whole = scenario.design.model_copy(update={"fraction": None})
    varied = {name: levels for name, levels in scenario.conditions.items() if len(levels) > 1}
    if not varied or whole.size(scenario.conditions) > MOST_CELLS:
        return ()
    cells = scenario.model_copy(update={"design": whole}).cells()
    people = population.sample(PEOPLE, 0) if population else [Persona("")]
    partners = partners_of(scenario, population, populations or {})
    drawing = Partners(0, population, partners, [people])
    drawing.expect((who.id, 0) for who in people)
    others = [drawing.beside(who) for who in people]
    told = []
    for condition, levels in varied.items():
        contexts = list(_contexts(cells, condition))[:MOST_CONTEXTS]
        for one, other in itertools.combinations(levels, 2):
            pairs = [(cells[one], cells[other]) for cells in contexts]
            if all(_alike(scenario, pair, people, others) for pair in pairs):
                tried = f", compared for {len(people):,} people" if population else ""
                told.append(
                    f"conditions.{condition}: between the levels {quote(one)} and {quote(other)} "
                    f"no prompt, method, model or step changes{tried}; see that a template reads "
                    "what they set"
                )
    return tuple(told)


def _contexts(cells: Sequence[Cell], condition: str) -> Iterator[dict[str, Cell]]:
    """Iterate over the cells that differ in one condition alone, by its levels."""
    found: dict[tuple[str, ...], dict[str, Cell]] = {}
    for cell in cells:
        others = tuple(level for name, level in cell.levels.items() if name != condition)
        found.setdefault(others, {})[cell.levels[condition]] = cell
    yield from found.values()


def _alike(
    scenario: Scenario,
    pair: Pair,
    people: Sequence[Persona],
    others: Sequence[Mapping[str, Persona]],
) -> bool:
    """Tell whether dialogues of two cells begin, and go on, with the same words and settings."""
    one, other = pair
    if (one.steps, one.prompt_version) != (other.steps, other.prompt_version):
        return False
    for name, speaker in one.speakers.items():
        without = dict.fromkeys(RENDERED)
        if dict(speaker) | without != dict(other.speakers[name]) | without:
            return False
    parts = list(zip(*(parts_of(scenario, cell) for cell in pair), strict=True))
    return all(
        mine(who, beside) == theirs(who, beside)
        for who, beside in zip(people, others, strict=True)
        for mine, theirs in parts
    )
