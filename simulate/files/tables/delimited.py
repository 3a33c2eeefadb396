"""Text files with a table: rows divided by commas, semicolons, tabs or bars."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from simulate.errors import InputError
from simulate.files.tables.encodings import decoded
from simulate.files.tables.grid import Row, table_of_grid
from simulate.files.tables.reading import DELIMITERS, MOST_CELLS, Reading, check_size
from simulate.files.tables.table import Table

USUAL = {".csv": ",", ".tsv": "\t", ".tab": "\t"}
"""Ending of a file to what usually stands between its columns."""
_TRIED = 100
"""Rows that a delimiter must divide alike."""


def read_delimited(path: Path, reading: Reading, error_type: type[InputError]) -> Table:
    """Read a text file.

    Raises:
        InputError: (as `error_type`) it is no table, or it is open how it is to be read.
    """
    text, told = decoded(path, reading.encoding, error_type)
    usual = USUAL.get(path.suffix.casefold())
    delimiter, text, lines_before = _declared(text)
    delimiter = reading.delimiter or delimiter or _found(path, text, usual, error_type)
    if delimiter not in (usual, reading.delimiter):
        told.append(f"its columns are divided by {DELIMITERS[delimiter]}")
    grid = _rows(path, text, delimiter, lines_before, error_type)
    known = "." if delimiter == "," else None
    return table_of_grid(path, grid, reading, error_type, told=told, decimal=known)


def _declared(text: str) -> tuple[str | None, str, int]:
    """Return the delimiter of a first line `sep=;`, the text after it, and how many lines it is."""
    first, _, rest = text.partition("\n")
    said = first.strip().casefold()
    if said.startswith("sep=") and len(said) == 5 and said[4] in DELIMITERS:
        return said[4], rest, 1
    if said == "sep=" and first.rstrip("\r").endswith("\t"):
        return "\t", rest, 1
    return None, text, 0


@dataclass(frozen=True)
class _Divided:
    """What a delimiter makes of the first rows."""

    columns: int
    """Of the first row."""
    even: bool
    """Whether all of them have as many."""


def _found(path: Path, text: str, usual: str | None, error_type: type[InputError]) -> str:
    """Return what stands between columns, by the first rows.

    Raises:
        InputError: (as `error_type`) two delimiters divide all of them alike.
    """
    divided = {each: _divided(text, each) for each in DELIMITERS}
    even = [each for each, what in divided.items() if what.columns > 1 and what.even]
    if usual == "\t" and usual in even:
        return usual
    if len(even) > 1:
        ways = " or ".join(
            f"by {DELIMITERS[each]} into {divided[each].columns} columns" for each in even
        )
        raise error_type(
            f"{path}: can be divided {ways}; say --delimiter "
            f"{DELIMITERS[even[0]].split()[-1]} or --delimiter {DELIMITERS[even[1]].split()[-1]}"
        )
    if even:
        return even[0]
    return max(divided, key=lambda each: (divided[each].columns, each == usual))


def _divided(text: str, delimiter: str) -> _Divided:
    counts: list[int] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    with suppress(csv.Error):
        for row in reader:
            if any(row):
                counts.append(len(row))
            if len(counts) == _TRIED:
                break
    return _Divided(counts[0] if counts else 0, len(set(counts)) == 1)


def _rows(
    path: Path, text: str, delimiter: str, lines_before: int, error_type: type[InputError]
) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    width, cells = 0, 0
    try:
        for row in reader:
            line = reader.line_num + lines_before
            if not row:
                yield line, row
                continue
            if not width:
                width = len(row)
                check_size(f"{path}:{line}", 0, width, error_type)
            elif len(row) != width:
                name = DELIMITERS[delimiter]
                raise error_type(
                    f"{path}:{line}: the row has {len(row)} values and the first line names "
                    f"{width} columns; put a value with {name} in quotation marks"
                )
            cells += width
            if cells > MOST_CELLS:
                raise error_type(
                    f"{path}:{line}: has more than {MOST_CELLS:,} cells up to here; split it, or "
                    "leave out columns"
                )
            yield line, row
    except csv.Error as error:
        raise error_type(
            f"{path}:{reader.line_num + lines_before}: is no CSV: {error}; close each quotation "
            "mark, and double one within a value"
        ) from None
