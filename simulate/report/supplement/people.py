"""The population: where it comes from, and its margins, aimed at and achieved in this run."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from simulate.population import Persona, Population
from simulate.population.persona import Value
from simulate.report.document import Block, Facts, Paragraph, Section, facts, section
from simulate.report.document import table as new_table
from simulate.report.supplement.gathered import Gathered
from simulate.report.tables import percent
from simulate.terminal.numbers import number

MOST_VALUES = 12
"""An attribute with more different values is told by its mean and standard deviation."""

MISSING = "missing"

Weights = Mapping[str, float]


def people(known: Gathered) -> Iterator[Section]:
    """Yield each population with its margins."""
    if not known.populations:
        text = "No population: a persona had no attributes."
        yield section("Population", Paragraph(text))
    before: list[Population] = []
    for speaker, population, personas in known.populations:
        whose = f" of {speaker}" if speaker and len(known.populations) > 1 else ""
        title = f"Population{whose}: {population.population}"
        source = _source(population, personas)
        if any(population is each for each in before):
            source = facts(("personas in this run", f"{len(personas):,}; population as above"))
        before.append(population)
        yield section(title, source, *_numbers(population, personas))


def _source(population: Population, personas: Sequence[Persona]) -> Facts:
    rows = len(population.personas)
    return facts(
        ("description", population.description),
        ("source", population.source or "none is named"),
        ("licence", population.licence or "none is named"),
        ("people behind it", f"{population.n:,}" if population.n else "not said"),
        ("kind", f"a table of {rows:,} people" if rows else "attributes with their distributions"),
        ("personas in this run", f"{len(personas):,}"),
        ("notes", population.notes),
    )


def _numbers(population: Population, personas: Sequence[Persona]) -> Iterator[Block]:
    found = list(_margins(population, personas))
    if found:
        yield new_table(("attribute", "value", "aimed at", "personas", "achieved"), found, "llrrr")
        yield Paragraph(
            "Aimed at: the population as it is declared (of a table, by its weights). Achieved: "
            "the different personas of this run, each counted once.",
            "note",
        )
    if population.correlations:
        stated = [(" and ".join(c.between), number(c.rank, 2)) for c in population.correlations]
        yield new_table(("rank correlation between", "declared"), stated, "lr")


def _margins(population: Population, personas: Sequence[Persona]) -> Iterator[tuple[str, ...]]:
    names = [name for persona in personas for name in persona.attributes]
    for name in dict.fromkeys([*population.attributes, *names]):
        achieved = Counter(_shown(persona.attributes.get(name)) for persona in personas)
        target = _target(population, name)
        values = list(dict.fromkeys([*target, *achieved]))
        if len(values) > MOST_VALUES:
            yield from _moments(name, target, achieved)
            continue
        aimed, there = sum(target.values()), sum(achieved.values())
        for value in values:
            share = percent(target.get(value, 0) / aimed) if aimed else "–"
            got = percent(achieved[value] / there) if there else "–"
            yield name, value, share, f"{achieved[value]:,}", got


def _shown(value: Value | None) -> str:
    return MISSING if value is None else str(value)


def _target(population: Population, name: str) -> Weights:
    """Return how often each value is aimed at; empty where it is not counted."""
    if population.personas:
        found: dict[str, float] = {}
        for row in population.personas:
            value = _shown(row.attributes.get(name))
            found[value] = found.get(value, 0.0) + row.weight
        return found
    declared = population.attributes.get(name)
    return {} if declared is None else {_shown(v): n for v, n in declared.counts.items()}


def _moments(name: str, target: Weights, achieved: Weights) -> Iterator[tuple[str, ...]]:
    there = f"{sum(achieved.values()):,.0f}"
    shown = (_mean_sd(target), _mean_sd(achieved))
    if all(each is None for each in shown):
        yield name, f"{len(achieved):,} different values", "–", there, "–"
        return
    for place, what in enumerate(("mean", "standard deviation")):
        aimed, got = (number(each[place] if each else None, 2) for each in shown)
        yield name, what, aimed, there, got


def _mean_sd(counted: Weights) -> tuple[float, float] | None:
    """Return mean and standard deviation of values that are numbers; None where some are not."""
    try:
        numbers = [(float(v), n) for v, n in counted.items() if v != MISSING and n]
    except ValueError:
        return None
    if not numbers:
        return None
    total = math.fsum(n for _, n in numbers)
    mean = math.fsum(v * n for v, n in numbers) / total
    return mean, math.sqrt(math.fsum(n * (v - mean) ** 2 for v, n in numbers) / total)
