"""CPU of the turn loop: beside a bare HTTP client, as a dialogue grows, and as a run grows.

    uv run python -m benchmarks hot_path

A server in a process of its own answers at once. Measured is the CPU time of this process:

- bare: an aiohttp client on asyncio's own loop that sends the same bodies (up to 20 messages of
  history), reads the answers and does nothing else;
- run: `simulate.run("donation")` against the same server, on the loop that the command takes:
  plan, render, send, receive, parse, draw, commit durably, report progress; with 64 dialogues at
  once, and with 16;
- turn 40 over turn 2 of one user, one dialogue at a time;
- a turn in a large run over a turn in one of 1,000 dialogues, on a model in this process. The
  large one has `MANY` dialogues, not 100,000, which would take minutes: what could grow with their
  number (the plan, what is remembered of texts, the run file and its indexes) has 30 times the
  size. docs/performance.md has 100,000.
"""

from __future__ import annotations

import asyncio
import io
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
from rich.console import Console

import simulate
from benchmarks.figure import Figure
from benchmarks.server import endpoint
from simulate.cli.progress import Progress
from simulate.engine import Event, RunStarted, TurnTaken
from simulate.scenario import load_scenario
from simulate.synchronous import run_to_end

N = 150
"""Dialogues per cell of a run, some 6,600 calls."""
ROUNDS = 5
AT_ONCE = {64: 3.0, 16: None}
"""Dialogues at once, and the aim: with few, each waits for a wake-up and a commit of its own."""
FEW, MANY = 1000, 30_000
SHORT: dict[str, Any] = {
    "scenario": "short",
    "speakers": {"bot": {"plays": "assistant"}, "ada": {"plays": "user"}},
    "turns": {"maximum": 1},
}


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


async def whole(url: str, n: int, path: Path, at_once: int) -> float:
    """Return the CPU seconds per call of a donation run."""
    console = Console(file=io.StringIO(), force_terminal=True, width=120)
    started = time.process_time()
    with Progress(console) as progress:
        result = await simulate.run(
            "donation", n=n, model=f"mock@{url}", out=path, concurrency=at_once, listener=progress
        )
    return (time.process_time() - started) / result.calls


async def by_turn(url: str, path: Path) -> dict[int, float]:
    """Return the median CPU seconds of each of 42 turns, one dialogue at a time."""
    spent: dict[int, list[float]] = {}
    last = time.process_time()

    def listener(event: Event) -> None:
        nonlocal last
        now = time.process_time()
        if isinstance(event, TurnTaken):
            spent.setdefault(event.position, []).append(now - last)
        if isinstance(event, RunStarted | TurnTaken):
            last = now

    scenario = load_scenario("donation")
    longer = scenario.model_copy(
        update={"turns": scenario.turns.model_copy(update={"maximum": 21}), "compare": {}}
    )
    await simulate.run(
        longer,
        n=40,
        methods=["vs"],
        model=f"mock@{url}",
        out=path,
        concurrency=1,
        listener=listener,
    )
    return {position: statistics.median(times) for position, times in spent.items()}


async def a_turn(dialogues: int, path: Path) -> float:
    """Return the CPU seconds per turn, from the first to the last, of a run without a network."""
    started = 0.0

    def listener(event: Event) -> None:
        nonlocal started
        if isinstance(event, RunStarted):
            started = time.process_time()

    model = simulate.ScriptedModel(lambda request: f"I say {request.seed}.")
    scenario = simulate.Scenario.model_validate(SHORT)
    await simulate.run(
        scenario, n=dialogues, model=model, out=path, concurrency=256, listener=listener
    )
    return (time.process_time() - started) / (2 * dialogues)


def request_bodies(path: Path) -> list[dict[str, object]]:
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
    return bodies


def figures() -> Iterator[Figure]:
    """Measure."""
    with tempfile.TemporaryDirectory() as name, endpoint() as url:
        folder = Path(name)
        run_to_end(whole(url, 2, folder / "first.db", 4))  # loads what is loaded once
        bodies = request_bodies(folder / "first.db") * (N // 2)
        for at_once, aim in AT_ONCE.items():
            rounds = []
            for i in range(ROUNDS):
                plain = asyncio.run(bare(url, bodies, at_once))
                path = folder / f"{at_once}-{i}.db"
                rounds.append((plain, run_to_end(whole(url, N, path, at_once))))
            plain_ms, run_ms = (
                1000 * statistics.median(each) for each in zip(*rounds, strict=True)
            )
            yield Figure(
                f"CPU per call of a donation run over a bare aiohttp client, {at_once} at once",
                statistics.median(run / plain for plain, run in rounds),
                "×",
                aim,
                note=f"{run_ms:.2f} over {plain_ms:.2f} ms, medians of {ROUNDS} rounds in turn",
            )
        turns = run_to_end(by_turn(url, folder / "turns.db"))
        late, early = (statistics.fmean(turns[t] for t in at) for at in ((37, 39), (1, 3)))
        yield Figure("CPU of turn 40 over turn 2 of a dialogue", late / early, "×", 1.1)
        few = statistics.median(run_to_end(a_turn(FEW, folder / f"few-{i}.db")) for i in range(5))
        many = run_to_end(a_turn(MANY, folder / "many.db"))
        yield Figure(
            f"CPU per turn at {MANY:,} dialogues over that at {FEW:,}",
            many / few,
            "×",
            1.1,
            note=f"{1000 * many:.2f} over {1000 * few:.2f} ms, without a network",
        )
