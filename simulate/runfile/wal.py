"""The WAL of a run file: when it is folded in, and how a file tells that it was copied without it.

What is newest of a run stands in the WAL beside its file, and a copy of the file alone is a whole
file of an earlier moment. So each WAL begins by taking back a note that the file has: who reads
both never sees the note, whether the WAL is folded in meanwhile or not; who sees it lacks the WAL.
Only a writer that was killed while it set the note leaves it to a whole file; its lock says so.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import warnings
from pathlib import Path

from simulate.errors import RunFileWarning
from simulate.runfile.lock import WriterLock, is_live, left_in_lock
from simulate.runfile.place import beside, real_path

LARGE_BYTES = 4 * 1024 * 1024
"""How large a WAL grows before it is folded in: what SQLite does by itself."""

NOTE = "in_wal"
"""Key of the note in `meta`: more of the run stands in the WAL."""
SET = "INSERT OR REPLACE INTO meta VALUES (?, 'true')"
TAKE_BACK = "DELETE FROM meta WHERE key = ?"
SETTING = b"note"
"""What stands in the lock's file while the note is set."""


class Wal:
    """The WAL that a writer writes to; it is folded in here, and not by SQLite itself."""

    def __init__(self, connection: sqlite3.Connection, path: Path, lock: WriterLock) -> None:
        self._connection = connection
        self._wal = str(beside(real_path(path), "-wal"))
        self._lock = lock
        self._left = 0
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        self._fold()

    def fold_when_large(self) -> None:
        """Fold the WAL in where it has grown large; where a reader holds it, it grows on."""
        if _size(self._wal) >= self._left + LARGE_BYTES:
            self._fold()

    def end(self) -> None:
        """Fold the WAL in for good, waiting for readers."""
        # Where it cannot be, it stays beside the file and is part of it.
        with contextlib.suppress(sqlite3.Error, OSError):
            self._take_back()
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _take_back(self) -> None:
        self._connection.execute(TAKE_BACK, (NOTE,))
        self._lock.note(b"")

    def _checkpoint_without_waiting(self) -> None:
        wait_ms = self._connection.execute("PRAGMA busy_timeout").fetchone()[0]
        self._connection.execute("PRAGMA busy_timeout = 0")
        try:
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            self._connection.execute(f"PRAGMA busy_timeout = {wait_ms}")

    def _fold(self) -> None:
        """Begin a new WAL, in whose place the file has the note."""
        # A disk that is full is told with the next commit.
        with contextlib.suppress(sqlite3.Error, OSError):
            self._lock.note(SETTING)
            self._connection.execute(SET, (NOTE,))
            try:
                self._checkpoint_without_waiting()
            finally:
                self._take_back()
        self._left = _size(self._wal)


def _size(wal: Path | str) -> int:
    """Return the size of a WAL, in bytes; 0 where there is none."""
    try:
        return os.stat(wal).st_size  # noqa: PTH116  # after each commit: half the time of Path's
    except OSError:
        return 0


def warn_of_missing_wal(connection: sqlite3.Connection, path: Path, *, locked: bool) -> None:
    """Warn of a run file that was copied without its WAL.

    Args:
        connection: to the file.
        path: the file.
        locked: whether this process holds its lock, so that no other one is about to write.
    """
    noted = connection.execute("SELECT 1 FROM meta WHERE key = ?", (NOTE,)).fetchone()
    if not noted or _size(beside(real_path(path), "-wal")) or left_in_lock(path) == SETTING:
        return
    if locked or not is_live(path):
        warnings.warn(
            f"run file {path} was copied without its WAL: what was newest in the run is not in it; "
            f"copy {path.name}-wal too, or the file alone once the run has ended",
            RunFileWarning,
            stacklevel=1,
        )
