"""Tables as people have them: one reader for every form, which knows nothing of what they are for.

`read_table` turns a file into a `Table`: columns of cells, with the labels, the levels and the
missing values that the file declares, and where each row stands. What had to be decided (encoding,
delimiter, decimal mark) is in `told`; what is open is refused with what to say.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from simulate.errors import InputError, unreadable
from simulate.files.tables.names import named_alike, named_twice
from simulate.files.tables.notices import tell_of_table
from simulate.files.tables.reading import Reading
from simulate.files.tables.table import Table, TableColumn

__all__ = [
    "ENDINGS",
    "Reading",
    "Table",
    "TableColumn",
    "is_table",
    "named_alike",
    "named_twice",
    "read_table",
    "tell_of_table",
]

TEXT = (".csv", ".tsv", ".tab", ".txt")
LABELLED = (".sav", ".zsav", ".por", ".dta")
WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
JSON = (".jsonl", ".ndjson")
ENDINGS = (*TEXT, *WORKBOOKS, *LABELLED, ".parquet", *JSON)
"""Of files that are taken for tables; a `.json` file is one only where a table is asked for."""


def is_table(path: str | Path) -> bool:
    """Tell whether a path has the ending of a table."""
    return Path(path).suffix.casefold() in ENDINGS


def read_table(
    path: Path, reading: Reading | None = None, error_type: type[InputError] = InputError
) -> Table:
    """Read a table, by the ending of its file.

    Args:
        path: of the file.
        reading: what the user says of how it is to be read.
        error_type: of what is raised.

    Raises:
        InputError: (as `error_type`) it cannot be read, it is open how, or it is no table; one
            line with the place and what to do.
    """
    try:
        stat = path.stat()
    except OSError as error:
        raise error_type(f"{path}: cannot be read: {unreadable(error)}") from None
    state = stat.st_mtime_ns, stat.st_size
    return _read(path, state, reading or Reading(), error_type)  # type: ignore[arg-type]  # hashable


@lru_cache(maxsize=4)  # a command asks for a table several times
def _read(
    path: Path, _state: tuple[int, int], reading: Reading, error_type: type[InputError]
) -> Table:
    ending = path.suffix.casefold()
    if ending in TEXT:
        from simulate.files.tables.delimited import read_delimited as read
    elif ending in WORKBOOKS:
        from simulate.files.tables.workbooks import read_workbook as read
    elif ending in LABELLED:
        from simulate.files.tables.labelled import read_labelled as read
    elif ending == ".parquet":
        from simulate.files.tables.records import read_parquet as read
    elif ending in (*JSON, ".json"):
        from simulate.files.tables.records import read_json as read
    else:
        raise error_type(
            f"{path}: a table must end in {', '.join(ENDINGS)}; rename or convert the file"
        )
    return read(path, reading, error_type)
