"""How much quicker shards are put together than they are played.

    uv run python -m benchmarks merge

Four shards of `donation`, one cell of it, are played by a model in this process that answers at
once, so that all time is the engine's, and are put together. One machine has to put together what
many have played: it keeps up with as many of them as a merge is quicker than playing.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import simulate
from benchmarks.answers import ANSWERS
from benchmarks.figure import Figure
from simulate.models import ScriptedModel
from simulate.runfile import open_run

SHARDS = 4
DIALOGUES = 800
AIM = 20.0
"""Machines that play at this speed, and that one which merges keeps up with. A model server answers
slower than one that answers at once, so that in practice they are many more."""


def figures() -> Iterator[Figure]:
    """Yield how much quicker a merge is than playing, and what a repeated one takes."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{i}.db" for i in range(1, SHARDS + 1)]
        began = time.process_time()
        for i, path in enumerate(paths, start=1):
            simulate.run_sync(
                "donation",
                n=DIALOGUES,
                methods=["vs"],
                model=ScriptedModel(ANSWERS),
                out=path,
                shard=f"{i}/{SHARDS}",
                progress=False,
            )
        played_s = time.process_time() - began
        out = Path(folder) / "all.db"
        first, again = (_merged_s(paths, out) for _ in range(2))
        with open_run(out) as file:
            turns = file.totals().turns
    yield Figure(
        "a merge over playing, turns in the same CPU time",
        played_s / first,
        "×",
        AIM,
        "at least",
        f"{turns / first:,.0f} turns merged in a CPU second",
    )
    yield Figure("a merge that finds nothing new over the first", again / first, "×")


def _merged_s(paths: list[Path], out: Path) -> float:
    began = time.process_time()
    simulate.merge(paths, out)
    return time.process_time() - began
