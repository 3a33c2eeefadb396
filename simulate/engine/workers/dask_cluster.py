"""Workers on a Dask cluster: one task at each of its workers.

What driver and workers say goes through the cluster's own connections, in two queues a worker that
its scheduler keeps; no port is opened. A Dask worker that dies takes nothing with it, for it keeps
nothing; one that comes, or is restarted, takes part.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import signal
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from dataclasses import dataclass, field
from multiprocessing import resource_tracker
from typing import TYPE_CHECKING, Any

from simulate.engine.workers.channel import ChannelClosedError
from simulate.engine.workers.dask_worker import ALIVE
from simulate.engine.workers.workplace import Hired
from simulate.errors import InputError, RunStoppedError, one_line, quote

if TYPE_CHECKING:
    from distributed import Client

CONNECTING_S = 10.0
"""How long a scheduler may take to answer."""
NOBODY_S = 60.0
"""How long a cluster may have no worker at all."""
LOOKING_S = 1.0
"""How often the driver looks which workers a cluster has, and says that it is still there."""


@contextlib.contextmanager
def started_without_ctrl_c() -> Iterator[None]:
    """Keep Ctrl-C of the terminal from processes that are started meanwhile.

    It ends them while they are being started, when they cannot say yet that they ignore it.
    """
    if not hasattr(signal, "pthread_sigmask"):  # on Windows
        yield
        return
    resource_tracker.ensure_running()  # which would unblock it where it is begun later
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@dataclass(eq=False, slots=True)
class _OfDriver:
    """The driver's end of the two queues of a worker."""

    up: Any
    down: Any
    gone: asyncio.Future[str]

    async def send(self, data: bytes) -> None:
        """Send a message; see `Channel`."""
        await self._or_gone(self.down.put(data))

    async def receive(self) -> bytes:
        """Wait for the next message; see `Channel`."""
        data: bytes = await self._or_gone(self.up.get())
        return data

    async def aclose(self) -> None:
        """Tell the worker that it is over."""
        if not self.gone.done():
            self.gone.set_result("was sent away")
        with contextlib.suppress(Exception):  # the cluster may be gone too
            await self.down.put(None)

    async def _or_gone(self, coming: Any) -> Any:
        doing = asyncio.ensure_future(coming)
        try:
            await asyncio.wait([doing, self.gone], return_when=asyncio.FIRST_COMPLETED)
            if doing.done() and not doing.exception():
                return doing.result()
            raise ChannelClosedError("it is gone")
        finally:
            doing.cancel()


@dataclass(frozen=True, slots=True)
class _AtWorker:
    """A worker of the cluster that plays."""

    name: str
    address: str
    channel: _OfDriver
    task: Any = field(repr=False)

    async def ended(self) -> str:
        """Return why it is gone."""
        if not self.channel.gone.done():
            self.channel.gone.set_result("lost its connection")
        return self.channel.gone.result()


@dataclass(frozen=True, slots=True)
class DaskCluster:
    """The workers of a Dask cluster.

    Attributes:
        address: of its scheduler; None starts a cluster on this machine.
        count: how many workers are taken at most, or started; None for all, or one for each core.
    """

    address: str | None = None
    count: int | None = None

    @contextlib.asynccontextmanager
    async def open(self, most: int) -> AsyncIterator[AsyncGenerator[Hired]]:
        """Connect, or start a cluster; see `Workplace`.

        Raises:
            InputError: Dask is not installed, or no scheduler answers.
        """
        try:
            import distributed
        except ImportError:
            raise InputError(
                "--cluster needs the package distributed: install simulate-dialogues[cluster]"
            ) from None
        async with contextlib.AsyncExitStack() as held:
            where: Any = self.address
            if where is None:
                cluster = distributed.LocalCluster(
                    n_workers=None if self.count is None else min(self.count, most),
                    threads_per_worker=1,
                    processes=True,
                    asynchronous=True,
                    dashboard_address="127.0.0.1:0",  # another cluster may have the usual port
                    silence_logs=logging.CRITICAL,
                    preload=["simulate.engine.workers.dask_worker"],
                )
                with started_without_ctrl_c():
                    where = await held.enter_async_context(cluster)
            client = distributed.Client(
                where, asynchronous=True, timeout=CONNECTING_S, set_as_default=False
            )
            held.push_async_callback(client.close)
            try:
                await client
            except Exception as error:  # something else may answer there, whatever it says
                raise InputError(
                    f"--cluster {quote(f'dask:{self.address}')}: no Dask scheduler answers there "
                    f"within {CONNECTING_S:g} s ({type(error).__name__}); see that it runs, and "
                    "write dask:tcp://HOST:PORT"
                ) from None
            hiring = _hired(client, min(most, self.count or most))
            try:
                yield hiring
            finally:
                await hiring.aclose()


