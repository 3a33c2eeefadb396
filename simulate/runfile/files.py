"""Open a run file as SQLite: is it one, and which schema has it?"""

from __future__ import annotations

import os
import re
import sqlite3
from pathlib import Path

from simulate.errors import RunFileError, quote
from simulate.runfile.branches import PLAN_ONLY
from simulate.runfile.place import NETWORK, beside, real_path, refuse_other_kinds, remove
from simulate.runfile.schema import APPLICATION_ID, MIGRATIONS, SCHEMA_VERSION, TABLES
from simulate.runfile.schema_check import check_schema, distrust
from simulate.runfile.text_match import add_text_functions
from simulate.runfile.truncation import refuse_truncated

BUSY_S = 10.0
"""How long a file that another program holds is waited for, in seconds."""


def reason(error: Exception, path: Path) -> RunFileError:
    """Turn an error of SQLite, or of a value that it cannot hold, into one line with advice."""
    text = str(error)
    if "disk is full" in text and not path.exists():
        return RunFileError(
            f"run file {path}: {text}; free some space, or choose another with --out"
        )
    advice = {
        "disk is full": "free some space; nothing that was committed is lost, go on with --resume",
        "disk I/O error": f"check the disk; nothing that was committed is lost; {NETWORK}",
        "readonly": "make the folder writable, or choose another with --out",
        "locked": f"another program holds it; try again when it is done; {NETWORK}",
        "locking protocol": NETWORK,
        "malformed": "the file is damaged; try the sqlite3 command's .recover on a copy",
        "unable to open": f"check that the folder is there and can be written; {NETWORK}",
    }
    hint = next((h for key, h in advice.items() if key in text), None)
    return RunFileError(f"run file {path}: {text}" + (f"; {hint}" if hint else ""))


def _check(connection: sqlite3.Connection, path: Path) -> int:
    """Return the schema version, or say why the file is no run file of ours."""
    try:
        distrust(connection)
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    except sqlite3.OperationalError as error:
        raise reason(error, path) from None
    except (sqlite3.Error, UnicodeDecodeError) as error:  # the latter: SQLite quotes the file
        raise RunFileError(f"{path} is not a run file, or damaged ({error})") from None
    if application != APPLICATION_ID:
        raise RunFileError(f"{path} is an SQLite file, but not a run file of simulate")
    if version > SCHEMA_VERSION:
        raise RunFileError(
            f"{path} has schema version {version}, this simulate knows up to {SCHEMA_VERSION}: "
            "update simulate to open it"
        )
    if version < 1:
        raise RunFileError(f"{path} has schema version {version}: the file is damaged")
    return version


def _check_tables(connection: sqlite3.Connection, path: Path, version: int) -> None:
    """Refuse a file whose tables are not those of its schema version."""
    try:
        check_schema(connection, path, version)
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise reason(error, path) from None


def reading_uri(path: Path) -> str:
    """Return the name by which SQLite opens a run file for reading."""
    file = real_path(path)
    # A connection that may write (and is told not to) folds the WAL in when it closes last; one
    # that may not leaves two files lying beside the run file.
    if os.access(file.parent, os.W_OK) and os.access(file, os.W_OK):
        return file.as_uri() + "?mode=rw"
    left = beside(file, "-wal").exists()
    return file.as_uri() + ("?mode=ro" if left else "?mode=ro&immutable=1")


def connect_reader(path: Path, *, with_branches: bool = False) -> sqlite3.Connection:
    """Open a run file for reading, also while another process writes to it.

    Args:
        path: the run file.
        with_branches: whether the table `dialogue` has branches too.

    Raises:
        RunFileError: there is none, it is not a run file, or its schema is newer.
    """
    refuse_other_kinds(path)
    refuse_truncated(path)
    try:
        connection = sqlite3.connect(
            reading_uri(path), uri=True, timeout=BUSY_S, check_same_thread=False
        )
    except sqlite3.Error as error:
        raise reason(error, path) from None
    try:
        version = _check(connection, path)
        _check_tables(connection, path, version)
        for missing in range(version, SCHEMA_VERSION):
            # Tables that an older file lacks are there, empty, for this connection alone.
            temporary = MIGRATIONS[missing].replace("CREATE TABLE", "CREATE TEMP TABLE")
            connection.executescript(re.sub(r" REFERENCES \w+ \(\w+\)", "", temporary))
        if not with_branches:
            connection.execute(PLAN_ONLY)
        connection.execute("PRAGMA query_only = ON")
        add_text_functions(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def begin_file(draft: Path) -> sqlite3.Connection:
    """Open a new file with the tables of a run file, built beside it and moved into place later.

    Raises:
        RunFileError: it cannot be written.
        OSError: likewise.
        sqlite3.Error: likewise.
    """
    remove(draft)
    draft.touch(exist_ok=False)  # nobody's link
    connection = connect_writer(draft, create=True)
    try:
        connection.executescript(f"BEGIN;{TABLES};COMMIT;")
    except BaseException:
        connection.close()
        raise
    return connection


def connect_writer(path: Path, *, create: bool) -> sqlite3.Connection:
    """Open a run file for writing; the connection may be used from one other thread.

    A file that is there is checked for damage first: nothing is written to a damaged one.
    WAL with `synchronous=FULL`: a commit is on disk when it returns, so that even a power cut
    loses no committed turn.

    Raises:
        RunFileError: it cannot be opened, is not a run file, or is damaged.
    """
    if not create:
        refuse_other_kinds(path)
        refuse_truncated(path)
    try:
        connection = sqlite3.connect(
            real_path(path).as_uri(),
            uri=True,
            isolation_level=None,
            timeout=BUSY_S,
            check_same_thread=False,
        )
    except sqlite3.Error as error:
        raise reason(error, path) from None
    try:
        if create:
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        version = _check(connection, path)
        if (
            not create
            and (found := connection.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok"
        ):
            raise sqlite3.DatabaseError(f"{quote(found)}: malformed")
        if not create:
            _check_tables(connection, path, version)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        while version < SCHEMA_VERSION:
            connection.executescript(
                f"BEGIN;{MIGRATIONS[version]};PRAGMA user_version = {version + 1};COMMIT;"
            )
            version += 1
    except (sqlite3.Error, UnicodeDecodeError) as error:
        connection.close()
        raise reason(error, path) from None
    except BaseException:
        connection.close()
        raise
    return connection
