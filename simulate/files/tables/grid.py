"""From a grid of cells to a table: the header rows, and the rows that hold something."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from simulate.errors import InputError
from simulate.files.tables.names import named_twice
from simulate.files.tables.reading import Reading
from simulate.files.tables.table import Table, TableColumn

Row = tuple[int, Sequence[str | None]]
"""Where it stands, and its cells."""


def table_of_grid(
    path: Path,
    grid: Iterable[Row],
    reading: Reading,
    error_type: type[InputError],
    *,
    told: Sequence[str] = (),
    decimal: str | None = None,
    sheet: str | None = None,
) -> Table:
    """Return the table of a grid whose first row names the columns.

    Where the third row is that of Qualtrics, with an `ImportId` in each column, the second holds
    the texts of the questions. Rows without anything are left out, and columns without name and
    anything.

    Args:
        path: of the file.
        grid: its rows, all of one length.
        reading: what the user says of it.
        error_type: of what is raised.
        told: what was decided about the file.
        decimal: what stands before decimals in files of this form.
        sheet: of a workbook.

    Raises:
        InputError: (as `error_type`) it has no row, or a column has no name, or another's.
    """
    told = list(told)
    filled, empty = _filled(grid)
    if not filled:
        raise error_type(f"{path}: has no row; the first line names the columns")
    (at, first), *kept = filled
    names = [(cell or "").strip() for cell in first]
    questions: list[str | None] = [None] * len(names)
    if len(kept) > 1 and _are_import_ids(kept[1][1]):
        questions = [(cell or "").strip() or None for cell in kept[0][1]]
        told.append("its first three rows are those of Qualtrics: names, questions, import ids")
        del kept[:2]
    if not kept:
        raise error_type(f"{path}: has no row; the first line names the columns")
    if empty:
        told.append(f"rows without anything were left out: {empty:,}")
    where = Table(path, {}, 1, [at], sheet).place(0)
    cells = list(zip(*(row or [None] for _, row in kept), strict=True))
    columns: dict[str, TableColumn] = {}
    for number, name in enumerate(names):
        column = [cell or None for cell in cells[number]]
        if not name:
            if not any(cell and not cell.isspace() for cell in column):
                continue
            if number == 0 and _are_row_numbers(column):
                told.append("its first column, without a name, numbers the rows and was left out")
                continue
            raise error_type(f"{where}: column {number + 1} has no name; give it one")
        columns[name] = TableColumn(name, column, questions[number])
    if twice := named_twice(name for name in names if name):
        raise error_type(f"{where}: {twice}")
    places = [place for place, _ in kept]
    return Table(path, columns, len(kept), places, sheet, decimal, tuple(told), reading, error_type)


def _are_row_numbers(cells: Sequence[str | None]) -> bool:
    """Tell whether cells can be the numbers that R and pandas write before rows."""
    return all(cell is not None and cell.isascii() and cell.isdecimal() for cell in cells)


def _filled(grid: Iterable[Row]) -> tuple[list[Row], int]:
    """Return the rows that hold something, and how many others with cells stand between them.

    In a table of one column a row without anything is one whose value is missing.
    """
    filled: list[Row] = []
    between: list[Row] = []
    empty = 0
    for row in grid:
        if any(cell and not cell.isspace() for cell in row[1]):
            if filled and len(filled[0][1]) == 1:
                filled += between
            else:
                empty += sum(bool(cells) for _, cells in between)
            filled.append(row)
            between = []
        elif filled:
            between.append((row[0], row[1][:1]))
    return filled, empty


def _are_import_ids(row: Sequence[str | None]) -> bool:
    """Tell whether a row is the third of Qualtrics: `{"ImportId":"QID1"}` in each cell."""
    filled = [cell for cell in row if cell]
    try:
        return bool(filled) and all("ImportId" in json.loads(cell) for cell in filled)
    except (ValueError, TypeError, RecursionError):
        return False
