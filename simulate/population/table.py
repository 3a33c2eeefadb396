"""A table of personas as a file: people, or what a task asks, one a row.

The columns are the attributes. A labelled value is its label; a column of text is of numbers where
each number reads as it is written (`30`, not `030`), and of the texts that stand there else. Three
columns have a meaning of their own, as in the `personas` of a population file: `id`, by default the
file's name with the number of the row, `prose`, and `weight`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from simulate.errors import InputError, PopulationError, quote
from simulate.files import tables
from simulate.files.tables import Reading, Table, tell_of_table
from simulate.files.tables.weights import weights_of
from simulate.limits import MOST_DIALOGUES
from simulate.population.persona import no_id

ID, PROSE, WEIGHT = "id", "prose", "weight"


def table_name(path: Path) -> str:
    """Return what the population of a table is called: its file, without what no name has."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", path.stem).strip("-._") or "table"


def read_table(
    path: Path, reading: Reading | None = None
) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the rows of a table as the `personas` of a population, and where each stands.

    Raises:
        PopulationError: it is no table, an id is missing, cannot be one, or stands twice, or a
            weight is no number of 0 or above.
    """
    table = tables.read_table(path, reading, PopulationError)
    if table.rows > MOST_DIALOGUES:
        raise PopulationError(
            f"{path}: has {table.rows:,} rows, more than {MOST_DIALOGUES:,}; leave some out"
        )
    tell_of_table(path, table.told)
    ids = _ids(table)
    weights = _weights(table)
    columns = {
        name: _attribute(table, name) for name in table.names if name not in (ID, PROSE, WEIGHT)
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
        if WEIGHT in table.columns:
            persona["weight"] = weight
        personas.append(persona)
        places.append(table.place(row))
    if not personas:
        raise PopulationError(f"{path}: column {WEIGHT}: is 0 in each row; nobody is left")
    return personas, places


def _ids(table: Table) -> list[str]:
    """Return (n,) the ids of the rows."""
    name = table_name(table.path)
    if ID not in table.columns:
        return [f"{name}-{number:04d}" for number in range(1, table.rows + 1)]
    ids = table.texts(ID)
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


def _weights(table: Table) -> list[float]:
    """Return (n,) the weights of the rows, 0 or above."""
    if WEIGHT not in table.columns:
        return [1.0] * table.rows
    found = weights_of(table, WEIGHT)
    zero = sum(weight == 0 for weight in found)
    left_out = f"; {zero:,} rows with weight 0 are left out" if zero else ""
    told = f"column {WEIGHT} says how much each person counts{left_out}; if it says something else"
    tell_of_table(table.path, [f"{told}, rename it"])
    return found


def _attribute(table: Table, name: str) -> list[Any]:
    """Return (n,) the values of an attribute.

    Raises:
        PopulationError: a cell holds several values.
    """
    column = table.columns[name]
    if column.labels:
        return [column.labels.get(cell, cell) for cell in column.cells]
    for row, cell in enumerate(column.cells):
        if isinstance(cell, list | dict):
            raise PopulationError(
                f"{table.place(row)}: column {name}: {quote(str(cell), 40)} holds several values; "
                "give each a column of its own"
            )
    if not column.is_text:
        plain = str | bool | int | float
        return [c if c is None or isinstance(c, plain) else str(c) for c in column.cells]
    try:
        numbers = table.typed(name).values
    except InputError:
        numbers = []
    as_written = bool(numbers) and all(
        isinstance(number, int | float) and not isinstance(number, bool) and str(number) == cell
        for number, cell in zip(numbers, column.cells, strict=False)
    )
    if as_written:
        return numbers
    return [cell or "" for cell in column.cells]
