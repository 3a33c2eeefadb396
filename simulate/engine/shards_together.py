"""Shards of a plan that are looked at as one run, also while they are played."""

from __future__ import annotations

import contextlib
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from simulate.engine.merging import Merging
from simulate.errors import SimulateError
from simulate.runfile.place import beside, real_path

FOLLOW_S = 1.0
"""How often it is looked whether shards have grown, in seconds."""


@contextlib.contextmanager
def together(shards: Sequence[str | Path], *, follow: bool) -> Iterator[Path]:
    """Put shards together in a file that is there for a while, to be looked at.

    Args:
        shards: see `merge`.
        follow: whether the file grows as they do.

    Raises:
        InputError: see `merge`.
        RunFileError: see `merge`; at the end, where it could not be made to grow.
    """
    paths = [Path(each) for each in shards]
    problems: list[SimulateError] = []
    over = threading.Event()

    def grow() -> None:
        seen, pause_s = _written(paths), FOLLOW_S
        while not over.wait(pause_s):
            if (now := _written(paths)) == seen:
                continue
            try:
                took = merging.take()
            except SimulateError as problem:
                problems.append(problem)
                return
            seen, pause_s = now, max(FOLLOW_S, 5 * took.seconds)

    with tempfile.TemporaryDirectory(prefix="simulate-") as folder:
        name = f"{paths[0].stem}-and-{len(paths) - 1}-more.db" if paths else ""
        with Merging(paths, Path(folder) / name) as merging:
            thread = threading.Thread(target=grow, name="shards", daemon=True)
            out = merging.take().path
            if follow:
                thread.start()
            try:
                yield out
            finally:
                over.set()
                if follow:
                    thread.join()
    if problems:
        raise problems[0]


def _written(paths: Sequence[Path]) -> list[tuple[int, int]]:
    """Return what changes whenever a file is written to."""
    found = []
    for path in paths:
        for each in (path, beside(real_path(path), "-wal")):
            with contextlib.suppress(OSError):
                stat = each.stat()
                found.append((stat.st_mtime_ns, stat.st_size))
    return found
