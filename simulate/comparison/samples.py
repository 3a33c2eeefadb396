"""From a SAMPLE of the command line to samples: the cells of a run file, or a table's column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from simulate.comparison.gathering import Gathering
from simulate.comparison.humans_of_groups import cells_told_apart, humans_of
from simulate.comparison.mapped_outcomes import check_map, through_map
from simulate.comparison.progress import Progress, untold
from simulate.comparison.sample import Sample, pooled
from simulate.errors import InputError, ReferenceDataError, StatisticsError, quote
from simulate.files.paths import split_path
from simulate.reference import Variable
from simulate.reference.table_columns import TableColumns
from simulate.reference.table_file import Column, is_table, read_column
from simulate.reference.tables import encoded
from simulate.runfile.draw_statistics import probability_lost
from simulate.runfile.export_reader import DialogueExport
from simulate.runfile.place import newest_hint
from simulate.scenario.outcome_kind import OUTCOME_KINDS
from simulate.terminal.safe_text import counted
from simulate.verbalized.probability_map import ProbabilityMap

if TYPE_CHECKING:
    from simulate.runfile import RunReader
    from simulate.scenario import Cell, Outcome

ROWS_BETWEEN = 1000
"""Dialogues that are read between two signs of progress."""


def split_spec(spec: str) -> tuple[Path, str | None]:
    """Split a SAMPLE into its path and the cell it names, if any.

    Raises:
        ReferenceDataError: there is no such file.
    """
    if (found := split_path(spec)) is not None:
        return found
    raise ReferenceDataError(
        f"there is no file {quote(spec)}; give a run file, RUN:CELL, or a table"
        f"{newest_hint(Path(spec))}"
    )


def choose_cells(run: RunReader | DialogueExport, asked: str | int | None) -> tuple[Cell, ...]:
    """Return the cell of a run that is asked for; all cells for `None`.

    Args:
        run: an open run file.
        asked: the number of a cell, from 0; or as text its label, or its number where no cell of
            the run has this label, nor a level of a condition this name.

    Raises:
        StatisticsError: there is no such cell.
    """
    if asked is None:
        return run.cells
    labelled = tuple(c for c in run.cells if c.label == asked)
    numbered = () if _is_level(run, asked) else (c for c in run.cells if str(c.index) == str(asked))
    if found := labelled or tuple(numbered):
        return found
    have = ", ".join(cell.label for cell in run.cells)
    raise StatisticsError(f"{run.path}: there is no cell {quote(str(asked))}; it has: {have}")


def _is_level(run: RunReader | DialogueExport, asked: str | int) -> bool:
    """Tell whether a level of a condition has this name, so that it may be meant and not a cell."""
    return any(asked in levels for levels in run.scenario.conditions.values())


def declared_outcome(run: RunReader, name: str) -> Outcome:
    """Return an outcome as the scenario of a run declares it.

    Raises:
        StatisticsError: there is none of this name.
    """
    outcomes = run.scenario.outcomes
    if name not in outcomes:
        have = ", ".join(outcomes) or "none"
        raise StatisticsError(f"{run.path}: there is no outcome {quote(name)}; it has: {have}")
    return outcomes[name]


def refuse_free_text(outcome: str, declared: Outcome) -> None:
    """Refuse an outcome of which nothing can be counted.

    Raises:
        StatisticsError: it is free text.
    """
    if not OUTCOME_KINDS[declared.kind].has_codes:
        raise StatisticsError(
            f"outcome {outcome} is free text, which is neither counted nor compared; read it with "
            "`simulate export`, or have a judge code it in an outcome of its own"
        )


def _fitting(run: RunReader, outcome: str, variable: Variable) -> None:
    """Refuse an outcome of which nothing is counted, or of another kind than the variable's."""
    declared = declared_outcome(run, outcome)
    refuse_free_text(outcome, declared)
    if family(declared.kind) != family(variable.kind):
        raise StatisticsError(
            f"outcome {outcome} is of kind {declared.kind}, the reference's {variable.name} of "
            f"kind {variable.kind}; give another reference"
        )


