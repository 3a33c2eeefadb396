"""One outcome of a run, read once, to be put into groups by one attribute after the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulate.comparison.humans_of_groups import CellsAsOne, cells_told_apart, humans_of
from simulate.comparison.progress import Progress, untold
from simulate.comparison.reference_spec import named_reference
from simulate.comparison.sample import Sample, pooled
from simulate.comparison.samples import declared_outcome, from_run
from simulate.comparison.summary.attributes import told_words
from simulate.errors import StatisticsError, first_of, quote
from simulate.population import Attributes
from simulate.population.protected import protected_by
from simulate.reference import Reference, Variable
from simulate.reference.respondents import Respondents
from simulate.runfile.dialogue import UNFINISHED
from simulate.scenario import Scenario

if TYPE_CHECKING:
    from simulate.runfile import RunReader

Ended = Mapping[tuple[str, str], tuple[int, int]]
"""Cell's label and person to how many dialogues ended, and how many of them failed."""


@dataclass(frozen=True, eq=False)
class GroupedOutcome:
    """One outcome with what is needed to put it into groups.

    Attributes:
        outcome: its name.
        variable: what it measures, as the reference says where there is one.
        scenario: of the run.
        reference: the human values, or None.
        why_none: why there is no reference; empty where there is one.
        humans: who gave them, where that is known.
        cells: as they may be told apart.
        samples: of each of them.
        people: attributes of each person, by id, of all personas of the run.
        attributes: to choose from: those that a model was told of first.
        untold: those of which no model was told.
        protected: those by which nobody is ranked.
        ended: see `Ended`.
        running: dialogues that have not ended.
    """

    outcome: str
    variable: Variable
    scenario: Scenario
    reference: Reference | None
    why_none: str
    humans: Respondents | None
    cells: tuple[CellsAsOne, ...]
    samples: tuple[Sample, ...]
    people: Mapping[str, Attributes]
    attributes: tuple[str, ...]
    untold: frozenset[str]
    protected: frozenset[str]
    ended: Ended
    running: int

    @property
    def choices(self) -> tuple[str, ...]:
        """The cells to choose from: all together first, where there are several."""
        labels = tuple(each.label for each in self.cells)
        return (f"all {len(labels)} cells together", *labels) if len(labels) > 1 else labels

    def place_of(self, cells: Sequence[str]) -> int:
        """Return the place of the choice that labels stand for; all together for none.

        Raises:
            StatisticsError: there is no such cell.
        """
        if not cells:
            return 0
        if cells[0] not in self.choices:
            have = first_of(self.choices)
            raise StatisticsError(f"there is no cell {quote(cells[0], 40)}; there are: {have}")
        return self.choices.index(cells[0])

    def chosen(self, place: int) -> tuple[Sample, tuple[CellsAsOne, ...]]:
        """Return the values of one of the choices, and the cells that it is of."""
        if len(self.cells) > 1 and place == 0:
            return pooled(self.samples, self.choices[0]), self.cells
        at = place - (len(self.cells) > 1)
        return self.samples[at], (self.cells[at],)


def group_outcome(run: RunReader, outcome: str, progress: Progress = untold) -> GroupedOutcome:
    """Read one outcome of all dialogues; `progress` is told of them.

    Args:
        run: the run file.
        outcome: its name.
        progress: is told how many dialogues were read.

    Raises:
        StatisticsError: the run does not measure it, or it is free text.
    """
    scenario = run.scenario
    own = Variable.of_outcome(outcome, declared_outcome(run, outcome))
    reference, why = named_reference(scenario, outcome)
    variable = own if reference is None else reference.variable
    humans = None if reference is None else humans_of(run, outcome, variable)
    cells = cells_told_apart(run, run.cells, lambda: humans)
    samples = from_run(run, outcome, variable, progress=progress)
    joined = tuple(
        pooled([samples[cell.index] for cell in each.cells], each.label) for each in cells
    )
    people = {run.root(p.id): p.attributes for p in reversed(run.personas.values())}
    names = tuple(dict.fromkeys(name for each in people.values() for name in each))
    words = told_words(run)
    untold_of = {name for name in names if words is not None and name not in words}
    protected = frozenset(filter(protected_by(run.meta.get("population")), names))
    of_humans = {name.casefold() for name in (humans.columns if humans else ())}

    def last(name: str) -> tuple[bool, bool]:
        """Order what nothing can be shown of, or no model was told of, behind the others."""
        return name in protected and name.casefold() not in of_humans, name in untold_of

    ended, running = _ended(run, cells)
    return GroupedOutcome(
        outcome,
        variable,
        scenario,
        reference,
        why,
        humans,
        cells,
        joined,
        people,
        tuple(sorted(names, key=last)),
        frozenset(untold_of),
        protected,
        ended,
        running,
    )


def _ended(run: RunReader, cells: tuple[CellsAsOne, ...]) -> tuple[Ended, int]:
    label = {cell.index: each.label for each in cells for cell in each.cells}
    ended: Counter[tuple[str, str]] = Counter()
    failed: Counter[tuple[str, str]] = Counter()
    running = 0
    for planned, status in run.planned():
        if status in UNFINISHED:
            running += 1
            continue
        key = (label[planned.cell], run.root(planned.persona))
        ended[key] += 1
        failed[key] += status == "failed"
    return {key: (n, failed[key]) for key, n in ended.items()}, running
