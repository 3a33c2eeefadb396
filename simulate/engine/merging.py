"""Put the shards of a plan together: one run file that has all their dialogues, each once.

The file holds what the shards hold, and nothing besides: it is made of all of them each time, and
only what has changed since the last time is written. Dialogues of shards that are missing are
planned in it, so that it is a run file like any other, and can be resumed.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import ClassVar

from simulate.engine.given_shards import (
    GivenShard,
    check_merged,
    meta_of,
    read_shards,
    refuse_twice,
    whole_plan,
)
from simulate.errors import InputError, RunFileError, first_of, one_line
from simulate.notebook import Shown
from simulate.runfile import RunReader, open_run
from simulate.runfile.corruption import DAMAGE, damaged
from simulate.runfile.files import begin_file, connect_writer, reason
from simulate.runfile.lock import WriterLock, is_live
from simulate.runfile.merge import (
    attached,
    attached_version,
    begin_draft,
    count_planned,
    fill,
    forget_sums,
    keep_draft,
    note,
    planned_on_file,
    take,
    transaction,
)
from simulate.runfile.place import beside, make_folder_of, real_path, remove
from simulate.runfile.schema import SCHEMA_VERSION
from simulate.runfile.shard import Shard
from simulate.runfile.wal import Wal

ALONE = Shard(1, 1)
"""What a file of rows that have their numbers already is taken as."""


@dataclass(frozen=True, slots=True)
class MergeResult(Shown):
    """What shards were put together into.

    Attributes:
        path: the run file.
        of: how many shards the plan has.
        shards: which of them are in the file, in order.
        live: which of these were being written to meanwhile.
        completed: dialogues that are completed.
        failed: dialogues that failed.
        left: dialogues that are still to do, those of missing shards among them.
        taken: dialogues that are new in the file, or were taken anew.
        seconds: how long it took.
    """

    path: Path
    of: int
    shards: tuple[int, ...]
    live: tuple[int, ...]
    completed: int
    failed: int
    left: int
    taken: int
    seconds: float

    _view: ClassVar[str] = "run"

    def __repr__(self) -> str:
        told = f"{len(self.shards):,} of {self.of:,} shards, {self.completed:,} completed"
        return f"MergeResult({one_line(str(self.path))}: {told}, {self.left:,} left)"

    @property
    def missing(self) -> tuple[int, ...]:
        """Which shards are not in the file."""
        there = set(self.shards)
        return tuple(index for index in range(1, self.of + 1) if index not in there)

    def open(self) -> RunReader:
        """Open the run file for reading."""
        return open_run(self.path)


def merge(shards: Sequence[str | Path], out: str | Path) -> MergeResult:
    """Put shards of a plan together in one run file; again, as they grow.

    A shard may be written to meanwhile: what it has at that moment is taken. Whatever interrupts
    it, the file is as it was, or whole.

    Args:
        shards: the run files, each begun with another `shard` of the same run; if the file is there
            already, all that it was put together from, and maybe more.
        out: the run file that they come into.

    Raises:
        InputError: no shard is given, one is given twice, or `out` is one of them.
        RunFileError: a file is no shard, or of another run; or `out` cannot be written, or has
            dialogues that are in no shard.
    """
    with Merging(shards, out) as merging:
        return merging.take()


@dataclass
class Merging:
    """Puts shards together into a file that it holds; see `merge` for the arguments."""

    shards: Sequence[str | Path]
    out: str | Path
    _held: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    def __enter__(self) -> Merging:
        paths = [Path(each) for each in self.shards]
        self.path = Path(self.out)
        if not paths:
            raise InputError("no shard is given: name the run files that are to be put together")
        refuse_twice([*paths, self.path])
        self._given, self._anew = read_shards(paths), False
        make_folder_of(real_path(self.path))
        self._lock = self._held.enter_context(WriterLock(self.path))
        self._connection: sqlite3.Connection | None = None
        self._run = secrets.token_hex(8)
        return self

    def __exit__(self, *raised: object) -> None:
        self._held.close()

    def take(self) -> MergeResult:
        """Take what the shards have that the file has not.

        Raises:
            RunFileError: see `merge`.
        """
        started = time.perf_counter()
        if self._anew:
            self._given = read_shards([each.path for each in self._given])
        self._anew = True
        live = tuple(each.shard.index for each in self._given if is_live(each.path))
        file = real_path(self.path)
        draft = beside(file, ".new")
        try:
            if self._connection is None and file.exists():
                self._hold()
            taken = self._gather(draft)
            if self._connection is None:
                draft.rename(file)
                _keep(file.parent)
            else:
                with attached(self._connection, draft, "shard"):
                    with transaction(self._connection):
                        forget_sums(self._connection)
                        take(self._connection, ALONE, "main")
                        self._finish(self._connection)
                    self._wal.fold_when_large()
        except (sqlite3.Error, OSError) as error:
            raise reason(error, self.path) from None
        finally:
            remove(draft)
        with open_run(self.path) as merged:
            totals = merged.totals()
        return MergeResult(
            self.path,
            self._given[0].shard.of,
            tuple(each.shard.index for each in self._given),
            live,
            totals.completed,
            totals.failed,
            totals.left,
            taken,
            time.perf_counter() - started,
        )

    def _hold(self) -> None:
        """Open the file, which must hold what these shards hold, and nothing besides."""
        with open_run(self.path) as there:
            check_merged(there, self._given)
            self._run = there.run_id
        self._connection = connect_writer(self.path, create=False)
        self._held.callback(self._connection.close)
        self._wal = Wal(self._connection, self.path, self._lock)
        self._held.callback(self._wal.end)

    def _gather(self, draft: Path) -> int:
        """Write what is new into a draft; of a file that is not there yet, all of it.

        Returns:
            How many dialogues that is.
        """
        fresh = self._connection is None
        connection = begin_file(draft)
        try:
            begin_draft(connection)
            taken = 0
            with contextlib.nullcontext() if fresh else attached(connection, self.path, "there"):
                for given in self._given:
                    taken += self._taken(connection, given, None if fresh else "there")
            if fresh:
                with transaction(connection):
                    self._finish(connection)
                keep_draft(connection)
        finally:
            connection.close()
        if fresh:
            _keep(draft)
        return taken

    def _taken(self, connection: sqlite3.Connection, given: GivenShard, there: str | None) -> int:
        with attached(connection, given.path, "shard"):
            if attached_version(connection, "shard") != SCHEMA_VERSION:
                raise RunFileError(
                    f"run file {given.path} has an older schema version than {SCHEMA_VERSION}: go "
                    "on with it once (--resume), which brings it up to date"
                )
            try:
                with transaction(connection):
                    return take(connection, given.shard, there)
            except sqlite3.DatabaseError as error:
                if "UNIQUE" in str(error):
                    paths = first_of([str(each.path) for each in self._given])
                    raise RunFileError(
                        f"run file {given.path}: a dialogue of {given.shard.told} is in another "
                        f"shard too, which no run writes; shards are {paths}"
                    ) from None
                if isinstance(error, sqlite3.IntegrityError) or "malformed" in str(error):
                    raise damaged(given.path, error) from None
                raise

    def _finish(self, connection: sqlite3.Connection) -> None:
        """Write what is said of the run as a whole, and the plan of the shards that are missing."""
        meta = meta_of(self._given, self._run)
        note(connection, meta)
        of = max(self._given, key=lambda each: each.n)
        with open_run(of.path) as file:
            scenario = file.scenario
            if count_planned(connection) == of.n * scenario.design.size(scenario.conditions):
                return
            try:
                plan = whole_plan(file)
            except DAMAGE as error:
                raise damaged(of.path, error) from error
        personas = ((p.id, i, p.attributes, p.prose) for i, p in enumerate(plan.personas))
        fill(connection, personas, plan.dialogues)
        pairs = zip_longest(plan.dialogues, planned_on_file(connection))
        if plan.fingerprint != meta["fingerprint"] or any(a != b for a, b in pairs):
            raise RunFileError(
                f"run file {of.path}: shards are missing, and this version of simulate plans other "
                "dialogues for them; give all shards, or take the version that began them: "
                f"{meta['versions'].get('simulate-dialogues', 'unknown')}"
            )


def _keep(path: Path) -> None:
    """See to it that a file, or the names in a folder, outlast a power cut."""
    with contextlib.suppress(PermissionError, IsADirectoryError):  # a folder, on Windows
        number = os.open(path, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