def from_run(
    run: RunReader,
    outcome: str,
    variable: Variable,
    *,
    cell: str | int | None = None,
    drawn: bool = False,
    prefix: str = "",
    mapped: ProbabilityMap | None = None,
    progress: Progress = untold,
) -> list[Sample]:
    """Return one sample per cell of a run.

    An outcome with candidates enters with all of them, each with the chance that it had to be
    drawn, unless `drawn` asks for the drawn values alone.

    The variable is that of the reference. The prefix is put before the label of each cell. With a
    probability map each candidate enters with the probability that it is mapped to. `progress` is
    told how many dialogues were read.

    Raises:
        InputError: the map was fitted to something else.
        StatisticsError: no such outcome or cell, another kind than the reference's, or a value
            that does not fit.
    """
    _fitting(run, outcome, variable)
    if mapped is not None:
        if drawn:
            raise InputError("a map changes distributions, and no drawn values: leave out --drawn")
        check_map(mapped, run, outcome, choose_cells(run, cell))
    *_, (found,) = _from_run(
        run,
        outcome,
        variable,
        (drawn,),
        cells=choose_cells(run, cell),
        prefix=prefix,
        mapped=mapped,
        progress=progress,
    )
    return found


def samples_told_apart(run: RunReader, outcome: str, variable: Variable) -> list[Sample]:
    """Return the samples of `from_run`, those of cells that are not told apart as one.

    These are groups of a protected attribute of which too few humans are known.

    Raises:
        StatisticsError: as `from_run`.
    """
    samples = from_run(run, outcome, variable)
    cells = cells_told_apart(run, run.cells, lambda: humans_of(run, outcome, variable))
    return [pooled([samples[c.index] for c in each.cells], each.label) for each in cells]


def samples_so_far(
    run: RunReader,
    outcome: str,
    variable: Variable,
    cells: Sequence[Cell],
    *,
    progress: Progress = untold,
) -> Iterator[list[Sample]]:
    """Read some cells of a run, and give what there is again and again; at last all of it.

    The samples are those of `from_run`, in the order of the cells. They are of the first 1,000
    dialogues, then of the first 2,000, 4,000 and so on.

    Raises:
        StatisticsError: as `from_run`.
    """
    _fitting(run, outcome, variable)
    ways = _from_run(
        run, outcome, variable, (False,), cells=cells, prefix="", progress=progress, partly=True
    )
    yield from (samples for (samples,) in ways)


def expected_and_drawn(
    run: RunReader,
    outcome: str,
    variable: Variable,
    cells: Sequence[Cell],
    progress: Progress = untold,
) -> tuple[list[Sample], list[Sample]]:
    """Return two samples of each of some cells, read once: of distributions, and of drawn values.

    They are in the order of the cells.
    """
    *_, (expected, drawn) = _from_run(
        run, outcome, variable, (False, True), cells=cells, prefix="", progress=progress
    )
    return expected, drawn


def _from_run(
    run: RunReader,
    outcome: str,
    variable: Variable,
    ways: Sequence[bool],
    *,
    cells: Sequence[Cell],
    prefix: str,
    mapped: ProbabilityMap | None = None,
    progress: Progress = untold,
    partly: bool = False,
) -> Iterator[list[list[Sample]]]:
    """Give what `_of_cells` gives, with unit and notes."""
    unit, lost = run.scenario.outcomes[outcome].unit, probability_lost(run, outcome)

    def noted(sample: Sample, cell: Cell) -> Sample:
        shared = (sample.sharing_told(variable),) if run.shares_answers and sample.n else ()
        notes = (*sample.notes, *lost.get(cell.index, ()), *shared)
        return replace(sample, unit=unit, notes=notes)

    for found in _of_cells(
        run,
        outcome,
        variable,
        ways,
        cells=cells,
        prefix=prefix,
        mapped=mapped,
        progress=progress,
        partly=partly,
    ):
        yield [[noted(s, c) for s, c in zip(each, cells, strict=True)] for each in found]


def from_export(
    export: DialogueExport,
    outcome: str,
    variable: Variable,
    *,
    cell: str | int | None = None,
    prefix: str = "",
    unit: str | None = None,
) -> list[Sample]:
    """Return one sample per cell of a JSONL export, of the values that were drawn.

    The variable is that of the reference, and codes the values; their unit may be known.

    Raises:
        ReferenceDataError: no dialogue has this outcome, or a value does not fit.
        StatisticsError: there is no such cell.
    """
    try:
        cells = choose_cells(export, cell)
        *_, (samples,) = _of_cells(export, outcome, variable, (True,), cells=cells, prefix=prefix)
    except StatisticsError as error:
        raise ReferenceDataError(f"{export.path}: outcome {outcome}: {error}") from None
    told = ("its candidates are not used: an export does not say how they were drawn",)
    notes = told if outcome in export.listed else ()
    return [replace(sample, unit=unit, notes=(*sample.notes, *notes)) for sample in samples]


