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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise, zip_longest
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar

from simulate.engine.plan import Plan, make_plan
from simulate.engine.resuming import other_run
from simulate.errors import InputError, RunFileError, first_of, one_line
from simulate.notebook import Shown
from simulate.population import Population
from simulate.runfile import RunReader, open_run
from simulate.runfile.corruption import DAMAGE, damaged
from simulate.runfile.failure_reasons import FAILED_BEFORE
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
    renumbered,
    take,
    transaction,
)
from simulate.runfile.meta import populations_of_speakers
from simulate.runfile.place import beside, real_path, remove
from simulate.runfile.schema import SCHEMA_VERSION
from simulate.runfile.shard import Shard
from simulate.runfile.unwritten import UNWRITTEN
from simulate.runfile.wal import NOTE, Wal

LARGE = ("scenario", "population", "populations")
"""What shards say of their run in the same words, at length."""
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


@dataclass(frozen=True, slots=True)
class _Given:
    """A shard that was given: its file, which one it is, and what it says of its run."""

    path: Path
    shard: Shard
    meta: Mapping[str, Any]

    @property
    def n(self) -> int:
        return int(self.meta["n"])

    @property
    def run(self) -> str:
        return str(self.meta["run"])


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
        _refuse_twice([*paths, self.path])
        self._given, self._anew = _read(paths), False
        file = real_path(self.path)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RunFileError(f"folder {file.parent}: {error.strerror}") from None
        with self._held:
            self._lock = self._held.enter_context(WriterLock(self.path))
            self._connection: sqlite3.Connection | None = None
            self._run = secrets.token_hex(8)
            if file.exists():
                self._hold()
            self._held = self._held.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._held.close()

    def take(self) -> MergeResult:
        """Take what the shards have that the file has not.

        Raises:
            RunFileError: see `merge`.
        """
        started = time.perf_counter()
        if self._anew:
            self._given = _read([each.path for each in self._given])
        self._anew = True
        live = tuple(each.shard.index for each in self._given if is_live(each.path))
        draft = beside(real_path(self.path), ".new")
        try:
            taken = self._gather(draft)
            if self._connection is None:
                draft.rename(real_path(self.path))
                _keep(real_path(self.path).parent)
                self._hold()
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
        with open_run(self.path) as file:
            totals = file.totals()
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
            _check_merged(there, self._given)
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

    def _taken(self, connection: sqlite3.Connection, given: _Given, there: str | None) -> int:
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
                    raise RunFileError(
                        f"run file {given.path}: a dialogue of {given.shard.told} is in another "
                        f"shard too, which no run writes; shards are {_named(self._given)}"
                    ) from None
                if isinstance(error, sqlite3.IntegrityError) or "malformed" in str(error):
                    raise damaged(given.path, error) from None
                raise

    def _finish(self, connection: sqlite3.Connection) -> None:
        """Write what is said of the run as a whole, and the plan of the shards that are missing."""
        meta = _meta_of(self._given, self._run)
        note(connection, meta)
        of = max(self._given, key=lambda each: each.n)
        with open_run(of.path) as file:
            scenario = file.scenario
            if count_planned(connection) == of.n * scenario.design.size(scenario.conditions):
                return
            plan = _planned(file)
        personas = ((p.id, i, p.attributes, p.prose) for i, p in enumerate(plan.personas))
        fill(connection, personas, plan.dialogues)
        pairs = zip_longest(plan.dialogues, planned_on_file(connection))
        if plan.fingerprint != meta["fingerprint"] or any(a != b for a, b in pairs):
            raise RunFileError(
                f"run file {of.path}: shards are missing, and this version of simulate plans other "
                "dialogues for them; give all shards, or take the version that began them: "
                f"{meta['versions'].get('simulate-dialogues', 'unknown')}"
            )


def _read(paths: Sequence[Path]) -> list[_Given]:
    """Return what is said of shards, in order; each is checked, and all are of one run."""
    found: list[_Given] = []
    for path in paths:
        with open_run(path) as file:
            _ = file.scenario  # a file that this version cannot read says so
            if file.shard is None:
                what = "was put together from shards" if "merged" in file.meta else "is a whole run"
                raise RunFileError(
                    f"run file {path} {what}, and no shard: give files that were begun with --shard"
                )
            each = _Given(path, file.shard, file.meta)
        first = found[0] if found else each
        if differing := _other(first, each):
            raise RunFileError(
                f"run files {first.path} (there) and {each.path} (here) are of different runs, and "
                f"cannot be put together: another {', '.join(differing)}"
            )
        # What is large is kept once.
        same = {key: first.meta[key] for key in LARGE if key in first.meta}
        found.append(replace(each, meta={**each.meta, **same}))
    found.sort(key=lambda each: each.shard)
    for one, other in pairwise(found):
        if one.shard == other.shard:
            raise InputError(
                f"{one.shard.told} is given twice: {one.path} and {other.path}; leave one of them "
                "out"
            )
    return found


def _other(there: _Given, here: _Given) -> list[str]:
    found = _other_run(there.path, there.meta, here.meta)
    plans = [(each.meta.get("frozen") or {}).get("sha256") for each in (there, here)]
    if plans[0] != plans[1]:
        said = (f"{sha[:12]}…" if sha else "none" for sha in plans)
        found.append("frozen plan (there {}, here {})".format(*said))
    if there.shard.of != here.shard.of:
        found.append(f"number of shards (there {there.shard.of:,}, here {here.shard.of:,})")
    return found