async def _hired(client: Client, most: int) -> AsyncGenerator[Hired]:
    """Iterate over the workers of a cluster as they come, and notice where one goes.

    Raises:
        InputError: there is none.
        RunStoppedError: there is none any more, or the cluster is gone.
    """
    playing: dict[str, _AtWorker] = {}
    nobody_s = 0.0
    ever = False
    try:
        while True:
            try:
                there: dict[str, int] = await client.nthreads()
            except (OSError, TimeoutError):
                raise RunStoppedError("the scheduler of the Dask cluster is gone") from None
            for address, each in list(playing.items()):
                if address not in there:
                    _is_gone(each, "has left the cluster")
                elif each.task.done():
                    _is_gone(each, await _reason(each))
                if each.channel.gone.done():
                    del playing[address]
                    await _give_up(each)
                else:
                    await each.channel.down.put(ALIVE)
            for address in sorted(there):
                if address not in playing and len(playing) < most:
                    playing[address] = each = await _begin(client, address)
                    ever = True
                    yield each
            nobody_s = 0.0 if playing else nobody_s + LOOKING_S
            if nobody_s >= NOBODY_S:
                told = f"the Dask cluster has had no worker for {NOBODY_S:g} s; start some"
                raise RunStoppedError(told) if ever else InputError(f"--cluster: {told}")
            await asyncio.sleep(LOOKING_S)
    finally:
        for each in playing.values():
            await _give_up(each)


async def _begin(client: Client, address: str) -> _AtWorker:
    """Have a worker play."""
    from distributed import Queue

    key = f"simulate-{secrets.token_hex(8)}"
    up, down = (Queue(f"{key}-{way}", client=client) for way in ("up", "down"))
    await up
    await down

    def play_here(key: str) -> None:
        # Sent as it stands, so that a worker without simulate fails here and not in reading it.
        from simulate.engine.workers import dask_worker

        dask_worker.play_here(key)

    task = client.submit(
        play_here,
        key,
        key=key,
        workers=[address],
        allow_other_workers=False,
        pure=False,
        retries=0,
    )
    gone: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    return _AtWorker(f"worker {address}", address, _OfDriver(up, down, gone), task)


def _is_gone(each: _AtWorker, why: str) -> None:
    if not each.channel.gone.done():
        each.channel.gone.set_result(why)


async def _reason(each: _AtWorker) -> str:
    """Return why a task is over that should go on.

    Raises:
        InputError: it could not begin, since something is not installed there.
    """
    from distributed.scheduler import KilledWorker

    task = each.task
    if task.status == "error" and not isinstance(error := await task.exception(), KilledWorker):
        raise InputError(
            f"--cluster: {each.name} cannot play: {type(error).__name__}: "
            f"{one_line(str(error))}; install the same simulate there"
        )
    return f"has stopped ({task.status})"


async def _give_up(each: _AtWorker) -> None:
    """Send a worker away for good; what it still says is not heard."""
    await each.channel.aclose()
    with contextlib.suppress(Exception):  # the cluster may be gone too
        await each.task.cancel(force=True)
        each.channel.up.close()
        each.channel.down.close()
