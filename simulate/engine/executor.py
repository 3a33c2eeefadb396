"""Who plays the planned dialogues: this event loop, or whatever else can.

An executor is handed the work (which dialogues, and what is on file of them) and a function that
plays one. The dialogues depend on no order and on nothing that they share but the run file, so an
executor may play them anywhere.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from simulate.engine.garbage import collected_rarely
from simulate.engine.run_context import Work
from simulate.errors import RunStoppedError

PlayOne = Callable[[Work], Awaitable[None]]
"""Plays one dialogue to its end; raises what ends the run, see `simulate.engine.dialogue.play`."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """Why a run ended before all its dialogues did.

    Attributes:
        why: what its budget says, an endpoint that serves no more, or this machine; None where it
            was told to stop.
    """

    why: str | None = None


class Executor(Protocol):
    """Plays dialogues."""

    async def execute(
        self, work: Iterable[Work], play: PlayOne, stop: asyncio.Event | None
    ) -> Stopped | None:
        """Play all of them, in any order.

        Returns:
            Why it ended early; None where all are played.

        Raises:
            EndpointError: no request can succeed as things stand.
            RunFileError: the run file cannot be written.
        """
        ...


@dataclass(frozen=True, slots=True)
class LocalLoop:
    """Plays dialogues on the event loop that it is called from.

    Attributes:
        at_once: how many at a time, at least 1.
    """

    at_once: int

    async def execute(
        self, work: Iterable[Work], play: PlayOne, stop: asyncio.Event | None
    ) -> Stopped | None:
        """Play all of them; see `Executor.execute`."""
        todo = iter(work)
        spent: list[str] = []

        async def worker() -> None:
            for each in todo:
                try:
                    await play(each)
                except RunStoppedError as reached:
                    spent.append(str(reached))
                if spent:
                    return

        workers = [asyncio.create_task(worker()) for _ in range(self.at_once)]
        stopping = asyncio.create_task(stop.wait()) if stop is not None else None
        waiting: set[asyncio.Task[object]] = {*workers}
        with collected_rarely():
            try:
                while waiting:
                    wait_for = {*waiting, stopping} if stopping is not None else waiting
                    finished, _ = await asyncio.wait(wait_for, return_when=asyncio.FIRST_COMPLETED)
                    if stopping is not None and stopping in finished:
                        return Stopped()
                    waiting -= finished
                    for task in finished:
                        task.result()
                return Stopped(spent[0]) if spent else None
            finally:
                left = [t for t in (*workers, stopping) if t is not None and not t.done()]
                for task in left:
                    task.cancel()
                await asyncio.gather(*left, *workers, return_exceptions=True)
