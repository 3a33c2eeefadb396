"""Run files whose tables hold what their strict types do not allow."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

_TYPE = re.compile(r" (?:TEXT|INTEGER|REAL|BLOB)(?! PRIMARY)|NOT NULL(?: DEFAULT \w+)?|STRICT,? ?")
SET = "UPDATE sqlite_master SET sql = ? WHERE type = 'table' AND name = ?"


def forge(path: Path, table: str, sql: str, values: Sequence[Any] = ()) -> None:
    """Change a table of a run file, heedless of its rules; its schema stays what it was."""
    with closing(sqlite3.connect(path)) as connection, connection:
        meant = connection.execute(
            "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", (table,)
        ).fetchone()[0]
        loose = _TYPE.sub(" ", re.sub(r"--[^\n]*", "", meant)).replace(", WITHOUT", " WITHOUT")
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(SET, (loose, table))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute(sql, values)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(SET, (meant, table))
