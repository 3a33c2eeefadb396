"""`simulate.ppi(run, table)`: few humans and many simulations, in Python as on the command line."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from simulate.comparison.api import compared_outcome, no_export, one_run
from simulate.comparison.prediction_powered.estimates import estimates_of, statistics_of
from simulate.comparison.prediction_powered.pairing import people_of_cells
from simulate.comparison.prediction_powered.result import PredictionPowered
from simulate.comparison.prediction_powered.same_people import (
    Attributes,
    Balance,
    balance,
    refuse_different,
    refuse_lacking,
    refuse_without_people,
)
from simulate.comparison.samples import choose_cells, declared_outcome, from_run, refuse_free_text
from simulate.comparison.settings import Settings
from simulate.errors import ReferenceDataError, StatisticsError, first_of, quote
from simulate.files.paths import split_path
from simulate.reference import Variable
from simulate.reference.respondents import Respondents, respondents_of_table
from simulate.reference.table_columns import TableColumns
from simulate.reference.table_file import is_table, opened
from simulate.statistics.confidence import CONFIDENCE
from simulate.statistics.prediction_powered import FEWEST_HUMANS

if TYPE_CHECKING:
    from simulate.runfile import RunReader

ID = "id"
"""The column of people where none is named."""


def ppi(
    run: str | Path | RunReader,
    table: str | Path,
    *,
    outcome: str | None = None,
    column: str | None = None,
    persona_column: str | None = None,
    columns: TableColumns | None = None,
    cleaning: str = "drop",
    rake: Sequence[str] = (),
    quantiles: Sequence[float] = (),
    width: float | None = None,
    with_excluded: bool = False,
    confidence: float = CONFIDENCE,
    seed: int = 0,
) -> PredictionPowered:
    """Estimate means, shares, quantiles and differences of few humans with many simulations.

    The humans are people whom the run simulates, by their ids; all others of the run tell what is
    known of people without a human value. See `simulate.statistics.prediction_powered`.

    Args:
        run: a run file, `RUN:CELL`, or an open run, whose population is a table of people.
        table: `TABLE` or `TABLE:COLUMN`, with the values of some of these people.
        outcome: which outcome of the run; by default the one that the scenario compares.
        column: the column of the values.
        persona_column: the column of the people's ids; by default `id`.
        columns: what else is said of the table's columns; instead of the two before.
        cleaning: `drop`, `clip` or `none` for human values outside the support.
        rake: attributes by which the others are weighted to have the humans' margins, where those
            with human values are no random part of the people.
        quantiles: which, each in (0, 1); the median by default.
        width: of the interval for which the number of humans is wanted.
        with_excluded: count the dialogues, too, that the scenario's `exclude` leaves out.
        confidence: of intervals.
        seed: of the test of balance.

    Raises:
        StatisticsError: fewer than 20 humans or others, humans who are no random part of the
            people, people of whom something is known on one side only, or no such outcome.
        ReferenceDataError: the table cannot be used.
    """
    from simulate.runfile.answered_by import changes_told
    from simulate.runfile.exclusions_told import exclusions_told
    from simulate.runfile.shard import part_told

    Settings(confidence=confidence, seed=seed)  # refuses what cannot be used
    if width is not None and not 0 < width < np.inf:
        raise StatisticsError(f"width {width:g} must be a finite number above 0")
    with ExitStack() as stack:
        source, cell = one_run(run, stack, "humans are helped", with_excluded)
        source = no_export(source, "does not say who the people of the run are")
        if source.with_branches:
            raise StatisticsError(
                f"{source.path}: branches are no further dialogues of a person; open the run "
                "without them"
            )
        columns = columns or TableColumns(column, persona_column)
        variable = _measured(source, outcome)
        statistics = statistics_of(variable, quantiles)
        refuse_without_people(source.meta.get("population"), rake)
        people = _people(source)
        humans, notes = _humans(str(table), columns, variable, cleaning, people, source.path)
        found = _balance(source, humans, people, rake, seed)
        samples = from_run(source, variable.name, variable, cell=cell)
        cells = people_of_cells(choose_cells(source, cell), samples, humans, people, rake)
        notes += [f"{each.label}: {note}" for each in cells for note in each.notes]
        if source.probability_map is not None:
            notes.append(
                f"replies were drawn through a map ({source.probability_map.told}): if these "
                "humans were among them, what is simulated was fitted to them, and intervals are "
                "too narrow"
            )
        return PredictionPowered(
            outcome=variable.name,
            unit=variable.unit,
            humans_of=str(table),
            rows=tuple(estimates_of(cells, statistics, confidence, width)),
            balance=found,
            raked=tuple(rake),
            reruns={each.label: each.reruns for each in cells},
            confidence=confidence,
            notes=(*notes, *part_told(source), *exclusions_told(source), *changes_told(source)),
        )


def _measured(run: RunReader, outcome: str | None) -> Variable:
    """Return the variable that an outcome of a run is; by default the one that it compares.

    Raises:
        StatisticsError: there is no such outcome, or it is free text.
    """
    named = outcome or compared_outcome(run)
    declared = declared_outcome(run, named)
    refuse_free_text(named, declared)
    return Variable.of_outcome(named, declared)


def _people(run: RunReader) -> dict[str, Attributes]:
    """Return the attributes of everybody in a run, by id."""
    known: dict[str, Attributes] = {}
    for persona in run.personas.values():
        known.setdefault(run.root(persona.id), persona.attributes)
    return known


def _balance(
    run: RunReader,
    humans: Respondents,
    people: dict[str, Attributes],
    rake: Sequence[str],
    seed: int,
) -> tuple[Balance, ...]:
    """Return how like a random part of the people the humans are.

    Raises:
        StatisticsError: the others are fewer than 20, something is known on one side only, or the
            humans differ in what is not raked.
    """
    with_values = set(humans.people)
    theirs = [attributes for person, attributes in people.items() if person not in with_values]
    if len(theirs) < FEWEST_HUMANS:
        raise StatisticsError(
            f"{run.path}: {len(theirs)} of its {len(people):,} people have no human value, and at "
            f"least {FEWEST_HUMANS} are needed: simulate more people of the same table"
        )
    ours = [people[person] for person in humans.people]
    refuse_lacking(ours, theirs)
    found = balance(ours, theirs, seed)
    refuse_different(found, rake)
    return found


def _humans(
    table: str,
    columns: TableColumns,
    variable: Variable,
    cleaning: str,
    people: dict[str, Attributes],
    run: Path,
) -> tuple[Respondents, list[str]]:
    """Return the people of a table who are in the run, and what is told of the others.

    Raises:
        StatisticsError: they are fewer than 20.
        ReferenceDataError: the table cannot be used, or does not say who gave each value.
    """
    split = split_path(table)
    if split is None:
        raise ReferenceDataError(f"{table}: there is no such table of humans")
    if not is_table(split[0]):
        raise ReferenceDataError(f"{table}: is no CSV, JSONL, Parquet, Excel or SPSS table")
    path, named = split
    if columns.weight is not None:
        raise ReferenceDataError(
            f"{path}: each human counts once, and column {quote(columns.weight, 40)} would weigh "
            "them; leave --weight-column out"
        )
    columns = replace(columns, value=named or columns.value)
    if columns.persona_column is None:
        names = opened(path, columns).names
        if ID not in names:
            raise ReferenceDataError(
                f"{path}: name the column with the people's ids, as the run knows them, with "
                f"--persona-column; it has: {first_of(names)}"
            )
        columns = replace(columns, persona=ID)
    found = respondents_of_table(path, columns, variable, rule=cleaning)
    strangers = [person for person in found.people if person not in people]
    n = len(found.people) - len(strangers)
    if n < FEWEST_HUMANS:
        others = (
            f"; not in the run are {first_of(strangers)}: play everybody of the population who "
            "was asked (`simulate run … --resume -n N`)"
            if strangers
            else ""
        )
        raise StatisticsError(
            f"{path}: {n} people of column {columns.persona_column} are personas of {run} with a "
            f"value, and at least {FEWEST_HUMANS} are needed{others}"
        )
    notes = []
    if strangers:
        notes.append(f"left out: {len(strangers):,} humans of {path.name} who are not in the run")
    if found.cleaned_out:
        notes.append(f"left out: {found.cleaned_out:,} human values outside the support")
    inside = np.array([person in people for person in found.people])
    kept = inside[found.rows.clusters]
    return replace(
        found,
        rows=found.rows.subset(kept),
        columns={
            name: [value for value, here in zip(values, kept, strict=True) if here]
            for name, values in found.columns.items()
        },
        people=tuple(person for person in found.people if person in people),
    ), notes
