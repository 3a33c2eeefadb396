"""A table as it was read: columns of cells, what their file says of them, and where rows stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from simulate.errors import InputError
from simulate.files.tables.missing import is_missing
from simulate.files.tables.numbers import AmbiguousNumberError, Typed, decimal_mark, typed
from simulate.files.tables.reading import Reading

Measure = Literal["nominal", "ordinal", "scale"]


@dataclass(frozen=True, eq=False)
class TableColumn:
    """One column: its cells, and what the file says of it."""

    name: str
    cells: Sequence[Any]
    """(n,) as they stand, text from text files; None where there is none, or one that the file
    declares as missing."""
    label: str | None = None
    """What was asked: the label of the variable, or the text of the question."""
    labels: Mapping[float | str, str] = field(default_factory=dict)
    """Code to what it means, in the order of the codes; without codes for missing values."""
    measure: Measure | None = None
    """What the file says of the order of the codes."""
    missing: tuple[str, ...] = ()
    """What the file declares as missing, in words."""

    def without_value(self, declared: Sequence[str]) -> list[bool]:
        """Return (n,) which cells hold no value; a code can be declared by its label, too."""
        if not self.labels:
            return [is_missing(cell, declared) for cell in self.cells]
        return [
            is_missing(cell, declared) or is_missing(self.labels.get(cell, cell), declared)
            for cell in self.cells
        ]

    @cached_property
    def is_text(self) -> bool:
        """Whether each of its cells is text, which may be that of a number."""
        return all(cell is None or isinstance(cell, str) for cell in self.cells)


@dataclass(frozen=True, eq=False)
class Table:
    """Columns of n cells each, by name, and where the rows stand."""

    path: Path
    columns: Mapping[str, TableColumn]
    rows: int
    places: Sequence[int] | None = None
    """(n,) lines of a text file, or rows of a sheet; None where rows are numbered from 1."""
    sheet: str | None = None
    """The sheet of a workbook that it was read from."""
    decimal: str | None = None
    """What stands before decimals in files of this form; None where both marks are usual."""
    told: tuple[str, ...] = ()
    """What was decided about the file, in sentences."""
    reading: Reading = field(default_factory=Reading)
    error_type: type[InputError] = InputError

    @property
    def names(self) -> list[str]:
        """The names of the columns, in order."""
        return list(self.columns)

    def place(self, row: int) -> str:
        """Return where a row stands, from 0: `people.csv:12`, or `people.sav, row 11`."""
        if self.places is None:
            return f"{self.path}, row {row + 1:,}"
        if self.sheet is not None:
            return f"{self.path}, sheet {self.sheet}, row {self.places[row]:,}"
        return f"{self.path}:{self.places[row]}"

    def texts(self, name: str) -> list[str]:
        """Return (n,) the cells of a column as texts, labels in the place of codes; `""` for none.

        A name such as `007` stays what it is; the number 3.0 is `3`.
        """
        column = self.columns[name]
        return [_as_text(column.labels.get(cell, cell)) for cell in column.cells]

    def typed(self, name: str, missing: Sequence[bool] | None = None) -> Typed:
        """Return (n,) the cells of a column with their types, and what was decided about them.

        Args:
            name: of the column.
            missing: (n,) which cells hold a code for a missing value, and are None.

        Raises:
            InputError: (as `error_type`) they are numbers, and it is open which.
        """
        column = self.columns[name]
        cells = column.cells
        if missing is not None:
            cells = [None if gone else c for c, gone in zip(cells, missing, strict=True)]
        if not column.is_text:
            return Typed([each.strip() if isinstance(each, str) else each for each in cells])
        try:
            found = typed(cells, self.reading.decimal, self.decimal)
        except AmbiguousNumberError as error:
            mark = None if self.decimal or self.reading.decimal else self._mark_elsewhere(name)
            if mark is None:
                raise self.error_type(f"{self.path}: column {name}: {error}") from None
            try:
                found = typed(cells, mark)
            except AmbiguousNumberError as other:
                raise self.error_type(f"{self.path}: column {name}: {other}") from None
        return replace(found, told=tuple(f"column {name}: {each}" for each in found.told))

    def _mark_elsewhere(self, name: str) -> str | None:
        """Return what stands before decimals in all other columns that show it; else None."""
        others = (column for column in self.columns.values() if column.name != name)
        marks = {decimal_mark(column.cells) for column in others if column.is_text} - {None}
        return marks.pop() if len(marks) == 1 else None


def _as_text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()
