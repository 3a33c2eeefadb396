"""Files whose columns have types: Parquet, JSON lines, and a JSON array of objects."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from simulate.errors import InputError, quote
from simulate.files.json_reading import json_of
from simulate.files.tables.encodings import decoded, read_bytes
from simulate.files.tables.names import named_twice
from simulate.files.tables.reading import MOST_CELLS, Reading, check_size
from simulate.files.tables.table import Table, TableColumn


def read_parquet(path: Path, reading: Reading, error_type: type[InputError]) -> Table:
    """Read a Parquet file.

    Raises:
        InputError: (as `error_type`) it is none, or too large.
    """
    import polars as pl

    data = read_bytes(path, error_type)
    try:
        lazy = pl.scan_parquet(path, glob=False)
        rows = lazy.select(pl.len()).collect().item()
        names = lazy.collect_schema().names()
        check_size(path, rows, len(names), error_type)
        frame = pl.read_parquet(data)
    except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
        why = str(error).split("\n", 1)[0]
        raise error_type(f"{path}: cannot be read as a Parquet table: {why}") from None
    if twice := named_twice(names):
        raise error_type(f"{path}: {twice}")
    columns = {name: _typed_column(name, frame[name]) for name in names}
    return _table(path, columns, rows, None, reading, error_type)


def _typed_column(name: str, series: Any) -> TableColumn:
    """Return a column of a frame; an Enum's categories are its levels, in their order."""
    import polars as pl

    labels: dict[float | str, str] = {}
    if isinstance(series.dtype, pl.Enum):
        labels = {word: word for word in series.dtype.categories}
    return TableColumn(name, series.to_list(), labels=labels, measure="ordinal" if labels else None)


def read_json(path: Path, reading: Reading, error_type: type[InputError]) -> Table:
    """Read JSON lines, or a JSON array of objects; each object is a row.

    Raises:
        InputError: (as `error_type`) it is neither, or too large.
    """
    text, told = decoded(path, reading.encoding, error_type)
    many = _array(path, text, error_type) if text.lstrip()[:1] == "[" else None
    records = list(many if many is not None else _lines(path, text, error_type))
    names: dict[str, None] = {}
    for place, pairs in records:
        here = [name for name, _ in pairs]
        if len(set(here)) < len(here) and (twice := named_twice(here)):
            raise error_type(f"{path}: {twice}")
        names.update(dict.fromkeys(here))
        check_size(f"{path}:{place}", len(records), len(names), error_type)
    if not names:
        raise error_type(f"{path}: has no row; each line must be an object, a name for each value")
    if twice := named_twice(names):
        raise error_type(f"{path}: {twice}")
    cells: dict[str, list[Any]] = {name: [None] * len(records) for name in names}
    for row, (_, pairs) in enumerate(records):
        for name, value in pairs:
            cells[name][row] = None if value == "" else value
    places = None if many is not None else [place for place, _ in records]
    columns = {name: TableColumn(name, column) for name, column in cells.items()}
    return _table(path, columns, len(records), places, reading, error_type, told=told)


class _Pairs(list[tuple[str, Any]]):
    """An object of JSON as its pairs, so that a name that stands twice is seen."""


def _plain(value: Any) -> Any:
    """Return a value with its objects as dicts."""
    if isinstance(value, _Pairs):
        return {name: _plain(each) for name, each in value}
    return [_plain(each) for each in value] if isinstance(value, list) else value


_Record = tuple[int, list[tuple[str, Any]]]


def _record(found: Any, place: int, where: str, error_type: type[InputError]) -> _Record:
    if not isinstance(found, _Pairs):
        raise error_type(f"{where}: is {quote(repr(found)[:60], 40)}; a row must be an object")
    return place, [(name, _plain(value)) for name, value in found]


def _lines(path: Path, text: str, error_type: type[InputError]) -> Iterator[_Record]:
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            where = f"{path}:{number}"
            found = json_of(line, where, error_type, pairs=_Pairs)
            yield _record(found, number, where, error_type)
            if number > MOST_CELLS:
                check_size(path, number, 1, error_type)


def _array(path: Path, text: str, error_type: type[InputError]) -> Iterator[_Record]:
    for number, each in enumerate(json_of(text, path, error_type, pairs=_Pairs), start=1):
        yield _record(each, number, f"{path}, row {number:,}", error_type)


def _table(
    path: Path,
    columns: dict[str, TableColumn],
    rows: int,
    places: list[int] | None,
    reading: Reading,
    error_type: type[InputError],
    told: list[str] | None = None,
) -> Table:
    if not rows:
        raise error_type(f"{path}: has no row")
    return Table(
        path,
        columns,
        rows,
        places,
        decimal=".",
        told=tuple(told or ()),
        reading=reading,
        error_type=error_type,
    )
