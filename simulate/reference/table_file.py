"""Reading a table: one column of a CSV, JSONL or Parquet file, and what a row of it is."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Hashable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simulate.errors import ReferenceDataError, quote
from simulate.files.csv_rows import ENDINGS as CSV_ENDINGS
from simulate.files.csv_rows import first_line, named_twice
from simulate.reference.missing_codes import as_number, is_missing
from simulate.reference.table_columns import TableColumns, check_units

if TYPE_CHECKING:
    import polars as pl

ENDINGS = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet")


@dataclass(frozen=True, eq=False)
class Column:
    """One column of a table, without its missing values."""

    path: Path
    name: str
    values: list[Any]
    """(m,) values as they stand in the table."""
    missing: int
    """Rows, or dialogues where their column is named, without a value."""
    personas: list[str] | None = None
    """(m,) who gave each value; everyone another person for `None`."""
    weights: list[float] | None = None
    """(m,) in [0, 1), in proportion to those of the table; all 1 for `None`."""
    dialogues: list[int] | None = None
    """(m,) number of the dialogue whose candidate each value is, from 0, in order of appearance;
    each value its own dialogue for `None`."""
    codes: tuple[str, ...] = ()
    """What is declared to stand for a missing value."""
    frame: pl.DataFrame | None = None
    """(m,) all columns of the rows of the values."""

    @property
    def where(self) -> str:
        """The file and the column, for messages."""
        return f"{self.path}: column {self.name}"


def is_table(path: Path) -> bool:
    """Tell whether a path has the ending of a table."""
    return path.suffix.casefold() in ENDINGS


def _frame(path: Path, labels: Sequence[str | None] = ()) -> pl.DataFrame:
    """Read a table.

    Args:
        path: of it.
        labels: columns of a CSV file whose cells are names, `007` too.

    Raises:
        ReferenceDataError: it cannot be read, or two columns have one name.
    """
    frame = _as_it_stands(path, labels)
    twice = named_twice(_names(path)) or named_twice(frame.columns)
    if twice:
        raise ReferenceDataError(f"{path}: {twice}")
    return frame


def _names(path: Path) -> list[str]:
    """Return the names of columns as they are written, where polars renames or drops the second."""
    ending = path.suffix.casefold()
    if ending in CSV_ENDINGS:
        return first_line(path, CSV_ENDINGS[ending])
    if ending == ".parquet":
        return []

    def names_of(pairs: list[tuple[str, Any]]) -> list[str]:
        return [name for name, _ in pairs]

    with path.open(encoding="utf-8", errors="replace") as lines:
        for line in (line for line in lines if line.lstrip().startswith("{")):
            with suppress(ValueError, RecursionError):
                names: list[str] = json.loads(line, object_pairs_hook=names_of)
                if len(set(names)) < len(names):
                    return names
    return []


def _as_it_stands(path: Path, labels: Sequence[str | None]) -> pl.DataFrame:
    import polars as pl

    try:
        match path.suffix.casefold():
            case ".csv" | ".tsv" as ending:
                comma = CSV_ENDINGS[ending]
                named = {name: pl.String for name in first_line(path, comma) if name in labels}
                return pl.read_csv(
                    path, separator=comma, infer_schema_length=None, schema_overrides=named
                )
            case ".jsonl" | ".ndjson":
                return pl.read_ndjson(path, infer_schema_length=None)
            case ".parquet":
                return pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise ReferenceDataError(f"{path}: cannot be read as a table: {error}") from error
    raise ReferenceDataError(
        f"{path}: a table must end in {', '.join(ENDINGS)}; rename or convert the file"
    )


def column_names(path: Path) -> list[str]:
    """Return the names of a table's columns."""
    return _frame(path).columns


def read_column(path: Path, columns: TableColumns) -> Column:
    """Read the column of values, and those that say what a row is.

    Rows of one dialogue are its candidates where weights are named, whose sum is then 1. Without
    weights they must agree, and count once.

    Raises:
        ReferenceDataError: the file cannot be read, there is no such column, it is not said what
            a row is, or weights cannot be used.
    """
    frame = _frame(path, (columns.persona_column, columns.dialogue_column))
    have = ", ".join(frame.columns)
    for column in (columns.value, *columns.named):
        if column is not None and column not in frame.columns:
            raise ReferenceDataError(f"{path}: there is no column {quote(column)}; it has: {have}")
    name = columns.value
    if name is None:
        others = [column for column in frame.columns if column not in columns.named]
        if len(others) != 1:
            raise ReferenceDataError(
                f"{path}: say which column has the values, with --column or, of a reference, as "
                f"{path.name}:COLUMN; it has: {have}"
            )
        name = others[0]
    check_units(path, frame, replace(columns, value=name))
    values = frame[name].to_list()
    kept = [row for row, value in enumerate(values) if not is_missing(value, columns.missing)]
    personas = _labels(path, frame, columns.persona_column)
    dialogues = _labels(path, frame, columns.dialogue_column)
    found = Column(
        path=path,
        name=name,
        values=_retyped([values[row] for row in kept], missing=len(values) - len(kept)),
        missing=len(values) - len(kept),
        personas=None if personas is None else [personas[row] for row in kept],
        weights=_weights(path, frame, columns.weight, kept),
        codes=columns.missing,
        frame=frame[kept],
    )
    if dialogues is not None:
        # The first session of one person is not that of another.
        whole = dialogues if personas is None else list(zip(personas, dialogues, strict=True))
        found = _by_dialogue(found, [whole[row] for row in kept])
        found = replace(found, missing=len(set(whole)) - len({whole[row] for row in kept}))
    if found.weights is not None:
        _check_weights(found, unit_open=columns.dialogue is None)
    return found


