"""Tables: a column of a file as a variable, as codes, as human data."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulate.errors import ReferenceDataError, StatisticsError, first_of, quote
from simulate.files.tables import tell_of_table
from simulate.reference.file import Measured, ReferenceFile
from simulate.reference.missing_codes import check_numbers, check_words, declaring
from simulate.reference.table_columns import TableColumns
from simulate.reference.table_file import Column, of_people, read_column
from simulate.reference.value_labels import MOST_LEVELS, labelled_levels
from simulate.reference.variable import Variable
from simulate.scenario.outcome_kind import LARGEST, OUTCOME_KINDS, as_word
from simulate.statistics.rows import Rows, cluster_index

LONGEST_CODE = 40
"""Characters of a value that can be meant as a code for a missing one."""


def guess_variable(column: Column, **details: Any) -> Variable:
    """Return a variable that fits a column: its kind by its values, unless `details` say it.

    Each kind says which columns it takes. Labelled values are levels in the order of their codes;
    other words make a choice of up to 30 levels. Either is told.

    Args:
        column: the values.
        details: attributes of the variable that are known.

    Raises:
        ReferenceDataError: the column is empty, or its words are too many for levels.
    """
    if not column.values:
        raise ReferenceDataError(f"{column.where} has no value")
    for row, value in enumerate(column.values):
        if isinstance(value, list | dict):
            raise ReferenceDataError(
                f"{column.place(row)}: {quote(str(value), 40)} holds several values; give each a "
                "row of its own"
            )
    if details.get("levels") is None:
        check_words(column.where, column.values, column.codes)
    asked = kind = details.pop("kind", None)
    levels = details.pop("levels", None)
    if kind is None and levels is not None:
        kind = "ordinal"  # they are given in their order
    labelled = labelled_levels(column) if levels is None else None
    if kind is None and labelled is not None:
        kind = labelled.kind
        tell_of_table(column.path, [labelled.told])
    if kind is None:
        kinds = OUTCOME_KINDS.built_in.items()
        kind = next(name for name, each in kinds if each.guessed(column.values))
    found = OUTCOME_KINDS[kind]
    if found.takes_levels and levels is None and labelled is not None:
        levels = tuple(labelled.words.values())
    if found.takes_levels and levels is None:
        in_order = all(isinstance(v, int | float) for v in column.values)
        if found.scale == "ordered" and not in_order:
            raise ReferenceDataError(f"{column.where}: give the order of the levels")
        levels = tuple(as_word(v) for v in sorted(set(column.values), key=_order))
        if len(levels) > MOST_LEVELS:
            raise ReferenceDataError(
                f"{column.where} holds {len(levels):,} different words, more than {MOST_LEVELS}; "
                "is it the right column?"
            )
        if asked is None and len(levels) > 2:
            said = f"column {column.name}: its words are taken to have no order"
            where = f"`reference import` takes it by --levels ({first_of(levels)})"
            tell_of_table(column.path, [f"{said}; {where}"])
    name = details.pop("name", None) or column.name
    details.setdefault("description", column.about.label or "")
    return Variable(name=name, kind=kind, levels=levels, **details)


def _order(value: Any) -> tuple[int, float, str]:
    number = isinstance(value, int | float)
    return (0, float(value), "") if number else (1, 0.0, str(value))


def encoded(variable: Variable, column: Column) -> NDArray[np.float64]:
    """Return (m,) the codes of a column's values.

    Raises:
        ReferenceDataError: a value does not fit the variable, or looks like a code for a missing
            one; with what to do.
    """
    codes = np.empty(0)
    if variable.numeric and all(type(value) in (int, float) for value in column.values):
        codes = np.asarray(column.values, dtype=np.float64)
        codes = np.where(np.abs(codes) < 1 / LARGEST, 0.0, codes)
    if not len(codes) or not (np.abs(codes) <= LARGEST).all():
        labelled = labelled_levels(column)
        words = labelled.words if labelled else {}
        codes = np.array([_code(variable, column, words, i) for i in range(len(column.values))])
    if variable.numeric:
        check_numbers(column.where, codes, variable.support, column.codes)
    return codes


def _code(variable: Variable, column: Column, words: Mapping[float | str, str], row: int) -> float:
    """Return the code of a value, which is called by its level, its label or its code."""
    value = column.values[row]
    names = [value]
    if column.labels and not variable.numeric:
        named = (words.get(value), column.labels.get(value), as_word(value))
        names = [name for name in named if name is not None]
    told: list[str] = []
    for name in names:
        try:
            return variable.encode(name)
        except StatisticsError as error:
            told.append(str(error))
    text = str(names[0]).strip()
    typed = text.isprintable() and 0 < len(text) <= LONGEST_CODE
    hint = f"; if it stands for a missing value, say {declaring(text)}" if typed else ""
    raise ReferenceDataError(f"{column.place(row)}: {told[0]}{hint}")


def measured(variable: Variable, column: Column) -> Measured:
    """Count a column into a measured variable.

    Raises:
        ReferenceDataError: a value does not fit the variable; the message has its row.
    """
    codes = encoded(variable, column).tolist()
    counted = Counter(codes)
    values = sorted(counted)
    groups: dict[str, list[float]] = defaultdict(list)
    persons: dict[str, float] = {}
    for persona, code in zip(column.personas or (), codes, strict=False):
        groups[persona].append(code)
    if groups and variable.has_mean:
        persons = {p: float(np.mean(g)) for p, g in groups.items()}
    return Measured(
        variable=variable,
        values=np.array(values, dtype=np.float64),
        counts=np.array([counted[v] for v in values], dtype=np.int64),
        groups=tuple(tuple(sorted(g)) for g in groups.values() if len(g) > 1),
        missing=column.missing,
        persons=persons or None,
        weighted=_weighted(column, codes),
    )


def _weighted(column: Column, codes: list[float]) -> Rows | None:
    """Return the dialogues with their weights.

    Raises:
        ReferenceDataError: the weights are those of candidates.
    """
    if column.weights is None:
        return None
    if column.dialogues is not None:
        raise ReferenceDataError(
            f"{column.where}: several weighted rows of one dialogue are its candidates, and people "
            "gave one value each; give the table as a SAMPLE"
        )
    people = column.personas or list(map(str, range(len(codes))))
    return Rows.of(codes, log_weights=np.log(column.weights), clusters=cluster_index(people))


def reference_from_table(
    path: Path,
    columns: TableColumns,
    *,
    variable: Variable | None = None,
    source: str | None = None,
    licence: str = "not stated",
    human: bool = True,
    **details: Any,
) -> ReferenceFile:
    """Make a reference of one variable from a table.

    Args:
        path: the table.
        columns: what its columns are.
        variable: what is measured, where it is known; else it is guessed.
        source: where the data are from; the file's name for `None`.
        licence: under which licence they are.
        human: whether people gave the values.
        details: attributes of the variable that are known: kind, unit, support, levels.

    Raises:
        ReferenceDataError: the table cannot be used.
    """
    read = of_people(read_column(path, columns))
    return ReferenceFile(
        name=path.stem,
        title=f"Column {read.name} of {path.name}",
        source=source or path.name,
        licence=licence,
        measured=(measured(variable or guess_variable(read, **details), read),),
        human=human,
        reading=read.told,
    )
