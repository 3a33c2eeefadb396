"""CSV files as data: rows with named columns, each value the text that stands there."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from simulate.errors import InputError, quote, unreadable

ENDINGS = {".csv": ",", ".tsv": "\t"}
"""Ending of a file to what stands between its columns."""
_DELIMITERS = frozenset(",;\t|")
LARGEST_FILE = 16 * 2**20
"""Bytes."""
MOST_ROWS = 50_000


def is_csv(path: str | Path) -> bool:
    """Tell whether a path has the ending of such a file."""
    return Path(path).suffix.casefold() in ENDINGS


def read_csv(path: Path, error_type: type[InputError] = InputError) -> list[dict[str, str]]:
    """Return the rows of a CSV or TSV file, column to text; see `numbered_rows`."""
    return [row for _, row in numbered_rows(path, error_type)]


def numbered_rows(
    path: Path, error_type: type[InputError] = InputError
) -> list[tuple[int, dict[str, str]]]:
    """Return the rows of a CSV or TSV file in UTF-8, each after its line; empty lines are no rows.

    A row of several lines has the number of the last.

    Raises:
        InputError: (as `error_type`) it cannot be read, has no row, or a line breaks the form; the
            message has the line.
    """
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise error_type(f"{path}: is larger than {LARGEST_FILE >> 20} MiB; split it")
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise error_type(f"{path}: cannot be read: {unreadable(error)}") from None
    if "\0" in text:
        raise error_type(f"{path}: holds a NUL character; save it as text in UTF-8")
    delimiter = ENDINGS.get(path.suffix.casefold(), ",")
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    columns: list[str] = []
    rows: list[tuple[int, dict[str, str]]] = []
    try:
        for line in lines:
            where = f"{path}:{lines.line_num}"
            if not line:
                continue
            if not columns:
                columns = _columns(line, where, error_type)
                if len(columns) == 1 and (found := set(columns[0]) & _DELIMITERS):
                    raise error_type(
                        f"{where}: the first line names one column, {quote(columns[0], 40)}; "
                        f"{path.suffix} files have {quote(delimiter)} between columns, not "
                        f"{quote(min(found))}"
                    )
                continue
            if len(line) != len(columns):
                raise error_type(
                    f"{where}: the row has {len(line)} values and the first line names "
                    f"{len(columns)} columns; put a value with a comma in quotation marks"
                )
            if len(rows) == MOST_ROWS:
                raise error_type(f"{where}: has more than {MOST_ROWS:,} rows; split it")
            rows.append((lines.line_num, dict(zip(columns, line, strict=True))))
    except csv.Error as error:
        raise error_type(
            f"{path}:{lines.line_num}: is no CSV: {error}; close each quotation mark, and double "
            "one within a value"
        ) from None
    if not rows:
        raise error_type(f"{path}: has no row; the first line names the columns")
    return rows


def _columns(line: list[str], where: str, error_type: type[InputError]) -> list[str]:
    columns = [cell.strip() for cell in line]
    if "" in columns:
        raise error_type(f"{where}: column {columns.index('') + 1} has no name; give it one")
    if twice := named_twice(columns):
        raise error_type(f"{where}: {twice}")
    return columns


def named_twice(columns: Iterable[str]) -> str | None:
    """Return which two columns of a table have one name, and what to do; None where none have."""
    names = list(columns)
    alike = named_alike(names)
    if alike is None:
        return None
    first, second = alike
    return (
        f"column {quote(names[second].strip(), 40)} is named twice, as columns {first + 1:,} and "
        f"{second + 1:,} (case and spaces around a name do not count); rename one of them"
    )


def named_alike(names: Iterable[str]) -> tuple[int, int] | None:
    """Return the places, from 0, of two names that a table does not tell apart; None without."""
    places: dict[str, int] = {}
    for place, name in enumerate(names):
        form = unicodedata.normalize("NFC", name.removeprefix("\ufeff").strip()).casefold()
        first = places.setdefault(form, place)
        if first != place:
            return first, place
    return None


def first_line(path: Path, delimiter: str) -> list[str]:
    """Return what stands in the first line of a CSV file; nothing where that cannot be read."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return next((line for line in csv.reader(file, delimiter=delimiter) if line), [])
    except (OSError, UnicodeDecodeError, csv.Error):
        return []
