"""What runs in a Dask worker."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading

from simulate.engine.workers.channel import ChannelClosedError
from simulate.engine.workers.worker import work
from simulate.synchronous import run_to_end

SILENCE_S = 60.0
"""A worker that hears nothing of the driver for so long ends."""
ALIVE = b""
"""What the driver says that has nothing to say."""


def dask_setup(worker: object) -> None:
    """Prepare a worker of a local cluster, which shares the driver's terminal.

    Ctrl-C ends the driver, and what a target's code prints is no result of the command.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(OSError):  # there may be no stderr
        os.dup2(2, 1)


def play_here(key: str) -> None:
    """Play for the driver that has begun two queues of this name, until it is gone."""

    async def played() -> None:
        await work(_OfWorker(key))

    run_to_end(played())


class _OfWorker:
    """The worker's end of its two queues, which block, so that each has a thread.

    Args:
        key: names the queues.
    """

    def __init__(self, key: str) -> None:
        from distributed import Queue, get_client

        client = get_client()
        self._up, self._down = (Queue(f"{key}-{way}", client=client) for way in ("up", "down"))
        self._loop = asyncio.get_running_loop()
        self._came: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._closed = False
        threading.Thread(target=self._listen, daemon=True).start()

    async def send(self, data: bytes) -> None:
        """Send a message; see `Channel`."""
        try:
            await asyncio.to_thread(self._up.put, data)
        except Exception:
            raise ChannelClosedError("it is gone") from None

    async def receive(self) -> bytes:
        """Wait for the next message; see `Channel`."""
        data = None if self._closed else await self._came.get()
        if data is None:
            self._closed = True
            raise ChannelClosedError("it is gone")
        return data

    async def aclose(self) -> None:
        """Listen no more."""
        self._closed = True

    def _listen(self) -> None:
        data: bytes | None = ALIVE
        while data is not None and not self._closed:
            try:
                data = self._down.get(timeout=SILENCE_S)
            except Exception:  # silence, or the cluster is gone
                data = None
            if data != ALIVE:
                with contextlib.suppress(RuntimeError):  # the loop has ended before
                    self._loop.call_soon_threadsafe(self._came.put_nowait, data)
