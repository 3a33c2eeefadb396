"""Who writes to a run file: one process at a time, and everybody can tell whether one does.

The lock is held on a file beside the run file and goes when its process ends, however it ends.
That the file is there says nothing: a process that was killed leaves it, and a system that
unlinks no open file may keep it too. Only whether it is locked counts.
"""

from __future__ import annotations

import errno
import os
import sys
import time
from pathlib import Path
from typing import IO

from simulate.errors import RunFileError
from simulate.runfile.place import NETWORK, beside, real_path

WAIT_S = 0.5
"""How long a writer tries, in seconds: who asks whether a run is live holds the lock a moment."""
PAUSE_S = 0.02


if sys.platform == "win32":  # pragma: no cover
    import msvcrt

    def _lock(file: IO[bytes], *, shared: bool) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    # flock and not the locks of fcntl.lockf, which a process loses with the first descriptor of
    # the file that it closes, its own question whether the run is live included.
    def _lock(file: IO[bytes], *, shared: bool) -> None:
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)


BUSY = (errno.EAGAIN, errno.EACCES, errno.EDEADLK)
"""What a lock that another process holds is told as; the last two on Windows."""


class WriterLock:
    """Sees to it that one process at a time writes to a run file, by whatever name it knows it.

    Raises:
        RunFileError: another process holds it, it cannot be taken, or the file has several names.
    """

    def __init__(self, path: Path) -> None:
        file = real_path(path)
        _refuse_second_name(path, file)
        self._path = beside(file, ".lock")
        self._file: IO[bytes] | None = None
        until = time.monotonic() + WAIT_S
        while self._file is None:
            try:
                self._file = self._taken(path)
            except OSError as error:
                raise RunFileError(
                    f"run file {path}: cannot be written ({error.strerror}); choose another with "
                    "--out"
                ) from None
            if self._file is None:
                if time.monotonic() > until:
                    raise RunFileError(
                        f"run file {path}: another process is writing to it; wait for it, or "
                        "choose another file with --out"
                    )
                time.sleep(PAUSE_S)

    def __enter__(self) -> WriterLock:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def _taken(self, path: Path) -> IO[bytes] | None:
        """Return the locked file; None where another process holds it, or has just unlinked it."""
        no_link = getattr(os, "O_NOFOLLOW", 0)
        file = os.fdopen(os.open(self._path, os.O_RDWR | os.O_CREAT | no_link, 0o666), "r+b")
        try:
            _lock(file, shared=False)
            if self._in_place(file):
                return file
        except OSError as error:
            if error.errno not in BUSY:
                file.close()
                raise RunFileError(
                    f"run file {path}: cannot be locked ({error.strerror}); {NETWORK}"
                ) from None
        file.close()
        return None

    def _in_place(self, file: IO[bytes]) -> bool:
        """Tell whether a file is the one that others will find."""
        try:
            return os.path.samestat(os.fstat(file.fileno()), self._path.stat())
        except OSError:
            return False

    def note(self, word: bytes) -> None:
        """Leave a word in the lock's file, for who finds it there after this process was killed."""
        if self._file is not None:
            self._file.seek(0)
            self._file.truncate()
            self._file.write(word)
            self._file.flush()

    def release(self) -> None:
        """Let others write."""
        if self._file is None:
            return
        # While it is locked: once it is not, it may be another's.
        # With a word in it, it stays.
        noted = os.fstat(self._file.fileno()).st_size > 0
        gone = noted or not self._in_place(self._file) or self._unlinked()
        self._file.close()
        self._file = None
        if not gone:
            # On Windows no open file can be unlinked, neither ours before nor another's now.
            self._unlinked()

    def _unlinked(self) -> bool:
        try:
            self._path.unlink()
        except OSError:
            return False
        return True


def is_live(path: Path) -> bool:
    """Tell whether a process is writing to a run file, without getting in its way.

    Where a lock is there and cannot be asked for, its run counts as live.
    """
    try:
        with beside(real_path(path), ".lock").open("rb") as file:
            _lock(file, shared=True)
    except FileNotFoundError:
        return False
    except (OSError, RunFileError):
        return True
    return False


def left_in_lock(path: Path) -> bytes:
    """Return the word that the last process to lock a run file has left there, if any."""
    try:
        return beside(real_path(path), ".lock").read_bytes()
    except OSError:
        return b""


def _refuse_second_name(path: Path, file: Path) -> None:
    """Refuse a file that has another name too (a hard link): each would have a lock and a WAL."""
    try:
        names = file.stat().st_nlink
    except FileNotFoundError:
        return
    except OSError as error:
        raise RunFileError(f"run file {path}: {error.strerror}") from None
    if names > 1:
        raise RunFileError(
            f"run file {path} has {names} names (hard links), and who writes to it under one "
            "damages it for the others: remove the others, or go on with a copy"
        )
