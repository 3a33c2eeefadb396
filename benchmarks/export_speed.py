"""How fast a run is exported as JSONL, against `json.dumps` of the same lines, and in what memory.

    uv run python -m benchmarks export_speed

The run is one of `donation` answered by `tests/endpoint.py`; its dialogues are copied on file until
there are ten times as many. The aim of the ratio is 50 MB/s on a machine on which `json.dumps`
writes 140.
"""

from __future__ import annotations

import io
import json
import sqlite3
import tempfile
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from benchmarks.figure import Figure
from benchmarks.stored_bytes import donation_run
from simulate.runfile import export_jsonl, open_run

COPIED = ("dialogue", "turn", "outcome", "speaker_persona")
TIMES = 10


class Counting(io.StringIO):
    """Counts what is written to it, and keeps nothing."""

    count = 0

    def write(self, text: str) -> int:
        """Count."""
        self.count += len(text.encode())
        return len(text)


def grow(path: Path, times: int) -> None:
    """Copy the dialogues of a run file, until there are so many times as many."""
    with closing(sqlite3.connect(path)) as file, file:
        (n,) = file.execute("SELECT count(*) FROM dialogue").fetchone()
        for table in COPIED:
            names = [row[1] for row in file.execute(f"PRAGMA table_info({table})")]
            own = "id" if table == "dialogue" else "dialogue"
            made = {own: f"{own} + {n} * :k", "key": "key || ':' || :k"}
            copied = ", ".join(made.get(name, name) for name in names)
            for k in range(1, times):
                sql = f"INSERT INTO {table} SELECT {copied} FROM {table} WHERE {own} < {n}"  # noqa: S608
                file.execute(sql, {"k": k})


def exported(path: Path) -> tuple[float, float]:
    """Export a run; return megabytes, and megabytes per second of CPU time, the best of three."""
    best, size = 0.0, 0.0
    for _ in range(3):
        with open_run(path) as run:
            out = Counting()
            started = time.process_time()
            export_jsonl(run, out)
            size = out.count / 1e6
            best = max(best, size / (time.process_time() - started))
    return size, best


def dumped(path: Path) -> float:
    """Return megabytes per second of `json.dumps` of the same lines, the best of three."""
    with open_run(path) as run:
        lines = list(run.dialogues(range(100)))
    best = 0.0
    for _ in range(3):
        started = time.process_time()
        size = sum(len(json.dumps(line, ensure_ascii=False).encode()) for line in lines)
        best = max(best, size / 1e6 / (time.process_time() - started))
    return best


def peak_mb(path: Path) -> float:
    """Return the most memory that Python holds while it exports, in MB."""
    with open_run(path) as run:
        _ = run.scenario, run.cells
        tracemalloc.start()
        export_jsonl(run, Counting())
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    return peak / 1e6


def figures() -> Iterator[Figure]:
    """Measure."""
    with tempfile.TemporaryDirectory() as name:
        path = donation_run(Path(name) / "a.db")
        small = peak_mb(path)
        grow(path, TIMES)
        size, speed = exported(path)
        note = f"{size:.0f} MB of {2 * 100 * TIMES:,} dialogues"
        yield Figure("JSONL export, CPU time", speed, "MB/s", 50, "at least", note)
        ratio = speed / dumped(path)
        yield Figure("JSONL export / json.dumps", ratio, "×", 0.36, "at least")
        yield Figure(f"memory of {TIMES} times the dialogues", peak_mb(path) / small, "×", 1.1)
