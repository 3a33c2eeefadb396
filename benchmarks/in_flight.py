"""10,000 dialogues in flight against a server that takes 10 s for each answer.

    uv run python -m benchmarks in_flight

The server is a process of its own. Measured is the steady part of a donation run of 10,000
dialogues, two rounds of answers after the first: how many come in a second, as a part of
concurrency ÷ latency; how many requests the server had open at most; and the memory of the process
that runs.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from aiohttp import web

import simulate
from benchmarks.figure import Figure, peak_mib
from benchmarks.memory import REPLY, answer
from benchmarks.server import in_process
from simulate.engine import Event, TurnTaken
from simulate.models.network import room_for
from tests.endpoint import completion

AT_ONCE = 10_000
LATENCY_S = 10.0
ROUNDS = 2


def serve() -> None:
    """Serve until stdin is closed, and say how many requests were open at most."""
    asyncio.run(_serve())


async def _serve() -> None:
    room_for(AT_ONCE)
    asked = simulate.ChatRequest([], schema={"text": {}})
    bodies = {schema: _body(text) for schema, text in ((True, answer(asked)), (False, REPLY))}
    now = most = 0

    async def handle(request: web.Request) -> web.Response:
        nonlocal now, most
        read = await request.read()
        now += 1
        most = max(most, now)
        await asyncio.sleep(LATENCY_S)
        now -= 1
        body = bodies[b"json_schema" in read]
        return web.Response(body=body, content_type="application/json")

    app = web.Application()
    app.router.add_post("/v1/chat/completions", handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=AT_ONCE).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    print(most, flush=True)


def _body(said: object) -> bytes:
    content = said if isinstance(said, str) else json.dumps(said)
    return json.dumps(completion(content)).encode()


async def run(url: str, path: Path) -> tuple[float, float, float]:
    """Run until the steady part is over.

    Returns:
        After how many seconds the steady part began, the seconds and the CPU seconds that it took.
    """
    stop, turns = asyncio.Event(), 0
    moments = [(time.perf_counter(), 0.0)]

    def listener(event: Event) -> None:
        nonlocal turns
        turns += isinstance(event, TurnTaken)
        if turns >= AT_ONCE and len(moments) == 1:
            moments.append((time.perf_counter(), time.process_time()))
        if turns >= (1 + ROUNDS) * AT_ONCE and len(moments) == 2:
            moments.append((time.perf_counter(), time.process_time()))
            stop.set()

    await simulate.run(
        "donation",
        n=AT_ONCE,
        methods=["vs"],
        model=f"mock@{url}",
        out=path,
        concurrency=AT_ONCE,
        listener=listener,
        progress=False,
        stop=stop,
        processes=1,
    )
    (started, _), (began, before), (ended, after) = moments
    return began - started, ended - began, after - before


def figures() -> Iterator[Figure]:
    """Measure against a server of our own."""
    code = "from benchmarks.in_flight import serve; serve()"
    with tempfile.TemporaryDirectory() as folder, in_process("-c", code) as server:
        assert server.stdout is not None
        assert server.stdin is not None
        url = f"http://127.0.0.1:{server.stdout.readline().strip()}/v1"
        after, seconds, cpu = asyncio.run(run(url, Path(folder) / "run.db"))
        server.stdin.close()
        most = int(server.stdout.readline())
    what = f"{AT_ONCE:,} in flight, {LATENCY_S:g} s each"
    share = ROUNDS * LATENCY_S / seconds
    busy = f"the run had {cpu / seconds:.2f} of a core; starved, it says nothing"
    yield Figure(f"{what}: answers ÷ (concurrency ÷ latency)", share, "×", 0.95, "at least", busy)
    yield Figure(f"{what}: CPU an answer", 1000 * cpu / (ROUNDS * AT_ONCE), "ms")
    yield Figure(f"{what}: open at most", most, "requests", AT_ONCE, "at least")
    yield Figure(f"{what}: peak memory", peak_mib(), "MiB", 400)
    yield Figure(f"{what}: all answered once after", after, "s")