def _of_cells(
    run: RunReader | DialogueExport,
    outcome: str,
    variable: Variable,
    ways: Sequence[bool],
    *,
    cells: Sequence[Cell],
    prefix: str,
    mapped: ProbabilityMap | None = None,
    progress: Progress = untold,
    partly: bool = False,
) -> Iterator[list[list[Sample]]]:
    """Give the samples of cells, for each of some ways: whether of drawn values alone.

    They are given once, when all is read; partly, also before, see `samples_so_far`.
    """
    gathered = {
        c.index: [Gathering(f"{prefix}{c.label}", variable, run.root, drawn=w) for w in ways]
        for c in cells
    }
    counts = run.counts()
    begun = sum(n for c in cells for how, n in counts[c.index].items() if how != "planned")

    def of_cell(c: Cell, way: int, done: int) -> Sample:
        sample = gathered[c.index][way].sample()
        unfinished = counts[c.index].get("running", 0) + counts[c.index].get("planned", 0)
        notes = (f"{counted(unfinished, 'dialogue')} not finished",) if unfinished else ()
        if done < begun:
            notes = (f"read {done:,} of {counted(begun, 'dialogue')} so far",)
        if run.branches:
            notes = (
                *notes,
                f"counts branches, too ({run.branches:,} in the run), on which a "
                "reply was forced: no sample of what the simulator would do",
            )
        if mapped is not None and sample.weighing is not None:
            sample = replace(sample, weighing="through a map")
        return replace(sample, failed=counts[c.index].get("failed", 0), notes=notes)

    def so_far(done: int) -> list[list[Sample]]:
        return [[of_cell(c, way, done) for c in cells] for way in range(len(ways))]

    given, asked = ROWS_BETWEEN, None if len(cells) == len(run.cells) else set(gathered)
    for done, row in enumerate(run.outcome_rows(outcome, asked)):
        if done % ROWS_BETWEEN == 0:
            progress(done, begun, "dialogues")
        if partly and done == given < begun:
            yield so_far(done)
            given *= 2
        for each in gathered[row.cell]:
            each.add(row if mapped is None else through_map(row, mapped))
    yield so_far(begun)


def family(kind: str) -> str:
    """Return what a kind is compared as, such as `number`: with its family, else with itself."""
    return OUTCOME_KINDS[kind].family or kind


def from_table(
    path: Path, variable: Variable, columns: TableColumns, *, unit: str | None = None
) -> Sample:
    """Return the sample of a table's column.

    The variable is that of the reference, and codes the values; their unit may be known.

    Raises:
        ReferenceDataError: the table cannot be used, or a value does not fit; the message has
            its row.
        StatisticsError: it has no value.
    """
    if not is_table(path):
        raise ReferenceDataError(f"{path}: neither a run file nor a CSV, JSONL or Parquet table")
    read = read_column(path, columns)
    label = path.name if columns.value is None else f"{path.name}:{read.name}"
    if not read.values:
        raise StatisticsError(f"{label}: the column has no value; there is nothing to compare")
    codes = encoded(variable, read)
    if read.dialogues is None:
        sample = Sample.of(label, codes, weights=read.weights, personas=read.personas)
    else:
        sample = _of_candidates(label, codes, read)
    return replace(sample, missing=read.missing, unit=unit)


def _of_candidates(label: str, codes: NDArray[np.float64], column: Column) -> Sample:
    """Return the sample of a table with a row for each candidate of a dialogue."""
    numbers, weights = column.dialogues or [], column.weights or []
    people = column.personas or [str(number) for number in numbers]
    distributions: dict[int, list[tuple[float, float]]] = {}
    owner: dict[int, str] = {}
    for number, code, weight, person in zip(numbers, codes, weights, people, strict=True):
        distributions.setdefault(number, []).append((float(code), weight))
        owner[number] = person
    sample = Sample.of_distributions(label, list(distributions.values()), list(owner.values()))
    return sample if column.personas else replace(sample, personas=())
