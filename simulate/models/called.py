"""A call of an endpoint, however often it is sent: how long it took, and when it must end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(slots=True)
class Called(Generic[T]):
    """A call, while it is made and afterwards.

    Attributes:
        started: when, on `time.perf_counter`, in s.
        answer: what the attempt that succeeded returned.
        attempts: how many it took.
        waited_s: seconds spent waiting for room at the host.
        latency_s: seconds that it took in all, without those.
        deadline: ends it; stands still while it waits for room.
    """

    started: float
    answer: T = field(init=False)
    attempts: int = 1
    waited_s: float = 0.0
    latency_s: float = 0.0
    deadline: asyncio.Timeout | None = None

    async def waiting(self, room: Awaitable[int]) -> int:
        """Wait for room."""
        began = time.perf_counter()
        if self.deadline is None or (ends := self.deadline.when()) is None:
            sent_in = await room
        else:
            loop = asyncio.get_running_loop()
            left = ends - loop.time()
            self.deadline.reschedule(None)
            sent_in = await room
            self.deadline.reschedule(loop.time() + left)
        self.waited_s += time.perf_counter() - began
        return sent_in
