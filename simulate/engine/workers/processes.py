"""Workers that are processes of this machine."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass

from simulate.engine.workers.channel import Channel, SocketChannel
from simulate.engine.workers.workplace import Hired
from simulate.synchronous import run_to_end

ENDING_S = 5.0
"""How long a process that is sent away may take to close what it has open; then it is killed."""

_CODE = "import sys; sys.path[:] = {path!r}; from {module} import main; main({fd})"


@dataclass(frozen=True, slots=True)
class _Process:
    name: str
    channel: Channel
    process: subprocess.Popen[bytes]
    again: asyncio.Queue[int]
    number: int

    async def ended(self) -> str:
        """Wait for the process; another one takes its place."""
        code = await _waited_for(self.process)
        self.again.put_nowait(self.number)
        return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended ({code})"


@dataclass(frozen=True, slots=True)
class LocalProcesses:
    """So many processes of this machine; one that dies is replaced.

    They are started anew (spawned, not forked), inherit the environment, and end by themselves
    when the driver does, however it ends.

    Attributes:
        count: how many.
    """

    count: int

    @contextlib.asynccontextmanager
    async def open(self, most: int) -> AsyncIterator[AsyncGenerator[Hired]]:
        """Start processes; see `Workplace`."""
        started: list[subprocess.Popen[bytes]] = []
        hiring = self._hired(min(self.count, most), started)
        try:
            yield hiring
        finally:
            await hiring.aclose()
            await asyncio.gather(*map(_waited_for, started))

    async def _hired(
        self, count: int, started: list[subprocess.Popen[bytes]]
    ) -> AsyncGenerator[Hired]:
        again: asyncio.Queue[int] = asyncio.Queue()
        for number in range(1, count + 1):
            again.put_nowait(number)
        while True:
            number = await again.get()
            ours, theirs = socket.socketpair()
            with theirs:
                process = _start(theirs.fileno())
            started.append(process)
            name = f"worker {number} (process {process.pid})"
            yield _Process(name, await SocketChannel.over(ours), process, again, number)


def _start(fd: int) -> subprocess.Popen[bytes]:
    """Start a worker at a socket; Ctrl-C of the terminal does not reach it."""
    code = _CODE.format(path=sys.path, module=__name__, fd=fd)
    return subprocess.Popen(  # noqa: S603  # ourselves
        [sys.executable, "-c", code], stdin=subprocess.DEVNULL, pass_fds=[fd], process_group=0
    )


async def _waited_for(process: subprocess.Popen[bytes]) -> int:
    """Wait for a process that is sent away, or has gone, and kill it where it does not end."""
    try:
        return await asyncio.to_thread(process.wait, ENDING_S)
    except subprocess.TimeoutExpired:
        process.kill()
        return await asyncio.to_thread(process.wait)


def main(fd: int) -> None:
    """Play for the driver at the other end of a socket."""
    from simulate.engine.workers.worker import work

    async def played() -> None:
        await work(await SocketChannel.over(socket.socket(fileno=fd)))

    os.dup2(2, 1)  # what a target's code prints is no result of the command
    run_to_end(played())
