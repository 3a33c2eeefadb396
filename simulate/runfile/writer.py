"""Write a run file: one writer, group commits, and no turn without its calls.

Records are handed to a thread that owns the SQLite connection. It takes all that has come in
meanwhile, commits it in one transaction, and only then tells those who wait. So a turn is on disk
before the dialogue goes on, and a thousand dialogues share one disk flush.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import sqlite3
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from simulate.errors import RunFileError, quote
from simulate.runfile.branches import NewBranch, branch_statements
from simulate.runfile.failure_reasons import FAILED_BEFORE, FailedDialogue
from simulate.runfile.files import begin_file, connect_writer, reason
from simulate.runfile.header import Header
from simulate.runfile.json_columns import dump
from simulate.runfile.lock import WriterLock
from simulate.runfile.place import beside, make_folder_of, real_path, remove
from simulate.runfile.recorder import Recorder
from simulate.runfile.statements import (
    AGAIN,
    EXPECTING,
    META,
    Statement,
    header_statements,
)
from simulate.runfile.wal import Wal, warn_of_missing_wal

LARGEST_BATCH = 1000
CONTINUED = """UPDATE meta SET value = json_set(value, '$.continued', json('true'))
    WHERE key = 'merged'"""
"""Who goes on with a file that was put together from shards has dialogues that they have not."""
GATHERING_S = 0.005
"""How long a commit waits for others to share its disk flush with: nothing beside a model call."""


class RunWriter(Recorder):
    """The one writer of a run file.

    Create one with `RunWriter.create` or `RunWriter.resume`, and
    close it with `aclose`. It may be written to from several event loops.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, lock: WriterLock) -> None:
        super().__init__()
        self.path = path
        self._connection = connection
        self._lock = lock
        self._wal = Wal(connection, path, lock)
        self._queue: queue.SimpleQueue[
            tuple[Sequence[Statement], asyncio.Future[None]] | asyncio.Future[None]
        ] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="run-file-writer", daemon=True)
        self._thread.start()

    @classmethod
    def create(cls, path: Path, header: Header) -> RunWriter:
        """Start a new run file.

        Raises:
            RunFileError: there is a file already, or it cannot be written.
        """
        _refuse_if_there(path)
        file = real_path(path)
        make_folder_of(file)
        lock = WriterLock(path)
        # Built beside and moved into place, so that a run file is never half a run file.
        draft = beside(file, ".new")
        try:
            _refuse_if_there(path)  # another process may have made it before the lock was ours
            connection = begin_file(draft)
            try:
                connection.execute("BEGIN")
                for sql, values in header_statements(header):
                    connection.execute(sql, values)
                connection.execute("COMMIT")
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                connection.close()
            draft.rename(file)
            return cls(path, connect_writer(path, create=False), lock)
        except (sqlite3.Error, OSError) as error:
            remove(draft)
            lock.release()
            raise reason(error, path) from None
        except BaseException:
            remove(draft)
            lock.release()
            raise

    @classmethod
    def resume(cls, path: Path, lock: WriterLock | None = None) -> RunWriter:
        """Go on with a run file.

        Args:
            path: the run file.
            lock: its lock, where it is taken already; see `lock_to_resume`.

        Raises:
            RunFileError: there is none, it is not a run file, or another process writes to it.
        """
        lock = lock or lock_to_resume(path)
        try:
            connection = connect_writer(path, create=False)
            warn_of_missing_wal(connection, path, locked=True)
            try:
                connection.execute(CONTINUED)
            except sqlite3.Error as error:
                raise reason(error, path) from None
            return cls(path, connection, lock)
        except BaseException:
            lock.release()
            raise

    async def branch(self, branches: Sequence[NewBranch]) -> None:
        """Commit the beginnings of branches."""
        await self.commit([each for branch in branches for each in branch_statements(branch)])

    async def play_again(
        self, failed: Sequence[FailedDialogue], before: Sequence[FailedDialogue]
    ) -> None:
        """Commit that failed dialogues go on where they stood; their failures stay on record.

        Args:
            failed: what they failed by.
            before: what is on record already, `RunReader.failed_before`.
        """
        statements: list[Statement] = [(AGAIN, (each.stands, each.dialogue)) for each in failed]
        await self.commit([*statements, (META, (FAILED_BEFORE, dump([*before, *failed])))])

    async def note(self, key: str, value: Any) -> None:
        """Commit a fact about the run as a whole."""
        await self.commit([(META, (key, dump(value)))])

    async def aclose(self) -> None:
        """Commit what is left, fold the WAL into the file, and let others write."""
        ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.put(ended)
        await ended  # and not a thread that joins it: there may be none left to start
        self._thread.join()
        try:
            self._wal.end()
        finally:
            self._connection.close()
            self._lock.release()

    async def commit(self, statements: Sequence[Statement]) -> None:
        """Commit statements, together with what others hand over meanwhile; see `Recorder`."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.put((statements, done))
        await done

    def commit_soon(self, statements: Sequence[Statement]) -> None:
        """Commit statements with the next batch; see `Recorder`."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        # A writer that cannot write is told to the dialogues that wait for it.
        done.add_done_callback(lambda future: future.cancelled() or future.exception())
        self._queue.put((statements, done))

    def _work(self) -> None:
        """Commit what comes in, batch by batch, until told to stop."""
        ended: asyncio.Future[None] | None = None
        while ended is None:
            first = self._queue.get()
            if isinstance(first, asyncio.Future):
                ended = first
                break
            time.sleep(GATHERING_S)
            batch = [first]
            while len(batch) < LARGEST_BATCH:
                try:
                    more = self._queue.get_nowait()
                except queue.Empty:
                    break
                if isinstance(more, asyncio.Future):
                    ended = more
                    break
                batch.append(more)
            error: RunFileError | None = None
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                for statements, _ in batch:
                    for sql, values in statements:
                        done = self._connection.execute(sql, values)
                        if sql in EXPECTING and done.rowcount != 1:
                            raise sqlite3.IntegrityError("a dialogue is not as it was left")
                self._connection.execute("COMMIT")
            except Exception as problem:
                # Whatever it is: a thread that died here would leave every dialogue waiting.
                error = _told(problem, self.path)
                try:
                    if self._connection.in_transaction:
                        self._connection.execute("ROLLBACK")
                except sqlite3.Error:
                    pass  # the first error is the one that is told
            _tell_all([done for _, done in batch], error)
            self._wal.fold_when_large()
        _tell_all([ended], None)


