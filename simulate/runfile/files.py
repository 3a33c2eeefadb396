"""Open a run file as SQLite: is it one, which schema has it, and who may write to it."""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
import time
from pathlib import Path
from typing import IO

from simulate.errors import RunFileError, quote
from simulate.runfile.schema import APPLICATION_ID, MIGRATIONS, SCHEMA_VERSION
from simulate.runfile.schema_check import check_schema, distrust
from simulate.runfile.text_match import add_text_functions

MAGIC = b"SQLite format 3\0"
HEADER_BYTES = 100
LOOKS = 3
"""How often a file is read before it is called truncated."""
BUSY_S = 10.0
"""How long a file that another program holds is waited for, in seconds."""


NETWORK = (
    "on a network drive (NFS, SMB) or in a folder that OneDrive, Dropbox or such keeps in step, "
    "locks of SQLite may not work: take a folder on a disk of this machine, with --out"
)
"""What to know where SQLite has an error that such a folder may be the cause of."""


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


def is_run_file(path: Path) -> bool:
    """Tell whether a path is that of an SQLite file, as run files are."""
    try:
        if not path.is_file():  # a pipe may have no end
            return False
        with path.open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except (OSError, ValueError):
        return False


def remove(path: Path) -> None:
    """Remove an SQLite file with what lies beside it; what is not there, or must stay, is left."""
    for suffix in ("", "-wal", "-shm"):
        with contextlib.suppress(OSError):
            path.with_name(path.name + suffix).unlink(missing_ok=True)


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


def _refuse_other_kinds(path: Path) -> None:
    """Refuse what is no file: a folder, a pipe, a device."""
    try:
        if path.is_file():
            return
        kind = "a folder" if path.is_dir() else "no file" if path.exists() else None
    except (OSError, ValueError) as error:
        raise RunFileError(f"run file {quote(str(path))}: {error}") from None
    if kind is None:
        raise RunFileError(f"there is no run file {quote(str(path))}")
    raise RunFileError(f"{quote(str(path))} is {kind}, and a run file was expected")


def _refuse_truncated(path: Path) -> None:
    """Refuse a file that is shorter than its header says: a copy that was broken off."""
    path = path.resolve()
    for _ in range(LOOKS):
        there, meant = _bytes_of(path)
        if there >= meant:
            return
        time.sleep(0.01)  # a writer may be folding its WAL in
    raise RunFileError(
        f"run file {path} is truncated: {there:,} of {meant:,} bytes are there; copy it again, or "
        "try the sqlite3 command's .recover on a copy"
    )


def _bytes_of(path: Path) -> tuple[int, int]:
    """Return how many bytes a file has, and how many it should have at least.

    With a WAL beside it, it may have fewer for a while.
    """
    wal = path.with_name(path.name + "-wal")
    try:
        with path.open("rb") as file:
            header = file.read(HEADER_BYTES)
        size = path.stat().st_size
        folded = not (wal.exists() and wal.stat().st_size)
    except OSError as error:
        raise RunFileError(f"run file {path}: cannot be read ({error.strerror})") from None
    if len(header) < HEADER_BYTES or not header.startswith(MAGIC):
        raise RunFileError(f"{path} is not a run file: it has no header of SQLite")
    page = int.from_bytes(header[16:18], "big")
    page = 65536 if page == 1 else page
    in_force = header[24:28] == header[92:96]  # else an old program wrote the number of pages
    return size, page * int.from_bytes(header[28:32], "big") if in_force and folded else 0


def connect_reader(path: Path) -> sqlite3.Connection:
    """Open a run file for reading, also while another process writes to it.

    Raises:
        RunFileError: there is none, it is not a run file, or its schema is newer.
    """
    _refuse_other_kinds(path)
    _refuse_truncated(path)
    # A connection that may write (and is told not to) folds the WAL in when it closes last; one
    # that may not leaves two files lying beside the run file.
    if os.access(path.parent, os.W_OK) and os.access(path, os.W_OK):
        uri = path.resolve().as_uri() + "?mode=rw"
    else:
        left = path.with_name(path.name + "-wal").exists()
        uri = path.resolve().as_uri() + ("?mode=ro" if left else "?mode=ro&immutable=1")
    try:
        connection = sqlite3.connect(uri, uri=True, timeout=BUSY_S, check_same_thread=False)
    except sqlite3.Error as error:
        raise reason(error, path) from None
    try:
        version = _check(connection, path)
        _check_tables(connection, path, version)
        for missing in range(version, SCHEMA_VERSION):
            # Tables that an older file lacks are there, empty, for this connection alone.
            temporary = MIGRATIONS[missing].replace("CREATE TABLE", "CREATE TEMP TABLE")
            connection.executescript(re.sub(r" REFERENCES \w+ \(\w+\)", "", temporary))
        connection.execute("PRAGMA query_only = ON")
        add_text_functions(connection)
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
        _refuse_other_kinds(path)
        _refuse_truncated(path)
    try:
        connection = sqlite3.connect(
            path.resolve(), isolation_level=None, timeout=BUSY_S, check_same_thread=False
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