def _other_run(path: Path, there: Mapping[str, Any], here: Mapping[str, Any]) -> list[str]:
    try:
        return other_run(there, here)
    except DAMAGE as error:
        raise damaged(path, error) from error


def _check_merged(there: RunReader, given: Sequence[_Given]) -> None:
    """Refuse a file that has what these shards have not."""
    path, first = there.path, given[0]
    merged = there.meta.get("merged")
    elsewhere = "choose another file with --out"
    if merged is None:
        raise RunFileError(
            f"run file {path} is there already, and was not put together from shards; {elsewhere}"
        )
    if merged.get("continued"):
        raise RunFileError(
            f"run file {path} was gone on with after it was put together, and has dialogues of its "
            f"own: go on with it (--resume), or {elsewhere}"
        )
    found = _other_run(path, there.meta, first.meta)
    if merged["of"] != first.shard.of:
        found.append(f"number of shards (there {merged['of']:,}, here {first.shard.of:,})")
    if found:
        raise RunFileError(
            f"run file {path} was put together from shards of another run: another "
            f"{', '.join(found)}; {elsewhere}"
        )
    indices = {str(each.shard.index) for each in given}
    if lacking := sorted((i for i in merged["shards"] if i not in indices), key=int):
        raise RunFileError(
            f"run file {path} has shards that are not given: {first_of(lacking)} of "
            f"{merged['of']:,}; give them too, or {elsewhere}"
        )
    for each in given:
        if merged["shards"].get(str(each.shard.index), each.run) != each.run:
            raise RunFileError(
                f"run file {path} has {each.shard.told} from another file than {each.path}, which "
                f"was begun anew; give that one, or {elsewhere}"
            )
    if (n := max(each.n for each in given)) < (there.n or 0):
        raise RunFileError(
            f"run file {path} has n {there.n:,}, and the shards {n:,}; give the shards that it was "
            f"put together from, or {elsewhere}"
        )


def _meta_of(given: Sequence[_Given], run: str) -> dict[str, Any]:
    """Return what is said of the run as a whole, where shards may say different things."""
    largest = max(given, key=lambda each: each.n)
    meta: dict[str, Any] = dict(largest.meta)
    for each in given:
        for key, value in each.meta.items():
            meta.setdefault(key, value)
    for key in ("shard", NOTE, UNWRITTEN):  # the whole plan gets into the file
        meta.pop(key, None)
    meta["run"] = run
    meta["created"] = min(each.meta.get("created", "") for each in given)
    meta["merged"] = {
        "of": largest.shard.of,
        "shards": {str(each.shard.index): each.run for each in given},
    }
    if any(FAILED_BEFORE in each.meta for each in given):
        meta[FAILED_BEFORE] = [
            [renumbered(dialogue, each.shard), *why]
            for each in given
            for dialogue, *why in each.meta.get(FAILED_BEFORE, ())
        ]
    if "explored" in meta:
        meta["explored"] = {k: v for e in given for k, v in e.meta.get("explored", {}).items()}
    if "budget" in meta:
        budgets = [each.meta.get("budget") or {} for each in given]
        meta["budget"] = {what: _sum([b.get(what) for b in budgets]) for what in ("usd", "tokens")}
    if "shared" in meta:
        shared = [each.meta["shared"] for each in given if "shared" in each.meta]
        meta["shared"] = {
            "reason": "; ".join(dict.fromkeys(each["reason"] for each in shared)),
            "data": list(dict.fromkeys(what for each in shared for what in each["data"])),
            "endpoints": list(dict.fromkeys(to for each in shared for to in each["endpoints"])),
        }
    return meta


def _sum(limits: Sequence[float | None]) -> float | None:
    """Return what shards may spend together; None where one of them has no limit."""
    known = [each for each in limits if each is not None]
    return sum(known) if len(known) == len(limits) else None


def _planned(file: RunReader) -> Plan:
    """Return the whole plan of a shard."""
    meta = file.meta
    people, own = meta.get("population"), meta.get("populations") or {}
    population = Population.stored(people) if people else None
    others = {
        name: Population.stored(own[name]) if name in own else population
        for name in populations_of_speakers(meta)
    }
    given = {name: each for name, each in others.items() if each is not None}
    return make_plan(file.scenario, population, int(meta["n"]), file.seed, given)


def _named(given: Sequence[_Given]) -> str:
    return first_of([str(each.path) for each in given])


def _refuse_twice(paths: Sequence[Path]) -> None:
    """Refuse a file that is given twice, by whatever name; the last is the one that is written."""
    seen: dict[Path, Path] = {}
    for path in paths:
        file = real_path(path)
        if file in seen and path is paths[-1]:
            raise InputError(f"--out {path} is one of the shards: choose another file")
        if file in seen:
            raise InputError(f"run file {path} is given twice; leave it out once")
        seen[file] = path


def _keep(path: Path) -> None:
    """See to it that a file, or the names in a folder, outlast a power cut."""
    with contextlib.suppress(PermissionError, IsADirectoryError):  # a folder, on Windows
        number = os.open(path, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
