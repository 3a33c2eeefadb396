"""Open a run file as SQLite: is it one, which schema has it, and who may write to it."""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
from pathlib import Path
from typing import IO

from simulate.errors import RunFileError, quote
from simulate.runfile.schema import APPLICATION_ID, MIGRATIONS, SCHEMA_VERSION

__all__ = ["WriterLock", "connect_reader", "connect_writer", "reason"]


def reason(error: Exception, path: Path) -> RunFileError:
    """Turn an error of SQLite, or of a value that it cannot hold, into one line with advice."""
    text = str(error)
    advice = {
        "disk is full": "free some space; nothing that was committed is lost, go on with --resume",
        "disk I/O error": "check the disk; nothing that was committed is lost",
        "readonly": "make the folder writable, or choose another with --out",
        "locked": "another program holds it; try again when it is done",
        "malformed": "the file is damaged; try the sqlite3 command's .recover on a copy",
        "unable to open": "check that the folder is there and can be written",
    }
    hint = next((h for key, h in advice.items() if key in text), None)
    return RunFileError(f"run file {path}: {text}" + (f"; {hint}" if hint else ""))


def _check(connection: sqlite3.Connection, path: Path) -> int:
    """Return the schema version, or say why the file is no run file of ours."""
    try:
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    except sqlite3.DatabaseError as error:
        raise RunFileError(f"{path} is not a run file ({error})") from None
    if application != APPLICATION_ID:
        raise RunFileError(f"{path} is an SQLite file, but not a run file of simulate")
    if version > SCHEMA_VERSION:
        raise RunFileError(
            f"{path} has schema version {version}, this simulate knows up to {SCHEMA_VERSION}: "
            "update simulate to open it"
        )
    return version


def connect_reader(path: Path) -> sqlite3.Connection:
    """Open a run file for reading, also while another process writes to it.

    Raises:
        RunFileError: there is none, it is not a run file, or its schema is newer.
    """
    if not path.is_file():
        raise RunFileError(f"there is no run file {quote(str(path))}")
    # A connection that may write (and is told not to) folds the WAL in when it closes last; one
    # that may not leaves two files lying beside the run file.
    if os.access(path.parent, os.W_OK) and os.access(path, os.W_OK):
        uri = path.resolve().as_uri() + "?mode=rw"
    else:
        left = path.with_name(path.name + "-wal").exists()
        uri = path.resolve().as_uri() + ("?mode=ro" if left else "?mode=ro&immutable=1")
    try:
        connection = sqlite3.connect(uri, uri=True, timeout=10, check_same_thread=False)
    except sqlite3.Error as error:
        raise reason(error, path) from None
    try:
        version = _check(connection, path)
        for missing in range(version, SCHEMA_VERSION):
            # Tables that an older file lacks are there, empty, for this connection alone.
            temporary = MIGRATIONS[missing].replace("CREATE TABLE", "CREATE TEMP TABLE")
            connection.executescript(re.sub(r" REFERENCES \w+ \(\w+\)", "", temporary))
        connection.execute("PRAGMA query_only = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def connect_writer(path: Path, *, create: bool) -> sqlite3.Connection:
    """Open a run file for writing; the connection may be used from one other thread.

    WAL with `synchronous=FULL`: a commit is on disk when it returns, so that even a power cut
    loses no committed turn.

    Raises:
        RunFileError: it cannot be opened or is not a run file.
    """
    try:
        connection = sqlite3.connect(
            path, isolation_level=None, timeout=10, check_same_thread=False
        )
    except sqlite3.Error as error:
        raise reason(error, path) from None
    try:
        if create:
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        version = _check(connection, path)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        while version < SCHEMA_VERSION:
            connection.executescript(
                f"BEGIN;{MIGRATIONS[version]};PRAGMA user_version = {version + 1};COMMIT;"
            )
            version += 1
    except sqlite3.Error as error:
        connection.close()
        raise reason(error, path) from None
    except BaseException:
        connection.close()
        raise
    return connection


class WriterLock:
    """Sees to it that one process at a time writes to a run file.

    The lock is held on a file beside the run file and goes when its process ends, however it ends.

    Raises:
        RunFileError: another process holds it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path.with_name(path.name + ".lock")
        self._file: IO[bytes] | None = None
        file = self._taken(path)
        # Who releases a lock unlinks its file: go on only with the one that others will find.
        while not self._in_place(file):
            file.close()
            file = self._taken(path)
        self._file = file

    def _in_place(self, file: IO[bytes]) -> bool:
        try:
            return os.path.samestat(os.fstat(file.fileno()), self._path.stat())
        except OSError:
            return False

    def _taken(self, path: Path) -> IO[bytes]:
        try:
            file = self._path.open("a+b")
        except OSError as error:
            raise RunFileError(
                f"run file {path}: cannot be written ({error.strerror}); choose another with --out"
            ) from None
        try:
            if os.name == "nt":  # pragma: no cover
                import msvcrt

                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
            else:
                import fcntl

                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            raise RunFileError(
                f"run file {path}: another process is writing to it; wait for it, or choose "
                "another file with --out"
            ) from None
        return file

    def release(self) -> None:
        """Let others write."""
        if self._file is not None:
            if self._in_place(self._file):
                with contextlib.suppress(OSError):
                    self._path.unlink()
            self._file.close()
            self._file = None
