"""Who plays the planned dialogues: this event loop, or whatever else can.

An executor is handed the work (which dialogues, and what is on file of them) and a function that
plays one. The dialogues depend on no order and on nothing that they share but the run file, so an
executor may play them anywhere.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from simulate.engine.garbage import collected_rarely
from simulate.engine.run_context import Work
from simulate.errors import RunStoppedError

T = TypeVar("T")

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
        with collected_rarely():
            return await done(work, play, self.at_once, stop)


async def done(
    work: Iterable[T], do: Callable[[T], Awaitable[None]], at_once: int, stop: asyncio.Event | None
) -> Stopped | None:
    """Do something with each of many, so many at a time; see `Executor.execute`."""
    todo = iter(work)
    spent: list[str] = []

    async def worker() -> None:
        for each in todo:
            try:
                await do(each)
            except RunStoppedError as reached:
                spent.append(str(reached))
            if spent:
                return

    workers = [asyncio.create_task(worker()) for _ in range(at_once)]
    doing = asyncio.gather(*workers)  # ends with the first error
    stopping = [asyncio.create_task(stop.wait())] if stop is not None else []
    try:
        either: list[asyncio.Future[Any]] = [doing, *stopping]
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if any(each.done() for each in stopping):
            return Stopped()
        doing.result()
        return Stopped(spent[0]) if spent else None
    finally:
        ending = [*workers, *stopping]
        for task in ending:
            task.cancel()
        await asyncio.gather(doing, *ending, return_exceptions=True)