def lock_to_resume(path: Path) -> WriterLock:
    """Take the lock of a run file before anything of it is read, so that it stays as it was read.

    Raises:
        RunFileError: there is no such file, or another process writes to it.
    """
    if not path.exists():
        raise RunFileError(f"there is no run file {quote(str(path))} to resume; leave out --resume")
    return WriterLock(path)


def _refuse_if_there(path: Path) -> None:
    try:
        there = path.exists()
    except OSError as error:  # a name that is too long, a folder that may not be looked into
        raise RunFileError(f"run file {path}: {error.strerror}") from None
    if there:
        raise RunFileError(
            f"run file {path} is already there: go on with it by --resume, or choose another "
            "with --out"
        )


def _told(problem: Exception, path: Path) -> RunFileError:
    """Turn what went wrong with a commit into one line."""
    if isinstance(problem, sqlite3.IntegrityError):
        return RunFileError(
            f"run file {path}: another program has changed it while this run wrote to it "
            f"({problem}); nothing more is written; see what it was, then go on with --resume"
        )
    return reason(problem, path)


def _tell_all(waiting: list[asyncio.Future[None]], error: RunFileError | None) -> None:
    """Tell those who wait, each on the event loop that it waits on."""
    by_loop: dict[asyncio.AbstractEventLoop, list[asyncio.Future[None]]] = {}
    for done in waiting:
        by_loop.setdefault(done.get_loop(), []).append(done)
    for loop, theirs in by_loop.items():
        with contextlib.suppress(RuntimeError):  # a loop that is closed waits for nothing
            loop.call_soon_threadsafe(_tell, theirs, error)


def _tell(waiting: list[asyncio.Future[None]], error: RunFileError | None) -> None:
    for done in waiting:
        if done.done():
            continue
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)
