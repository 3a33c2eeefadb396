"""What a REF of the command line stands for: a reference by its name, or a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from simulate.errors import InputError, ReferenceDataError
from simulate.files.paths import split_path
from simulate.reference import Reference, Variable, load
from simulate.reference.registry import open_variable
from simulate.reference.respondents import (
    Respondents,
    respondents_of_table,
    respondents_of_transcripts,
)
from simulate.reference.table_columns import TableColumns
from simulate.reference.table_file import is_table, opened
from simulate.reference.tables import reference_from_table
from simulate.scenario import Scenario


def load_reference(
    spec: str,
    outcome: str | None = None,
    cleaning: str | None = None,
    columns: TableColumns | None = None,
    *,
    variable: Variable | None = None,
    unit: str | None = None,
    human: bool = False,
) -> Reference:
    """Return the values of a REF: a reference's name, or a table.

    Args:
        spec: `NAME`, `NAME/VARIABLE`, `TABLE` or `TABLE:COLUMN`.
        outcome: picks the variable where the spec names none.
        cleaning: `drop`, `clip` or `none`.
        columns: what the columns of a table are.
        variable: what a table measures, as a scenario declares it; else it is guessed.
        unit: of a table's values, where the user says it.
        human: whether people gave the values of a table.

    Raises:
        ReferenceDataError: it cannot be used.
    """
    table = _table(spec)
    if table is None:
        return load(spec, outcome, cleaning)
    path, named = table
    columns = columns or TableColumns()
    known = {"unit": unit} if unit else {}
    file = reference_from_table(
        path,
        replace(columns, value=named or columns.value),
        variable=replace(variable, unit=unit or variable.unit) if variable else None,
        human=human,
        **known,
    )
    return file.reference(None, cleaning)


def named_reference(scenario: Scenario, outcome: str) -> tuple[Reference | None, str]:
    """Return the human values that a scenario names for an outcome, or why there are none."""
    spec = scenario.compare.get(outcome)
    if spec is None:
        return None, "the scenario names no human data"
    variable = Variable.of_outcome(outcome, scenario.outcomes[outcome])
    try:
        return load_reference(spec, outcome, variable=variable), ""
    except InputError as error:
        return None, f"the human data cannot be read: {error}"


def load_respondents(
    spec: str,
    variable: Variable,
    cleaning: str | None = None,
    columns: TableColumns | None = None,
) -> Respondents | None:
    """Return who gave the human values of a REF; None where it does not say.

    The arguments are as in `load_reference`.

    Raises:
        ReferenceDataError: the table or the transcripts cannot be read.
    """
    if (table := _table(spec)) is not None:
        path, named = table
        columns = columns or TableColumns()
        columns = replace(columns, value=named or columns.value)
        return respondents_of_table(path, columns, variable, rule=cleaning or "drop")
    file, name = open_variable(spec)
    measured = file.variable(name or (variable.name if variable.name in file.variables else None))
    return respondents_of_transcripts(file, measured.variable, rule=cleaning or measured.rule)


def _table(spec: str) -> tuple[Path, str | None] | None:
    """Return the path and the column of a REF that is a table."""
    found = split_path(spec)
    return found if found is not None and is_table(found[0]) else None


def columns_of_reference(columns: TableColumns, spec: str, samples: Sequence[Path]) -> TableColumns:
    """Return the columns that are meant of the reference.

    Where samples are tables too, those that the reference's table has.

    Raises:
        ReferenceDataError: columns are named, and there is no table, or no such reference.
    """
    table = _table(spec)
    if table is not None:
        return columns.among(opened(table[0], columns).names) if samples else columns
    if not samples and columns != TableColumns():
        open_variable(spec)
        refuse_columns(columns)
    return columns


def refuse_columns(columns: TableColumns) -> None:
    """Refuse options of columns where there is no table.

    Raises:
        ReferenceDataError: there are some.
    """
    if columns != TableColumns():
        raise ReferenceDataError(
            "the options of columns and missing codes are for tables, and neither a sample nor "
            "the reference is one; leave them out"
        )
