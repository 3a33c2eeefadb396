"""What runs in a Dask worker."""

from __future__ import annotations

import asyncio
import signal


def dask_setup(worker: object) -> None:
    """Let Ctrl-C of the terminal end the driver of a local cluster, and not its workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def play_here(key: str) -> None:
    """Play for the driver that has begun two queues of this name, until it is gone."""
    from simulate.engine.workers.dask_cluster import OfWorker
    from simulate.engine.workers.worker import work

    async def played() -> None:
        await work(OfWorker(key))

    asyncio.run(played())
