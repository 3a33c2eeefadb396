"""A table of personas as a file: people, or what a task asks, one a row.

The columns are the attributes. A labelled value is its label; a column of text is of numbers where
each number reads as it is written (`30`, not `030`), and of the texts that stand there else. Three
columns have a meaning of their own, as in the `personas` of a population file: `id`, by default the
file's name with the number of the row, `prose`, and `weight`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from simulate.errors import InputError, PopulationError, first_of, quote
from simulate.files import tables
from simulate.files.strict import Strict
from simulate.files.tables import Reading, Table, tell_of_table
from simulate.files.tables.weights import weights_of
from simulate.limits import MOST_DIALOGUES
from simulate.population.persona import no_id

ID, PROSE, WEIGHT = "id", "prose", "weight"


def table_name(path: Path) -> str:
    """Return what the population of a table is called: its file, without what no name has."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", path.stem).strip("-._") or "table"


class TableSource(Strict):
    """Where the people of a population are, and what the columns of their table are."""

    file: Annotated[str, Field(min_length=1)]
    """A table in the population's folder, or below it."""
    id: str | None = None
    """The column of ids; by default `id`, where there is one."""
    weight: str | None = None
    """The column that says how much each person counts; by default `weight`, likewise."""
    missing: list[str | int | float] = []
    """Codes that stand for a missing value, such as -99."""
    sheet: str | None = None
    """The sheet of a workbook."""
    decimal: Literal[".", ","] | None = None
    """What stands before decimals in a text file."""
    delimiter: str | None = None
    """Between columns of a text file: comma, semicolon, tab or bar."""
    encoding: str | None = None
    """Of a text file, such as latin-1."""

    def columns(self, table: Table) -> tuple[str | None, str | None]:
        """Return the columns of ids and of weights, where there are some.

        Raises:
            PopulationError: one is named that is not there.
        """
        for name in (self.id, self.weight):
            if name is not None and name not in table.columns:
                raise PopulationError(
                    f"{table.path}: there is no column {quote(name, 40)}; it has: "
                    f"{first_of(table.names)}"
                )
        usual = (name if name in table.columns else None for name in (ID, WEIGHT))
        identity, weight = usual
        return self.id or identity, self.weight or weight


def read_table(
    path: Path, source: TableSource | None = None
) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the rows of a table as the `personas` of a population, and where each stands.

    Raises:
        PopulationError: it is no table, an id is missing, cannot be one, or stands twice, or a
            weight is no number of 0 or above.
    """
    source = source or TableSource(file=path.name)
    reading = Reading(source.encoding, source.delimiter, source.decimal, source.sheet)
    table = tables.read_table(path, reading, PopulationError)
    if table.rows > MOST_DIALOGUES:
        raise PopulationError(
            f"{path}: has {table.rows:,} rows, more than {MOST_DIALOGUES:,}; leave some out"
        )
    tell_of_table(path, table.told)
    identity, weighing = source.columns(table)
    ids = _ids(table, identity)
    weights = _weights(table, weighing, told=source.weight is None)
    codes = [str(code) for code in source.missing]
    columns = {
        name: _attribute(table, name, codes)
        for name in table.names
        if name not in (identity, PROSE, weighing)
    }
    alone = table.names if len(table.columns) == 1 else []
    prose = table.texts(PROSE) if PROSE in table.columns else None
    personas: list[dict[str, Any]] = []
    places: list[str] = []
    for row, (name, weight) in enumerate(zip(ids, weights, strict=True)):
        if weight == 0 or (alone and table.columns[alone[0]].cells[row] is None):
            continue
        persona: dict[str, Any] = {"id": name}
        persona["attributes"] = {column: values[row] for column, values in columns.items()}
        if prose is not None:
            persona["prose"] = prose[row]
        if weighing is not None:
            persona["weight"] = weight
        personas.append(persona)
        places.append(table.place(row))
    if not personas:
        raise PopulationError(f"{path}: column {weighing}: is 0 in each row; nobody is left")
    return personas, places


def _ids(table: Table, column: str | None) -> list[str]:
    """Return (n,) the ids of the rows."""
    name = table_name(table.path)
    if column is None:
        return [f"{name}-{number:04d}" for number in range(1, table.rows + 1)]
    ids = table.texts(column)
    seen: dict[str, int] = {}
    for row, persona in enumerate(ids):
        where = f"{table.place(row)}: "
        if not persona:
            raise PopulationError(f"{where}row {row + 1:,} has no id; give it one")
        if wrong := no_id(persona):
            raise PopulationError(f"{where}id {quote(persona, 40)} {wrong}")
        if (first := seen.setdefault(persona, row)) != row:
            raise PopulationError(
                f"{where}rows {first + 1:,} and {row + 1:,} have the id {quote(persona, 40)}; each "
                f"needs an id of its own (the first is at {table.place(first)})"
            )
    return ids


def _weights(table: Table, column: str | None, *, told: bool) -> list[float]:
    """Return (n,) the weights of the rows, 0 or above; `told` is whether they are told of."""
    if column is None:
        return [1.0] * table.rows
    found = weights_of(table, column)
    said = f"column {column} says how much each person counts; if it says something else, rename it"
    zero = sum(weight == 0 for weight in found)
    tell_of_table(table.path, [said] if told else [])
    tell_of_table(table.path, [f"rows with weight 0 were left out: {zero:,}"] if zero else [])
    return found


def _attribute(table: Table, name: str, codes: Sequence[str]) -> list[Any]:
    """Return (n,) the values of an attribute; None for a code of a missing value.

    Raises:
        PopulationError: a cell holds several values, or a number without end.
    """
    column = table.columns[name]
    gone = column.without_value(codes) if codes else [False] * table.rows
    found = _values(table, name, gone)
    return [None if missing else value for value, missing in zip(found, gone, strict=True)]


def _values(table: Table, name: str, gone: Sequence[bool]) -> Sequence[Any]:
    column = table.columns[name]
    if column.labels:
        return [column.labels.get(cell, cell) for cell in column.cells]
    for row, cell in enumerate(column.cells):
        if isinstance(cell, list | dict):
            raise PopulationError(
                f"{table.place(row)}: column {name}: {quote(str(cell), 40)} holds several values; "
                "give each a column of its own"
            )
        if isinstance(cell, float) and math.isinf(cell):
            raise PopulationError(
                f"{table.place(row)}: column {name}: {cell} is no finite number; leave the cell "
                "empty where nothing is known"
            )
    if not column.is_text:
        plain = str | bool | int | float
        known = [None if isinstance(c, float) and math.isnan(c) else c for c in column.cells]
        return [c if c is None or isinstance(c, plain) else str(c) for c in known]
    try:
        numbers = table.typed(name, gone).values
    except InputError:
        numbers = []
    as_written = bool(numbers) and all(
        isinstance(number, int | float) and not isinstance(number, bool) and str(number) == cell
        for number, cell, missing in zip(numbers, column.cells, gone, strict=False)
        if not missing
    )
    if as_written:
        return numbers
    return [cell or "" for cell in column.cells]
