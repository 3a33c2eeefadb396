"""CPU per model call of a whole donation run, as ratios within one run of this script.

    uv run python benchmarks/hot_path.py [--n 40]

A server in a process of its own answers at once. Measured is the CPU time of this process:

- bare: an aiohttp client that sends the same bodies (up to 20 messages of history), reads the
  answers and does nothing else;
- run: `simulate.run("donation")` against the same server: render, send, receive, parse, draw,
  commit durably, report progress;
- late over early: the CPU of one user's turn 20 over that of its turn 2, dialogues in step.

The aims are ≤ 2.5 and ≤ 1.3. The script prints the ratios; it gates nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import aiohttp
from rich.console import Console

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import simulate
from simulate.cli.progress import Progress
from simulate.engine import Event, RunStarted, TurnTaken
from tests.endpoint import Endpoint


def serve() -> None:
    """Serve until stdin is closed."""
    with Endpoint() as endpoint:
        endpoint.bodies = _Forgetful()
        endpoint.headers = _Forgetful()
        print(endpoint.url, flush=True)
        sys.stdin.read()


class _Forgetful(list):  # type: ignore[type-arg]
    def append(self, item: object) -> None:
        pass


async def bare(url: str, bodies: list[dict[str, object]], at_once: int) -> float:
    """Return the CPU seconds per call of a client that only sends and reads."""
    todo = iter(bodies)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=at_once)) as session:

        async def worker() -> None:
            for body in todo:
                async with session.post(f"{url}/chat/completions", json=body) as response:
                    data = await response.json()
                    assert data["choices"][0]["message"]["content"]

        started = time.process_time()
        await asyncio.gather(*(worker() for _ in range(at_once)))
        return (time.process_time() - started) / len(bodies)


async def whole(url: str, n: int, at_once: int, folder: Path) -> tuple[float, Path]:
    """Return the CPU seconds per call of a donation run, and its file."""
    path = folder / f"run-{time.monotonic_ns()}.db"
    console = Console(file=io.StringIO(), force_terminal=True, width=120)
    started = time.process_time()
    with Progress(console) as progress:
        result = await simulate.run(
            "donation", n=n, model=f"mock@{url}", out=path, concurrency=at_once, listener=progress
        )
    return (time.process_time() - started) / result.calls, path


async def by_turn(url: str, folder: Path, dialogues: int) -> dict[int, float]:
    """Return the median CPU seconds of each turn of the vs cell, one dialogue at a time."""
    spent: dict[int, list[float]] = {}
    last = time.process_time()

    def listener(event: Event) -> None:
        nonlocal last
        now = time.process_time()
        if isinstance(event, TurnTaken):
            spent.setdefault(event.position, []).append(now - last)
        if isinstance(event, RunStarted | TurnTaken):
            last = now

    await simulate.run(
        "donation",
        n=dialogues,
        methods=["vs"],
        model=f"mock@{url}",
        out=folder / "turns.db",
        concurrency=1,
        listener=listener,
    )
    return {position: statistics.median(times) for position, times in spent.items()}


def request_bodies(path: Path, most: int) -> list[dict[str, object]]:
    """Return the bodies of a run's calls, as they were sent."""
    bodies: list[dict[str, object]] = []
    with simulate.open_run(path) as run:
        for planned, _ in run.planned():
            for call in run.calls(planned.id):
                body: dict[str, object] = {"model": "mock", "messages": call.prompt}
                if call.schema is not None:
                    form = {"name": "answer", "strict": True, "schema": call.schema}
                    body["response_format"] = {"type": "json_schema", "json_schema": form}
                bodies.append({**body, "seed": call.seed})
                if len(bodies) >= most:
                    return bodies
    return bodies


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=40, help="dialogues per cell")
    parser.add_argument("--at-once", type=int, default=16)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        serve()
        return
    server = subprocess.Popen(
        [sys.executable, __file__, "--serve"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    assert server.stdin is not None
    url = server.stdout.readline().strip()
    try:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            _, path = asyncio.run(whole(url, 2, arguments.at_once, folder))  # warm-up
            bodies = request_bodies(path, 10_000)
            bodies *= -(-arguments.n // 2)
            rounds = []
            for _ in range(3):
                plain = asyncio.run(bare(url, bodies, arguments.at_once))
                run, _ = asyncio.run(whole(url, arguments.n, arguments.at_once, folder))
                rounds.append((plain, run))
            turns = asyncio.run(by_turn(url, folder, max(10, arguments.n // 2)))
    finally:
        server.stdin.close()
        server.wait(10)
    plain = statistics.median(p for p, _ in rounds)
    run = statistics.median(r for _, r in rounds)
    ratio = statistics.median(r / p for p, r in rounds)
    late = statistics.median(turns[t] for t in (17, 19)) / statistics.median(
        turns[t] for t in (1, 3)
    )
    print(f"bare aiohttp client     {plain * 1e3:.3f} ms CPU a call")
    print(f"whole donation run      {run * 1e3:.3f} ms CPU a call")
    print(f"run / bare              {ratio:.2f} (aim: at most 2.5)")
    print(f"turn 20 / turn 2        {late:.2f} (aim: at most 1.3)")
    print(json.dumps({"run_over_bare": round(ratio, 3), "late_over_early": round(late, 3)}))


if __name__ == "__main__":
    os.environ.setdefault("NO_COLOR", "1")
    main()
