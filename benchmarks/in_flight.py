"""10,000 dialogues in flight against a server that takes 10 s for each answer.

    uv run python -m benchmarks in_flight

The server is a process of its own. Measured is the steady part of a donation run of 10,000
dialogues, two rounds of answers after the first: how many come in a second, as a part of
concurrency ÷ latency, and of what a bare aiohttp client gets out of such a server in the same way
(where that is less, it is the server or the machine that bears no more); how many requests the
server had open at most; and the memory of the process that runs. Both are on the loop that the
command takes.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import aiohttp

import simulate
from benchmarks.answers import REPLY, answer
from benchmarks.figure import Figure, peak_mib
from benchmarks.server import in_process
from simulate.engine import Event, TurnTaken
from simulate.models.network import room_for
from simulate.synchronous import run_to_end
from tests.endpoint import completion

AT_ONCE = 10_000
LATENCY_S = 10.0
ROUNDS = 2


def serve() -> None:
    """Serve until stdin is closed, and say how many requests were open at most."""
    run_to_end(_serve())


class _Server(asyncio.Protocol):
    """Reads requests as they come and answers each later; as little as a server can do.

    One of a web framework would bear fewer answers a second than are asked for here.
    """

    now = most = 0
    bodies: tuple[bytes, bytes] = (b"", b"")

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport, self.received = cast(asyncio.Transport, transport), b""

    def data_received(self, data: bytes) -> None:
        self.received += data
        head, found, body = self.received.partition(b"\r\n\r\n")
        if not found:
            return
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        if len(body) < length:
            return
        self.received = b""
        _Server.now += 1
        _Server.most = max(_Server.most, _Server.now)
        said = self.bodies[b"json_schema" in body]
        asyncio.get_running_loop().call_later(LATENCY_S, self._answer, said)

    def _answer(self, said: bytes) -> None:
        _Server.now -= 1
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(said)}"
        self.transport.write(head.encode() + b"\r\n\r\n" + said)


async def _serve() -> None:
    room_for(AT_ONCE)
    asked = simulate.ChatRequest([], schema={"text": {}})
    _Server.bodies = _body(REPLY), _body(answer(asked))
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(_Server, "127.0.0.1", 0, backlog=AT_ONCE)
    print(listening.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    print(_Server.most, flush=True)


def _body(said: object) -> bytes:
    content = said if isinstance(said, str) else json.dumps(said)
    return json.dumps(completion(content)).encode()


class Steady:
    """The steady part: from when all are answered once.

    Attributes:
        over: whether it is.
    """

    def __init__(self) -> None:
        self.over = asyncio.Event()
        self._answers = 0
        self._moments = [(time.perf_counter(), time.process_time())]

    def answered(self) -> None:
        """Count an answer."""
        self._answers += 1
        if self._answers in (AT_ONCE, (1 + ROUNDS) * AT_ONCE):
            self._moments.append((time.perf_counter(), time.process_time()))
        if len(self._moments) == 3:
            self.over.set()

    @property
    def measured(self) -> tuple[float, float, float]:
        """After how many seconds it began, the seconds and the CPU seconds that it took."""
        (started, _), (began, before), (ended, after) = self._moments
        return began - started, ended - began, after - before


async def run(url: str, path: Path) -> Steady:
    """Run until the steady part is over."""
    steady = Steady()

    def listener(event: Event) -> None:
        if isinstance(event, TurnTaken):
            steady.answered()

    await simulate.run(
        "donation",
        n=AT_ONCE,
        methods=["vs"],
        model=f"mock@{url}",
        out=path,
        concurrency=AT_ONCE,
        listener=listener,
        progress=False,
        stop=steady.over,
        processes=1,
    )
    return steady


async def bare(url: str) -> Steady:
    """Send and read, and do nothing else, until the steady part is over."""
    steady = Steady()
    body = {"model": "mock", "messages": [{"role": "user", "content": 10 * REPLY}]}
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=AT_ONCE)) as session:

        async def ask() -> None:
            while True:
                async with session.post(f"{url}/chat/completions", json=body) as response:
                    assert (await response.json())["choices"]
                steady.answered()

        asking = [asyncio.create_task(ask()) for _ in range(AT_ONCE)]
        await steady.over.wait()
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
    return steady


@contextmanager
def server() -> Iterator[tuple[str, list[int]]]:
    """Serve in a process of its own; gives the URL, and in the end how many were open at most."""
    with in_process("-c", "from benchmarks.in_flight import serve; serve()") as process:
        assert process.stdout is not None
        assert process.stdin is not None
        most: list[int] = []
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}/v1", most
        process.stdin.close()
        most.append(int(process.stdout.readline()))


def figures() -> Iterator[Figure]:
    """Measure against a server of our own."""
    with server() as (url, most), tempfile.TemporaryDirectory() as folder:
        after, seconds, cpu = run_to_end(run(url, Path(folder) / "run.db")).measured
    peak = peak_mib()
    with server() as (url, _):
        _, plain_s, plain_cpu = run_to_end(bare(url)).measured
    what = f"{AT_ONCE:,} in flight, {LATENCY_S:g} s each"
    share, plain = (ROUNDS * LATENCY_S / each for each in (seconds, plain_s))
    busy = f"the run had {cpu / seconds:.2f} of a core; a bare client got {plain:.2f}"
    yield Figure(f"{what}: answers ÷ (concurrency ÷ latency)", share, "×", 0.95, "at least", busy)
    yield Figure(f"{what}: answers ÷ those of a bare aiohttp client", plain_s / seconds, "×")
    each = 1000 / (ROUNDS * AT_ONCE)
    note = f"of a bare aiohttp client {each * plain_cpu:.2f} ms"
    yield Figure(f"{what}: CPU an answer", each * cpu, "ms", note=note)
    yield Figure(f"{what}: open at most", most[0], "requests", AT_ONCE, "at least")
    yield Figure(f"{what}: peak memory", peak, "MiB", 400)
    yield Figure(f"{what}: all answered once after", after, "s")
