"""Is the schema of a run file that of its version, and nothing besides?

A file may come from anywhere. A trigger would change what is written, a view or a generated column
what is read, and none of them shows in the data: so all of `sqlite_master` must be what simulate
itself makes of that version, but for space and comments.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from simulate.errors import RunFileError, quote
from simulate.runfile.schema import MIGRATIONS, SCHEMA_VERSION, VERSION_1

MOST_BYTES = 100_000_000
"""The longest text and the longest row that is read or written, in bytes."""

Entry = tuple[str, str]
"""Type and name of what a schema has: a table, an index, a view, a trigger."""

Schema = Mapping[Entry, tuple[str, str]]
"""To each entry the table that it is on, and its SQL; empty for an index of SQLite's own."""

_SCHEMA = "SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_master"
_WORD = re.compile(
    r"""--[^\n]*|/\*.*?(?:\*/|\Z)|\s+|('[^']*'?|"[^"]*"?|`[^`]*`?|\[[^\]]*\]?|\w+|.)""",
    re.ASCII | re.DOTALL,
)


def distrust(connection: sqlite3.Connection) -> None:
    """Let a connection do nothing for a file's schema, and read nothing of boundless length.

    Raises:
        sqlite3.Error: the file cannot be read.
    """
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MOST_BYTES)


def check_schema(connection: sqlite3.Connection, path: Path, version: int) -> None:
    """Refuse a file whose schema is not that of its version.

    Raises:
        RunFileError: something is missing, is other than it should be, or is there besides.
        sqlite3.Error: the file cannot be read.
    """
    meant = schema_of(version)
    found: set[Entry] = set()
    for kind, name, table, sql in connection.execute(_SCHEMA):
        entry = (kind, name)
        if entry not in meant or entry in found:
            raise RunFileError(f"run file {path}: {_besides(entry, version)}")
        found.add(entry)
        on, as_meant = meant[entry]
        if on != table or (sql != as_meant and _words(sql) != _words(as_meant)):
            raise _refused(path, f"{kind} {name} is not as schema version {version} has it")
    for kind, name in meant:
        if (kind, name) not in found:
            raise _refused(path, f"{kind} {name} is missing")


@cache
def schema_of(version: int) -> Schema:
    """Return what SQLite makes of a schema version, and of its migration likewise."""
    connection = sqlite3.connect(":memory:")
    try:
        connection.executescript(VERSION_1)
        for earlier in range(1, version):
            connection.executescript(MIGRATIONS[earlier])
        return {
            (kind, name): (table, sql) for kind, name, table, sql in connection.execute(_SCHEMA)
        }
    finally:
        connection.close()


def _words(sql: str) -> list[str]:
    """Return the words and signs of SQL, without space and comments."""
    return [word for word in _WORD.findall(sql) if word]


def _besides(entry: Entry, version: int) -> str:
    if entry in schema_of(SCHEMA_VERSION):
        return (
            f"{entry[0]} {entry[1]} is of a later schema version than {version}, which the file "
            "says it has; the file is damaged, or another program has changed it"
        )
    return (
        f"its schema has {quote(f'{entry[0]} {entry[1]}', 60)}, which simulate never writes: "
        "another program has changed it, and it is not opened; if that was you, drop it in a copy"
    )


def _refused(path: Path, what: str) -> RunFileError:
    return RunFileError(
        f"run file {path}: {what}; the file is damaged, or another program has changed it; try "
        "the sqlite3 command's .recover on a copy"
    )
