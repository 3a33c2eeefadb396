"""Reading a table: the column of values, what a row is, and what the file says of the values."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from simulate.errors import InputError, ReferenceDataError, quote
from simulate.files.tables import Table, TableColumn, is_table, read_table, tell_of_table
from simulate.files.tables.missing import is_missing
from simulate.files.tables.numbers import Typed
from simulate.files.tables.weights import weights_of
from simulate.reference.table_columns import TableColumns, check_units

__all__ = [
    "Column",
    "attributes_of",
    "is_table",
    "of_people",
    "opened",
    "read_column",
    "typed_column",
    "typed_columns",
]


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
    table: Table | None = None
    """The table, where the column is of one."""
    rows: Sequence[int] = ()
    """(m,) the row of each value in the table, from 0."""
    told: tuple[str, ...] = ()
    """What was decided in reading it, in sentences."""

    @property
    def where(self) -> str:
        """The file and the column, for messages."""
        return f"{self.path}: column {self.name}"

    def place(self, value: int) -> str:
        """Return where a value stands, from 0, for messages."""
        if self.table is None:
            return f"{self.where}, value {value + 1:,}"
        return f"{self.table.place(self.rows[value])}: column {self.name}"

    @property
    def about(self) -> TableColumn:
        """What the file says of the values; of no table, nothing."""
        known = {} if self.table is None else self.table.columns
        return known.get(self.name, TableColumn(self.name, ()))

    @property
    def labels(self) -> Mapping[float | str, str]:
        """Code to what it means, in the order of the codes; empty where the file does not say."""
        return self.about.labels


def opened(path: Path, columns: TableColumns) -> Table:
    """Return a table.

    Raises:
        ReferenceDataError: it cannot be read.
    """
    return read_table(path, columns.reading, ReferenceDataError)


def read_column(path: Path, columns: TableColumns) -> Column:
    """Read the column of values, and those that say what a row is.

    Rows of one dialogue are its candidates where weights are named, whose sum is then 1. Without
    weights they must agree, and count once.

    Raises:
        ReferenceDataError: the file cannot be read, there is no such column, it is not said what
            a row is, or weights cannot be used.
    """
    table = opened(path, columns)
    have = ", ".join(table.names)
    for column in (columns.value, *columns.named):
        if column is not None and column not in table.columns:
            raise ReferenceDataError(f"{path}: there is no column {quote(column)}; it has: {have}")
    name = columns.value
    if name is None:
        others = [column for column in table.names if column not in columns.named]
        if len(others) != 1:
            raise ReferenceDataError(
                f"{path}: say which column has the values, with --column or, of a reference, as "
                f"{path.name}:COLUMN; it has: {have}"
            )
        name = others[0]
    check_units(table, replace(columns, value=name))
    gone, typed = typed_column(table, name, columns.missing)
    tell_of_table(path, (*table.told, *typed.told))
    kept = [row for row, missing in enumerate(gone) if not missing]
    personas = _labels(table, columns.persona_column)
    dialogues = _labels(table, columns.dialogue_column)
    found = Column(
        path=path,
        name=name,
        values=[typed.values[row] for row in kept],
        missing=table.rows - len(kept),
        personas=None if personas is None else [personas[row] for row in kept],
        weights=_weights(table, columns.weight, kept),
        codes=columns.missing,
        table=table,
        rows=kept,
        told=(*table.told, *typed.told),
    )
    if dialogues is not None:
        # The first session of one person is not that of another.
        whole = dialogues if personas is None else list(zip(personas, dialogues, strict=True))
        found = _by_dialogue(found, [whole[row] for row in kept])
        found = replace(found, missing=len(set(whole)) - len({whole[row] for row in kept}))
    if found.weights is not None:
        _check_weights(found, unit_open=columns.dialogue is None)
    return found


def of_people(column: Column) -> Column:
    """Return the column without the rows whose weight is 0, which stand for nobody."""
    if column.weights is None or all(column.weights):
        return column
    kept = [row for row, weight in enumerate(column.weights) if weight > 0]
    told = f"rows with weight 0 were left out: {len(column.weights) - len(kept):,}"
    tell_of_table(column.path, [told])
    return replace(
        column,
        values=[column.values[row] for row in kept],
        personas=column.personas and [column.personas[row] for row in kept],
        weights=[column.weights[row] for row in kept],
        dialogues=column.dialogues and [column.dialogues[row] for row in kept],
        rows=[column.rows[row] for row in kept],
        told=(*column.told, told),
    )


def attributes_of(column: Column) -> dict[str, list[Any]]:
    """Return what the rows of a column's values hold in each column of their table.

    Labelled values are their labels, and codes for missing values None. Numbers of which it is open
    what they are stay texts.
    """
    known = {} if column.table is None else typed_columns(column.table, column.codes)
    return {name: [values[row] for row in column.rows] for name, values in known.items()}


def typed_column(table: Table, name: str, codes: Sequence[str]) -> tuple[list[bool], Typed]:
    """Return (n,) which cells of a column hold no value, and its cells with their types.

    Raises:
        ReferenceDataError: they are numbers, and it is open which.
    """
    gone = table.columns[name].without_value(codes)
    return gone, table.typed(name, gone)


def typed_columns(table: Table, codes: Sequence[str]) -> dict[str, list[Any]]:
    """Return (n,) the values of each column of a table, as `attributes_of` has them."""
    known: dict[str, list[Any]] = {}
    for name, about in table.columns.items():
        try:
            gone, found = typed_column(table, name, codes)
            values = found.values
        except InputError:
            gone, values = about.without_value(codes), list(about.cells)
        labelled = [about.labels.get(value, value) for value in values] if about.labels else values
        known[name] = [None if gone[row] else value for row, value in enumerate(labelled)]
    return known


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
    of_table = [column.rows[row] for row in rows]
    return replace(column, values=values, personas=personas, rows=of_table)


def _labels(table: Table, column: str | None) -> list[str] | None:
    """Return who or what each row belongs to.

    Raises:
        ReferenceDataError: a row does not say.
    """
    if column is None:
        return None
    found = table.texts(column)
    for row, label in enumerate(found):
        if is_missing(label, ("nan",)):
            raise ReferenceDataError(
                f"{table.place(row)}: column {column} is empty; say whose it is, or leave it out"
            )
    return found


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
        for row, label in enumerate(labels or ()):
            if label not in weighing:
                whose = f"{unit} {quote(label, 40)}" if isinstance(label, str) else f"the {unit}"
                raise ReferenceDataError(
                    f"{column.place(row)}: the weights of {whose} sum to 0; leave its rows out"
                )


def _weights(table: Table, column: str | None, kept: Sequence[int]) -> list[float] | None:
    if column is None:
        return None
    weights = weights_of(table, column, kept)
    # Weights are relative: scaled, their sums and squares are numbers whatever their size is.
    largest = math.frexp(max(weights, default=1.0))[1]
    return [math.ldexp(weight, -largest) for weight in weights]