def _by_dialogue(column: Column, dialogues: Sequence[Hashable]) -> Column:
    """Return the column with its rows joined to dialogues; see `read_column`.

    Raises:
        ReferenceDataError: rows of one dialogue differ, and have no weights.
    """
    first: dict[Hashable, int] = {}
    for row, dialogue in enumerate(dialogues):
        at = first.setdefault(dialogue, row)
        if column.weights is None and column.values[at] != column.values[row]:
            one, other = (quote(str(column.values[each]), 40) for each in (at, row))
            label = dialogue[-1] if isinstance(dialogue, tuple) else dialogue
            raise ReferenceDataError(
                f"{column.where}: dialogue {quote(str(label), 40)} has the values {one} and "
                f"{other}; name the weights of candidates with --weight-column, or another column"
            )
    if len(first) == len(dialogues):
        return column
    if column.weights is not None:
        number = {dialogue: i for i, dialogue in enumerate(first)}
        return replace(column, dialogues=[number[dialogue] for dialogue in dialogues])
    rows = list(first.values())
    personas = column.personas and [column.personas[row] for row in rows]
    values = [column.values[row] for row in rows]
    frame = None if column.frame is None else column.frame[rows]
    return replace(column, values=values, personas=personas, frame=frame)


def _labels(path: Path, frame: pl.DataFrame, column: str | None) -> list[str] | None:
    """Return who or what each row belongs to.

    Raises:
        ReferenceDataError: a row does not say.
    """
    if column is None:
        return None
    found = frame[column].to_list()
    for row, label in enumerate(found, start=1):
        if is_missing(label, ()):
            raise ReferenceDataError(
                f"{path}: column {column}, row {row:,} is empty; say whose it is, or leave it out"
            )
    return [str(label) for label in found]


def _check_weights(column: Column, *, unit_open: bool) -> None:
    """Refuse weights that do not say what they weigh.

    Args:
        column: with weights.
        unit_open: whether it is not said which rows are of one dialogue.

    Raises:
        ReferenceDataError: a persona has several rows and it is open which are of one dialogue,
            or the weights of a dialogue or persona sum to 0.
    """
    weights = column.weights or []
    people = Counter(column.personas or ())
    persona, rows = people.most_common(1)[0] if people else ("", 1)
    if unit_open and rows > 1:
        raise ReferenceDataError(
            f"{column.where}: persona {quote(persona, 40)} has {rows:,} weighted rows; name the "
            "column of the dialogue with --dialogue-column, or say --dialogue-column none if each "
            "row is another dialogue"
        )
    for unit, labels in (("persona", column.personas), ("dialogue", column.dialogues)):
        weighing = {label for label, w in zip(labels or (), weights, strict=False) if w > 0}
        for row, label in enumerate(labels or (), start=1):
            if label not in weighing:
                whose = f"{unit} {quote(label, 40)}" if isinstance(label, str) else f"the {unit}"
                raise ReferenceDataError(
                    f"{column.where}: the weights of {whose} of value {row:,} sum to 0; leave its "
                    "rows out"
                )


def _weights(
    path: Path, frame: pl.DataFrame, column: str | None, kept: Sequence[int]
) -> list[float] | None:
    if column is None:
        return None
    weights = frame[column].to_list()
    for row in kept:
        weight = weights[row]
        number = isinstance(weight, int | float) and not isinstance(weight, bool)
        if not (number and math.isfinite(weight) and weight >= 0):
            raise ReferenceDataError(
                f"{path}: column {column}, row {row + 1:,}: the weight is {quote(str(weight), 40)};"
                " it must be a number of 0 or above"
            )
    # Weights are relative: scaled, their sums and squares are numbers whatever their size is.
    largest = math.frexp(max((float(weights[row]) for row in kept), default=1.0))[1]
    return [math.ldexp(weights[row], -largest) for row in kept]


def _retyped(values: list[Any], *, missing: int) -> list[Any]:
    """Return the values as numbers where codes for missing values made texts of them."""
    if missing and all(isinstance(value, str) for value in values):
        numbers = [as_number(value.strip()) for value in values]
        if None not in numbers:
            return numbers
    return values
