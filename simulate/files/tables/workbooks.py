"""Workbooks: one sheet of an Excel or OpenDocument file (calamine, through fastexcel)."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from simulate.errors import InputError, first_of, quote
from simulate.files.tables.encodings import read_bytes
from simulate.files.tables.extra import needed
from simulate.files.tables.grid import Row, table_of_grid
from simulate.files.tables.reading import LARGEST_FILE, Reading, check_size
from simulate.files.tables.table import Table

_NOT_COMPUTED = re.compile(rb"(?:</f>|<f [^<>]{0,200}/>)(?:<v/>|<v />|<v></v>)?</c>")
_ERROR_CELL = b't="e"'


def read_workbook(path: Path, reading: Reading, error_type: type[InputError]) -> Table:
    """Read one sheet; its cells as the values that are stored, and not as they are shown.

    Raises:
        InputError: (as `error_type`) it is no workbook, packs too much, has formulas without
            values, or several sheets of which none is named.
    """
    fastexcel = needed("fastexcel", path, error_type)
    data = read_bytes(path, error_type)
    told = _checked(path, error_type)
    try:
        book = fastexcel.read_excel(data)
        sheets = {name: _frame(book, name) for name in _asked(path, book, reading, error_type)}
    except fastexcel.FastExcelError as error:
        why = str(error).split("\n", 1)[0]
        raise error_type(f"{path}: cannot be read as a workbook: {why}") from None
    filled = {name: frame for name, frame in sheets.items() if frame.height}
    if not filled:
        raise error_type(f"{path}: has no row; the first line names the columns")
    if len(filled) > 1:
        raise error_type(
            f"{path}: has the sheets {first_of(filled)}; say which with --sheet "
            f"{quote(next(iter(filled)), 40)}"
        )
    ((sheet, frame),) = filled.items()
    check_size(path, frame.height, frame.width, error_type)
    return table_of_grid(
        path, _rows(frame), reading, error_type, told=told, decimal=".", sheet=sheet
    )


def _asked(path: Path, book: Any, reading: Reading, error_type: type[InputError]) -> list[str]:
    names: list[str] = book.sheet_names
    if reading.sheet is None:
        return names
    if reading.sheet not in names:
        raise error_type(
            f"{path}: there is no sheet {quote(reading.sheet, 40)}; it has: {first_of(names)}"
        )
    return [reading.sheet]


def _frame(book: Any, name: str) -> Any:
    """Return a sheet from its first row on as texts, without taking a row for names."""
    return book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string").to_polars()


def _rows(frame: Any) -> Iterator[Row]:
    yield from enumerate(frame.iter_rows(), start=1)


def _checked(path: Path, error_type: type[InputError]) -> list[str]:
    """Refuse a packed file that unpacks to too much; return what is odd about its cells.

    Raises:
        InputError: (as `error_type`) likewise, or formulas have no values.
    """
    if not zipfile.is_zipfile(path):
        return []  # an old .xls
    errors = 0
    try:
        with zipfile.ZipFile(path) as packed:
            members = packed.infolist()
            if sum(member.file_size for member in members) > LARGEST_FILE:
                raise error_type(
                    f"{path}: unpacks to more than {LARGEST_FILE >> 20} MiB; save its sheet as CSV"
                )
            for member in members:
                text = packed.read(member)  # checks its size, too
                if "worksheets/" not in member.filename or not member.filename.endswith(".xml"):
                    continue
                if _NOT_COMPUTED.search(text):
                    raise error_type(
                        f"{path}: has formulas whose values are not stored; open it in a "
                        "spreadsheet program, and save it"
                    )
                errors += text.count(_ERROR_CELL)
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, EOFError) as error:
        raise error_type(f"{path}: cannot be read as a workbook: {error}") from None
    except RuntimeError:  # of a member that is encrypted, or packed in an unknown way
        raise error_type(
            f"{path}: is protected by a password, or packed in an unknown way; save it without"
        ) from None
    if not errors:
        return []
    return [f"{errors:,} of its cells hold an error such as #DIV/0!, which is no value"]
