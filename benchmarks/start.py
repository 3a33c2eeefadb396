"""How soon a run of a million dialogues makes its first call, and what memory it takes.

    uv run python -m benchmarks start

The donation scenario with its two populations, 500,000 dialogues in each of two cells, by a model
in this process that answers at once. The run is stopped after some thousands of calls, when what
is on file and what is planned meanwhile is in its memory, too. Then it goes on: a part of the plan
is on file, and the rest is planned anew.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import simulate
from benchmarks.answers import answer
from benchmarks.figure import Figure, peak_mib

PER_CELL = 500_000
CALLS = 3000


async def started(path: Path, *, resume: bool) -> float:
    """Return after how many seconds a run makes its first call; it ends after some thousands."""
    stop, calls, first = asyncio.Event(), 0, 0.0
    began = time.perf_counter()

    def answers(request: simulate.ChatRequest) -> Any:
        nonlocal calls, first
        calls += 1
        first = first or time.perf_counter() - began
        if calls == CALLS:
            stop.set()
        return answer(request)

    result = await simulate.run(
        "donation",
        n=PER_CELL,
        methods=["vs", "direct"],
        model=simulate.ScriptedModel(answers),
        concurrency=64,
        out=path,
        resume=resume,
        stop=stop,
        processes=1,
    )
    assert result.completed + result.failed + result.left == 2 * PER_CELL
    return first


def figures() -> Iterator[Figure]:
    """Begin such a run, and go on with it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.db"
        what = "plan of 1,000,000 dialogues"
        seconds = asyncio.run(started(path, resume=False))
        yield Figure(f"{what}: first call after", seconds, "s", 20)
        yield Figure(f"{what}: peak memory", peak_mib(), "MiB", 400)
        seconds = asyncio.run(started(path, resume=True))
        yield Figure(f"{what}: first call of a run that goes on after", seconds, "s", 20)
        yield Figure(f"{what}: peak memory, gone on", peak_mib(), "MiB", 400)
