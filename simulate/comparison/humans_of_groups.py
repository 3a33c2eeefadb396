"""How many humans of a group are known, which numbers by a protected attribute depend on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from simulate.errors import InputError
from simulate.files.conditions import fits
from simulate.population import Value
from simulate.population.protected import FEWEST_HUMANS, protected_by
from simulate.reference.levels import attribute_levels

if TYPE_CHECKING:
    from simulate.reference.respondents import Respondents
    from simulate.reference.variable import Variable
    from simulate.runfile import RunReader

TOGETHER = (
    f"the groups by {{name}} are not told apart, as a group of a protected attribute has a number "
    f"only beside {FEWEST_HUMANS} humans of it in the reference"
)


def humans_of(run: RunReader, outcome: str, variable: Variable) -> Respondents | None:
    """Return the humans of the reference that the scenario names, where they are known."""
    from simulate.comparison.reference_spec import load_respondents

    spec = run.scenario.compare.get(outcome)
    if spec is None:
        return None
    try:
        return load_respondents(spec, variable)
    except InputError:  # a summary needs no human data
        return None


def human_counts(
    humans: Respondents | None, attribute: str, known: Sequence[Value], levels: Sequence[str]
) -> Mapping[str, int]:
    """Return how many humans have each level of an attribute."""
    columns = {} if humans is None else {n.casefold(): v for n, v in humans.columns.items()}
    values = columns.get(attribute.casefold())
    if humans is None or values is None:
        return {}
    texts = attribute_levels(list(values), known)
    people = humans.rows.clusters
    return {
        level: len({int(p) for p, t in zip(people, texts, strict=True) if _alike(t, level)})
        for level in levels
    }


def _alike(text: str | None, level: str) -> bool:
    return text is not None and text.casefold() == level.casefold()


def protected_strata(run: RunReader) -> tuple[str, ...]:
    """Return the strata of a design, two or more, by protected attributes."""
    protects, strata = protected_by(run.meta.get("population")), run.scenario.design.strata
    return tuple(name for name in strata if protects(name) and len(strata[name]) > 1)


def without_humans(run: RunReader, humans: Respondents | None) -> tuple[str, ...]:
    """Return the protected strata of which a group has too few humans to have a number."""
    columns = {} if humans is None else {n.casefold(): v for n, v in humans.columns.items()}
    people = () if humans is None else humans.rows.clusters
    found = []
    for name in protected_strata(run):
        values = columns.get(name.casefold(), ())
        counts = [
            len({int(who) for who, value in zip(people, values, strict=False) if fits(value, rule)})
            for rule in run.scenario.design.strata[name].values()
        ]
        if min(counts) < FEWEST_HUMANS:
            found.append(name)
    return tuple(found)
