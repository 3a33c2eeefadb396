"""Draws a sample and sets it beside what its population states."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from simulate.population.achieved import Achieved, Conditional, Margin, Share, Weights, Z
from simulate.population.attribute import Attribute
from simulate.population.correlation import RankCorrelation, spearman
from simulate.population.given import RowFinder
from simulate.population.joint import ranks
from simulate.population.levels import Weighted, levels_of, numbers
from simulate.population.marginal import Discrete, Marginal
from simulate.population.persona import Attributes, Persona
from simulate.population.population import Population
from simulate.statistics.clusters import effective_size
from simulate.statistics.raking import rake

Floats = NDArray[np.float64]
People = Sequence[tuple[Attributes, float]]
"""People with their weights."""

QUANTILES = 20_000
"""Of a continuous distribution, which stand for it."""


def achieved(population: Population, n: int = 1000, seed: int = 0) -> Achieved:
    """Draw a sample and set it beside what the population states.

    Args:
        population: to draw from.
        n: people, at least 2.
        seed: of the sample.

    Raises:
        PopulationError: people cannot be drawn as is stated.
    """
    return set_beside(population, population.sample(n, seed), seed)


def set_beside(population: Population, people: Sequence[Persona], seed: int = 0) -> Achieved:
    """Set people who were drawn from a population beside what it states.

    Args:
        population: they were drawn from.
        people: at least 2.
        seed: that they were drawn with.
    """
    stated, expected = _stated_people(population), _expected_people(population)
    constraints, acceptance = {}, None
    if population.require:
        *each, acceptance = population.acceptance
        constraints = dict(zip(population.require, each, strict=True))
    return Achieved(
        population.population,
        len(people),
        seed,
        tuple(_margin(population, name, stated, expected, people) for name in population.names),
        tuple(_correlation(population, row, expected, people) for row in population.correlations),
        _conditionals(population, people),
        constraints,
        acceptance,
        _groups(population, people),
        _weights(population),
        _notes(population),
    )


def _stated_people(population: Population) -> People:
    """Return people who stand for what the file states; none where marginals say it exactly."""
    if population.personas:
        return [(row.attributes, row.weight) for row in population.personas]
    if any(attribute.given for attribute in population.attributes.values()):
        return [(person, 1.0) for person in population.synthetic.joint.evenly()]
    return []


def _expected_people(population: Population) -> People:
    """Return people who stand for what is expected of a sample; none where it is as stated."""
    groupings = population.groupings
    if not (groupings or population.require or population.margins):
        return []
    people = population.weighted()
    if not groupings:
        return people
    grouped = [(p, w, [grouping.group(p) for grouping in groupings]) for p, w in people]
    kept = [(p, w, [g for g in groups if g is not None]) for p, w, groups in grouped]
    kept = [each for each in kept if len(each[2]) == len(groupings)]
    groups = [np.array([each[2][i] for each in kept]) for i in range(len(groupings))]
    shares = [np.array(grouping.shares) for grouping in groupings]
    found = rake(np.array([weight for _, weight, _ in kept]), groups, shares)
    return [(each[0], weight) for each, weight in zip(kept, found.weights.tolist(), strict=True)]


def _stated_values(attribute: Attribute | None, name: str, stated: People) -> Weighted:
    if attribute is None or attribute.given:
        return [(person.get(name), weight) for person, weight in stated]
    return _values_of(attribute.marginals[0])


def _values_of(marginal: Marginal) -> Weighted:
    """Return the values of a marginal with their probabilities; quantiles of a continuous one."""
    if isinstance(marginal, Discrete):
        return list(zip(marginal.values, marginal.probabilities.tolist(), strict=True))
    return [(value, 1.0) for value in marginal.draw((np.arange(QUANTILES) + 0.5) / QUANTILES)]


def _share(label: str, stated: float | None, expected: float, achieved: float, n: int) -> Share:
    return Share(label, stated, expected, achieved, Z * math.sqrt(expected * (1 - expected) / n))


def _margin(
    population: Population, name: str, stated: People, expected: People, people: Sequence[Persona]
) -> Margin:
    attribute, n = population.attributes.get(name), len(people)
    said = _stated_values(attribute, name, stated)
    wanted = [(person.get(name), weight) for person, weight in expected] if expected else said
    drawn: Weighted = [(person.attributes.get(name), 1.0) for person in people]
    ordered = attribute is not None and attribute.values is not None
    levels = levels_of([*said, *wanted], attribute.values if attribute and ordered else None)
    shares = [levels.shares(values).tolist() for values in (said, wanted, drawn)]
    shown = tuple(
        _share(label, s, e, d, n)
        for label, s, e, d in zip(levels.labels, *shares, strict=True)
        if s or e or d
    )
    mean = None
    if attribute is None or attribute.kind in ("integer", "number"):
        mean = _mean(said, wanted, drawn)
    how = ("counts", "distribution", "given")
    by = next((each for each in how if attribute and getattr(attribute, each)), "table")
    kind = attribute.kind if attribute else "column"
    return Margin(name, kind, attribute.unit if attribute else None, shown, mean, by)


def _mean(said: Weighted, wanted: Weighted, drawn: Weighted) -> Share | None:
    found = []
    for values in (said, wanted, drawn):
        if (known := numbers(values)) is None:
            return None
        weights = np.array([weight for value, weight in values if value is not None])
        mean = float(known @ weights / weights.sum())
        found.append((mean, float(((known - mean) ** 2) @ weights / weights.sum()), len(known)))
    (stated, _, _), (expected, variance, _), (achieved, _, n) = found
    return Share("mean", stated, expected, achieved, Z * math.sqrt(variance / n))


def _correlation(
    population: Population, row: RankCorrelation, expected: People, people: Sequence[Persona]
) -> Share:
    """Set Spearman's ρ beside what is expected; its error is Bonett and Wright's (2000)."""

    def columns(drawn: Sequence[Attributes]) -> tuple[Floats, Floats]:
        named = [(population.attributes[name], name) for name in row.between]
        one, other = (ranks(of, [each[name] for each in drawn]) for of, name in named)
        return one, other

    wanted = row.rank
    if expected:
        weights = np.array([weight for _, weight in expected])
        wanted = spearman(*columns([each for each, _ in expected]), weights)
    found = spearman(*columns([person.attributes for person in people]))
    spread = math.sqrt((1 + wanted**2 / 2) / max(len(people) - 3, 1)) * (1 - wanted**2)
    return Share(" – ".join(row.between), row.rank, wanted, found, Z * spread)


def _conditionals(population: Population, people: Sequence[Persona]) -> tuple[Conditional, ...]:
    found = []
    for name, attribute in population.attributes.items():
        if not attribute.given:
            continue
        columns = {p: [each.attributes[p] for each in people] for p in attribute.parents}
        rows = RowFinder(name, population.attributes).rows(columns)
        for number, (row, marginal) in enumerate(
            zip(attribute.given, attribute.marginals, strict=True)
        ):
            here = [
                (person.attributes[name], 1.0)
                for person, at in zip(people, rows, strict=True)
                if at == number
            ]
            if not here:
                found.append(Conditional(name, row.label, 0, None))
                continue
            said = _values_of(marginal)
            levels = levels_of(said, attribute.values)
            shares = [levels.shares(values).tolist() for values in (said, here)]
            each = [
                _share(label, e, e, d, len(here))
                for label, e, d in zip(levels.labels, *shares, strict=True)
            ]
            found.append(Conditional(name, row.label, len(here), max(each, key=lambda s: s.off)))
    return tuple(found)


def _groups(population: Population, people: Sequence[Persona]) -> dict[str, tuple[Share, ...]]:
    found, n = {}, len(people)
    for grouping in population.groupings:
        drawn = Counter(grouping.group(person.attributes) for person in people)
        found[grouping.name] = tuple(
            _share(label, share, share, drawn[i] / n, n)
            for i, (label, share) in enumerate(zip(grouping.labels, grouping.shares, strict=True))
        )
    return found


def _weights(population: Population) -> Weights | None:
    weights = np.array([row.weight for row in population.rows])
    if not population.personas or np.ptp(weights) == 0:
        return None
    effective = effective_size(weights)
    size, mean = len(weights), float(weights.mean())
    ends = float(weights.min()) / mean, float(weights.max()) / mean
    return Weights(*ends, size, effective, size / effective)


def _notes(population: Population) -> tuple[str, ...]:
    found = []
    moved = 0.0 if population.personas else population.synthetic.joint.copula.moved
    if moved:
        found.append(
            "The correlations contradict each other as they are rounded; the nearest that go "
            f"together are drawn, which moves none by more than {moved:.4f}."
        )
    if population.require:
        found.append(
            "Constraints change margins and correlations: what is stated is conditioned on them."
        )
    return tuple(found)
