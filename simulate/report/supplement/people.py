"""The population: where it comes from, and its margins, as stated and as achieved in this run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from simulate.population import Persona, Population
from simulate.population.achieved import Achieved, Share
from simulate.population.sample_report import set_beside
from simulate.report.document import Block, Facts, Items, Paragraph, Section, facts, section
from simulate.report.document import table as new_table
from simulate.report.supplement.gathered import Gathered
from simulate.report.tables import percent
from simulate.statistics.mean_contrasts import FEWEST_PERSONAS
from simulate.terminal.numbers import number

MOST_CORRELATIONS = 12


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
        yield section(title, source, *_told(population, personas, known.run.seed))


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


def _told(population: Population, personas: Sequence[Persona], seed: int) -> Iterator[Block]:
    if len(personas) > 1 and population.names:
        yield from _numbers(set_beside(population, _as_stated(population, personas), seed))


def _as_stated(population: Population, personas: Sequence[Persona]) -> list[Persona]:
    """Return personas with values as the population spells them: a run file has some as texts."""
    spelt = {
        name: {str(value): value for value in attribute.values or ()}
        for name, attribute in population.attributes.items()
    }
    return [
        replace(
            each,
            attributes={n: spelt.get(n, {}).get(str(v), v) for n, v in each.attributes.items()},
        )
        for each in personas
    ]


def _numbers(found: Achieved) -> Iterator[Block]:
    """Yield margins and correlations as stated, as expected where that differs, as achieved."""
    moved = any(level.moved for margin in found.margins for level in margin.levels)
    head = ("stated", *(("expected",) if moved else ()), "achieved", "±")
    sides = "r" * len(head)
    rows = []
    for margin in found.margins:
        unit = f" ({margin.unit})" if margin.unit else ""
        if margin.mean is not None:  # of its ranges `simulate persona report` has the shares
            rows.append((margin.name, f"mean{unit}", *_row(margin.mean, number, moved)))
            continue
        rows += [(margin.name, each.label, *_row(each, percent, moved)) for each in margin.levels]
    yield new_table(("attribute", "value", *head), rows, f"ll{sides}")
    enough = found.n >= FEWEST_PERSONAS
    if found.correlations and enough:
        farthest = sorted(found.correlations, key=lambda each: -each.off)[:MOST_CORRELATIONS]
        pairs = [(each.label, *_row(each, number, moved)) for each in farthest]
        yield new_table(("rank correlation between", *head), pairs, f"l{sides}")
        if len(found.correlations) > len(pairs):
            told = f"the {len(pairs)} farthest off of {len(found.correlations):,} that are stated"
            yield Items((told,))
    expected = "; expected: with constraints, strata, quotas or raking" if moved else ""
    told = "±: 1.96 standard errors of as many independent people" + expected
    yield Items((*((found.sentence,) if enough else ()), f"{told}.", *found.notes))


def _row(each: Share, shown: Callable[[float], str], moved: bool) -> tuple[str, ...]:
    values = (each.stated, *((each.expected,) if moved else ()), each.achieved, each.error)
    return tuple("–" if value is None else shown(value) for value in values)
