"""Tables: a column of a CSV, JSONL or Parquet file, as human data or as a sample."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from simulate.errors import ReferenceDataError, StatisticsError, quote
from simulate.reference.file import Measured, ReferenceFile
from simulate.reference.variable import Variable
from simulate.scenario.outcome_kind import OUTCOME_KINDS, as_word

if TYPE_CHECKING:
    import polars as pl

ENDINGS = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet")
MOST_LEVELS = 30


@dataclass(frozen=True, eq=False)
class Column:
    """One column of a table, without its missing values."""

    path: Path
    name: str
    values: list[Any]
    """Values as they stand in the table."""
    missing: int
    """Rows without a value: empty or null."""
    personas: list[str] | None = None
    weights: list[float] | None = None


def is_table(path: Path) -> bool:
    """Tell whether a path has the ending of a table."""
    return path.suffix.casefold() in ENDINGS


def _frame(path: Path) -> pl.DataFrame:
    import polars as pl

    try:
        match path.suffix.casefold():
            case ".csv":
                return pl.read_csv(path, infer_schema_length=None)
            case ".tsv":
                return pl.read_csv(path, separator="\t", infer_schema_length=None)
            case ".jsonl" | ".ndjson":
                return pl.read_ndjson(path, infer_schema_length=None)
            case ".parquet":
                return pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise ReferenceDataError(f"{path}: cannot be read as a table: {error}") from error
    raise ReferenceDataError(
        f"{path}: a table must end in {', '.join(ENDINGS)}; rename or convert the file"
    )


def read_column(
    path: Path,
    column: str | None,
    *,
    persona: str | None = None,
    weight: str | None = None,
) -> Column:
    """Read one column.

    Args:
        path: a CSV, TSV, JSONL or Parquet file.
        column: its name; may be left out of a table that has one column.
        persona: the column that says who gave the value.
        weight: the column of weights.

    Raises:
        ReferenceDataError: the file cannot be read, or there is no such column.
    """
    frame = _frame(path)
    if column is None:
        if frame.width != 1:
            raise ReferenceDataError(
                f"{path}: say which column; it has: {', '.join(frame.columns)}"
            )
        column = frame.columns[0]
    for name in (column, persona, weight):
        if name is not None and name not in frame.columns:
            raise ReferenceDataError(
                f"{path}: there is no column {quote(name)}; it has: {', '.join(frame.columns)}"
            )
    values = frame[column].to_list()
    kept = [i for i, value in enumerate(values) if value is not None and value != ""]
    people = frame[persona].to_list() if persona else None
    weights = frame[weight].to_list() if weight else None
    if weights is not None and any(not isinstance(w, int | float) for w in weights):
        raise ReferenceDataError(f"{path}: column {weight}: a weight is missing or no number")
    return Column(
        path=path,
        name=column,
        values=[values[i] for i in kept],
        missing=len(values) - len(kept),
        personas=[str(people[i]) for i in kept] if people else None,
        weights=[float(weights[i]) for i in kept] if weights else None,
    )


def guess_variable(column: Column, **details: Any) -> Variable:
    """Return a variable that fits a column: its kind by its values, unless `details` say it.

    Each kind says which columns it takes; words make a choice of up to 30 levels.

    Args:
        column: the values.
        details: attributes of the variable that are known.

    Raises:
        ReferenceDataError: the column is empty, or its words are too many for levels.
    """
    if not column.values:
        raise ReferenceDataError(f"{column.path}: column {column.name} has no value")
    kind = details.pop("kind", None)
    levels = details.pop("levels", None)
    if kind is None:
        kinds = OUTCOME_KINDS.built_in.items()
        kind = next(name for name, each in kinds if each.guessed(column.values))
    found = OUTCOME_KINDS[kind]
    if found.takes_levels and levels is None:
        in_order = all(isinstance(v, int | float) for v in column.values)
        if found.scale == "ordered" and not in_order:
            raise ReferenceDataError(
                f"{column.path}: column {column.name}: give the order of the levels"
            )
        levels = tuple(as_word(v) for v in sorted(set(column.values), key=_order))
        if len(levels) > MOST_LEVELS:
            raise ReferenceDataError(
                f"{column.path}: column {column.name} holds {len(levels):,} different words, more "
                f"than {MOST_LEVELS}; is it the right column?"
            )
    name = details.pop("name", None) or column.name
    return Variable(name=name, kind=kind, levels=levels, **details)


def _order(value: Any) -> tuple[int, float, str]:
    number = isinstance(value, int | float)
    return (0, float(value), "") if number else (1, 0.0, str(value))


def measured(variable: Variable, column: Column) -> Measured:
    """Count a column into a measured variable.

    Raises:
        ReferenceDataError: a value does not fit the variable; the message has its row.
    """
    codes = []
    for row, value in enumerate(column.values, start=1):
        if isinstance(value, float) and math.isnan(value):
            raise ReferenceDataError(
                f"{column.path}: column {column.name}: value {row:,} is NaN; leave it empty"
            )
        try:
            codes.append(variable.encode(value))
        except StatisticsError as error:
            raise ReferenceDataError(
                f"{column.path}: column {column.name}, value {row:,}: {error}"
            ) from None
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
    )


def reference_from_table(
    path: Path,
    column: str | None,
    *,
    persona: str | None = None,
    source: str | None = None,
    licence: str = "not stated",
    **details: Any,
) -> ReferenceFile:
    """Make a reference of one variable from a table.

    Args:
        path: the table.
        column: the column of values.
        persona: the column that says who gave the value.
        source: where the data are from; the file's name for `None`.
        licence: under which licence they are.
        details: attributes of the variable that are known: kind, unit, support, levels.

    Raises:
        ReferenceDataError: the table cannot be used.
    """
    read = read_column(path, column, persona=persona)
    return ReferenceFile(
        name=path.stem,
        title=f"Column {read.name} of {path.name}",
        source=source or path.name,
        licence=licence,
        measured=(measured(guess_variable(read, **details), read),),
    )
