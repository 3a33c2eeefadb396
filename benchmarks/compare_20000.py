"""`compare`, `summary` and the classifier on a run file of 20,000 dialogues in each of two cells.

Each dialogue states five amounts; the humans are the donations of PersuasionForGood. Seconds are
CPU of this process, and memory is what the process takes at most beyond what it took before.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from benchmarks.figure import Figure, peak_mib
from simulate.comparison.api import compare
from simulate.comparison.summary import summaries
from simulate.comparison.telling_apart import tell_apart
from simulate.runfile import open_run
from tests.made_runs import Answer, write_run

N = 20_000
AMOUNTS = np.array([0.0, 0.1, 0.2, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0])
STATED = 5
PEOPLE = 200


def run_file(folder: Path) -> Path:
    """Write the run, and return its path."""
    rng = np.random.default_rng(0)

    def answers() -> list[Answer]:
        order = rng.permuted(np.tile(AMOUNTS, (N, 1)), axis=1)[:, :STATED].tolist()
        shares = rng.dirichlet(np.ones(STATED), N).round(3).tolist()
        return [list(zip(*each, strict=True)) for each in zip(order, shares, strict=True)]

    asked = {"speakers": {"persuadee": {"method": {"name": "vs", "k": 7}}}}
    cells = {"method": {"five": {}, "seven": asked}}
    return write_run(folder / "run.db", {"five": answers(), "seven": answers()}, conditions=cells)


def taken(work: Callable[[], object]) -> tuple[float, float, float]:
    """Return the CPU and wall-clock seconds that a work takes, and its memory in MiB."""
    before = peak_mib()
    began, cpu = time.perf_counter(), time.process_time()
    work()
    spent = time.process_time() - cpu, time.perf_counter() - began
    return *spent, peak_mib() - before


def figures() -> Iterator[Figure]:
    """Measure."""
    told: list[tuple[int, int, str]] = []
    with tempfile.TemporaryDirectory() as folder:
        # Elsewhere, so that what writing takes is not taken for what comparing does.
        with ProcessPoolExecutor(1, get_context("spawn")) as pool:
            path = pool.submit(run_file, Path(folder)).result()
        what = f"compare, {N:,} dialogues × 2 cells"
        cpu, wall, memory = taken(lambda: compare(path, progress=lambda *far: told.append(far)))
        yield Figure(what, cpu, "s of CPU", 10.0, note=f"{wall:.1f} s by the clock")
        yield Figure(f"{what}: memory", memory, "MiB more", 200.0)
        yield Figure(f"{what}: signs of progress", len(told), "", 20, "at least")
        with open_run(path) as run:
            cpu, wall, _ = taken(lambda: summaries(run, "donation"))
            yield Figure(f"summary, {N:,} × 2", cpu, "s of CPU", note=f"{wall:.1f} s by the clock")
            people = list(run.dialogues(range(PEOPLE)))
            cpu, wall, _ = taken(lambda: tell_apart(run, people))
            yield Figure(
                f"told apart, {N:,} × 2", cpu, "s of CPU", note=f"{wall:.1f} s by the clock"
            )
