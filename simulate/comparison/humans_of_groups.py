"""How many humans of a group are known, which numbers by a protected attribute depend on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulate.errors import InputError, StatisticsError
from simulate.files.conditions import fits
from simulate.population import Value
from simulate.population.protected import FEWEST_HUMANS, protected_by
from simulate.reference.levels import attribute_levels, is_number, ranges_of

if TYPE_CHECKING:
    from simulate.reference.respondents import Respondents
    from simulate.reference.variable import Variable
    from simulate.runfile import RunReader
    from simulate.scenario import Cell

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


def human_column(humans: Respondents | None, attribute: str) -> Sequence[Value | None] | None:
    """Return an attribute of each human row, whatever the case of its name; None where unknown."""
    columns = {} if humans is None else {n.casefold(): v for n, v in humans.columns.items()}
    return columns.get(attribute.casefold())


def human_levels(
    humans: Respondents | None, attribute: str, known: Sequence[Value]
) -> list[str | None] | None:
    """Return the level of each human row; None where the human data lack the attribute.

    Args:
        humans: the people of the reference.
        attribute: whose column is looked for, whatever the case of its name.
        known: its values among the personas, which decide where ranges of a number end.
    """
    values = human_column(humans, attribute)
    if values is None or (
        ranges_of(known) and not all(is_number(v) for v in values if v is not None)
    ):
        return None
    return attribute_levels(list(values), known)


def human_counts(
    humans: Respondents | None, attribute: str, known: Sequence[Value], levels: Sequence[str]
) -> Mapping[str, int]:
    """Return how many humans have each level of an attribute."""
    texts = human_levels(humans, attribute, known)
    if humans is None or texts is None:
        return {}
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
    people = () if humans is None else humans.rows.clusters
    found = []
    for name in protected_strata(run):
        values = human_column(humans, name) or ()
        counts = [
            len({int(who) for who, value in zip(people, values, strict=False) if fits(value, rule)})
            for rule in run.scenario.design.strata[name].values()
        ]
        if min(counts) < FEWEST_HUMANS:
            found.append(name)
    return tuple(found)


@dataclass(frozen=True)
class CellsAsOne:
    """Cells of a run that count as one.

    Attributes:
        label: its levels, joined.
        levels: of the factors that are told apart.
        cells: of the run that it is made of.
        notes: which groups are not told apart, and why.
    """

    label: str
    levels: Mapping[str, str]
    cells: tuple[Cell, ...]
    notes: tuple[str, ...] = ()


def cells_told_apart(
    run: RunReader,
    asked: Sequence[Cell],
    humans: Callable[[], Respondents | None],
    *,
    random: bool = True,
) -> tuple[CellsAsOne, ...]:
    """Return the cells that are asked for, as they may be told apart.

    Those of groups of a protected attribute, of which too few humans are known, count as one.

    Args:
        run: the run file.
        asked: some of its cells.
        humans: returns the people of the reference; it is asked where a stratum is protected.
        random: whether cells that differ in a random factor only are told apart.

    Raises:
        StatisticsError: the cells are of some groups of a protected attribute that are not told
            apart from the others.
    """
    as_one = without_humans(run, humans()) if protected_strata(run) else ()
    for name in as_one:
        if {cell.levels[name] for cell in asked} != {cell.levels[name] for cell in run.cells}:
            raise StatisticsError(f"{run.path}: {TOGETHER.format(name=name)}")
    parts: dict[tuple[tuple[str, str], ...], list[Cell]] = {}
    for cell in asked:
        levels = dict(cell.levels) if random else run.scenario.design.fixed(cell.levels)
        kept = {name: level for name, level in levels.items() if name not in as_one}
        parts.setdefault(tuple(kept.items()), []).append(cell)
    notes = tuple(TOGETHER.format(name=name) for name in as_one)
    found = []
    for told, cells in parts.items():
        whole = len(told) == len(cells[0].levels)
        label = cells[0].label if whole else "+".join(level for _, level in told) or "all"
        found.append(CellsAsOne(label, dict(told), tuple(cells), notes))
    return tuple(found)
