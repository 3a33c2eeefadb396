"""From a SAMPLE of the command line to samples: the cells of a run file, or a table's column."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from simulate.comparison.mapped_outcomes import check_map, through_map
from simulate.comparison.progress import Progress, untold
from simulate.comparison.sample import Sample
from simulate.errors import InputError, ReferenceDataError, StatisticsError, quote
from simulate.files.paths import split_path
from simulate.reference import Variable
from simulate.reference.table_columns import TableColumns
from simulate.reference.table_file import Column, is_table, read_column
from simulate.reference.tables import encoded
from simulate.runfile.draw_statistics import probability_lost
from simulate.runfile.export_reader import DialogueExport
from simulate.scenario.applicability import MISSING, Answer, says_so
from simulate.scenario.outcome_kind import OUTCOME_KINDS
from simulate.terminal.safe_text import counted
from simulate.verbalized.probability_map import ProbabilityMap

if TYPE_CHECKING:
    from simulate.runfile import OutcomeRow, RunReader, ValueCandidate
    from simulate.scenario import Cell, Outcome

MOST_REMEMBERED = 10_000
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
    declared = declared_outcome(run, outcome)
    refuse_free_text(outcome, declared)
    if family(declared.kind) != family(variable.kind):
        raise StatisticsError(
            f"outcome {outcome} is of kind {declared.kind}, the reference's {variable.name} of "
            f"kind {variable.kind}; give another reference"
        )
    if mapped is not None:
        if drawn:
            raise InputError("a map changes distributions, and no drawn values: leave out --drawn")
        check_map(mapped, run, outcome, choose_cells(run, cell))
    (found,) = _from_run(
        run,
        outcome,
        variable,
        (drawn,),
        cell=cell,
        prefix=prefix,
        mapped=mapped,
        progress=progress,
    )
    return found


def expected_and_drawn(
    run: RunReader, outcome: str, variable: Variable
) -> tuple[list[Sample], list[Sample]]:
    """Return two samples per cell of a run, read once: of distributions, and of drawn values."""
    expected, drawn = _from_run(run, outcome, variable, (False, True), cell=None, prefix="")
    return expected, drawn


def _from_run(
    run: RunReader,
    outcome: str,
    variable: Variable,
    ways: Sequence[bool],
    *,
    cell: str | int | None,
    prefix: str,
    mapped: ProbabilityMap | None = None,
    progress: Progress = untold,
) -> list[list[Sample]]:
    unit, lost = run.scenario.outcomes[outcome].unit, probability_lost(run, outcome)
    cells = choose_cells(run, cell)

    def notes(sample: Sample, cell: Cell) -> tuple[str, ...]:
        shared = (sample.sharing_told(variable),) if run.shares_answers and sample.n else ()
        return (*sample.notes, *lost.get(cell.index, ()), *shared)

    return [
        [replace(s, unit=unit, notes=notes(s, c)) for s, c in zip(samples, cells, strict=True)]
        for samples in _of_cells(
            run,
            outcome,
            variable,
            ways,
            cell=cell,
            prefix=prefix,
            mapped=mapped,
            progress=progress,
        )
    ]


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
        (samples,) = _of_cells(export, outcome, variable, (True,), cell=cell, prefix=prefix)
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
    cell: str | int | None,
    prefix: str,
    mapped: ProbabilityMap | None = None,
    progress: Progress = untold,
) -> list[list[Sample]]:
    """Return the samples of cells, for each of some ways: whether of drawn values alone."""
    cells = choose_cells(run, cell)
    rows: dict[int, list[OutcomeRow]] = {c.index: [] for c in cells}
    counts = run.counts()
    begun = sum(n for c in cells for how, n in counts[c.index].items() if how != "planned")
    asked = None if cell is None else {c.index for c in cells}
    for done, row in enumerate(run.outcome_rows(outcome, asked)):
        if done % ROWS_BETWEEN == 0:
            progress(done, begun, "dialogues")
        rows[row.cell].append(row if mapped is None else through_map(row, mapped))

    def of_cell(c: Cell, *, drawn: bool) -> Sample:
        label = f"{prefix}{c.label}"
        sample = sample_of_rows(label, rows[c.index], variable, run.root, drawn=drawn)
        unfinished = counts[c.index].get("running", 0) + counts[c.index].get("planned", 0)
        notes = (f"{counted(unfinished, 'dialogue')} not finished",) if unfinished else ()
        if run.branches:
            notes = (
                *notes,
                f"counts branches, too ({run.branches:,} in the run), on which a "
                "reply was forced: no sample of what the simulator would do",
            )
        if mapped is not None and sample.weighing is not None:
            sample = replace(sample, weighing="through a map")
        return replace(sample, failed=counts[c.index].get("failed", 0), notes=notes)

    return [[of_cell(c, drawn=drawn) for c in cells] for drawn in ways]


def family(kind: str) -> str:
    """Return what a kind is compared as, such as `number`: with its family, else with itself."""
    return OUTCOME_KINDS[kind].family or kind


def _answers(
    row: OutcomeRow, candidates: Sequence[ValueCandidate], *, drawn: bool
) -> list[tuple[Answer, float]]:
    """Return what a dialogue can have answered, with the chances that this had.

    What is missing (a candidate in which nothing matches) is left out.
    """
    if drawn or not candidates:
        found = [(Answer(row.value, row.applies), 1.0)]
    else:
        found = [(Answer(c.value, c.applies), c.chance) for c in candidates]
    return [(answer, chance) for answer, chance in found if answer != MISSING and chance > 0]


def sample_of_rows(
    label: str,
    rows: Sequence[OutcomeRow],
    variable: Variable,
    root: Callable[[str], str],
    *,
    drawn: bool = False,
    log_weights: Sequence[float] | None = None,
) -> Sample:
    """Return the sample of the dialogues to which the outcome applies.

    One that states a chance that it does not counts with the rest. Where the variable has a level
    that says so, this is a value as any other.

    Args:
        label: what a table calls the sample.
        rows: of dialogues.
        variable: codes the values.
        root: returns the person behind a persona.
        drawn: whether the values that were drawn count alone.
        log_weights: of the rows; all 0 for `None`.
    """
    level = next((word for word in variable.categories or () if says_so(word)), None)
    distributions: list[list[tuple[float, float]]] = []
    applying: list[float] = []
    personas: list[str] = []
    codes: list[float] = []
    places: list[int] = []
    missing, not_applicable = 0, 0.0
    as_stated = not drawn
    excluded = Counter(row.excluded for row in rows if row.excluded is not None)
    remembered = lru_cache(MOST_REMEMBERED, typed=True)(variable.encode)

    def encode(value: Any) -> float:
        """Return a value's code; people give few different values, and a file's may be a list."""
        return remembered(value) if isinstance(value, Hashable) else variable.encode(value)

    for place, row in enumerate(rows):
        if not row.counts:
            continue
        candidates = row.candidates or ()
        answers = _answers(row, candidates, drawn=drawn)
        if not answers:
            missing += 1
            continue
        told = [(a.value if a.applies else level, chance) for a, chance in answers]
        parts = [(encode(v), chance) for v, chance in told if v is not None]
        share = sum(chance for _, chance in parts) / sum(chance for _, chance in told)
        not_applicable += 1 - share
        if not parts:
            continue
        distributions.append(parts)
        places.append(place)
        applying.append(share)
        personas.append(root(row.persona))
        as_stated &= bool(candidates) and all(c.chance == c.weight for c in candidates)
        value = row.value if row.applies else level
        if value is not None:
            codes.append(encode(value))
    logs = np.log(applying) if not_applicable else None
    if log_weights is not None:
        logs = np.log(applying) + np.array(log_weights, dtype=np.float64)[places]
    sample = Sample.of_distributions(label, distributions, personas, log_weights=logs)
    return replace(
        sample,
        places=tuple(places),
        missing=missing,
        not_applicable=not_applicable,
        excluded=dict(excluded),
        drawn=np.array(codes),
        weighing=("as stated" if as_stated else "as drawn") if distributions else None,
    )


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
