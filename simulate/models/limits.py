"""How many requests are open at an endpoint at once: as many as it bears, found by trying.

Additive increase, multiplicative decrease: the window grows by one each time that as many requests
as it holds have been answered, and shrinks where the endpoint says that it is too much (429, 503)
or does not answer in time. One round of such answers shrinks it once. Near the number that was too
much before it grows four times as slowly; well beyond it, where that number no longer holds, fast.
Where the endpoint names a time to wait, nobody sends anything before.
"""

from __future__ import annotations

import asyncio
from collections import deque

__all__ = ["Limit"]

DECREASE = 0.7
NEAR = 0.8
"""From this share of what was too much before, the window grows slowly."""


class Limit:
    """The requests that may be open at one endpoint; belongs to one event loop at a time.

    Args:
        most: the largest window.

    Attributes:
        window: how many requests may be open now, at least 1.
        open: how many are.
        rounds: how often the window has shrunk.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.window = float(most)
        self.open = 0
        self.rounds = 0
        self._too_many = float(most)
        self._until = 0.0
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def enter(self) -> int:
        """Wait for a place; return the round in which the request is sent, for `leave`."""
        if self.open + 1 > self.window or self._waiting or self._until:
            await self._place()
        else:
            self.open += 1
        return self.rounds

    def leave(self, sent_in: int) -> None:
        """Give the place back after an answer that says nothing of pressure."""
        self.open -= 1
        if self.window < self.most and 2 * self.open + 2 > self.window and sent_in == self.rounds:
            self.window = min(self.window + self._step(), self.most)
        if self._waiting:
            self._let_in()

    def pressed(self, sent_in: int, wait_s: float | None = None) -> None:
        """Give the place back after the endpoint said, or showed, that it was too much.

        Args:
            sent_in: what `enter` returned.
            wait_s: seconds for which nobody should send, where the endpoint names them.
        """
        if sent_in == self.rounds:
            self._too_many = min(self.window, self.open)
            self.window = max(DECREASE * self._too_many, 1.0)
            self.rounds += 1
        self.open -= 1
        if wait_s:
            loop = asyncio.get_running_loop()
            self._until = max(self._until, loop.time() + wait_s)
            loop.call_at(self._until, self._over, self._until)
        if self._waiting:
            self._let_in()

    def _step(self) -> float:
        if self.window > self._too_many + 1:
            return 0.5  # half a place an answer: the window doubles in two rounds
        return (0.25 if self.window > NEAR * self._too_many else 1.0) / self.window

    async def _place(self) -> None:
        loop = asyncio.get_running_loop()
        if self._until:
            loop.call_at(self._until, self._over, self._until)
        place = loop.create_future()
        self._waiting.append(place)
        self._let_in()
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self.open -= 1
            else:
                self._waiting.remove(place)
            self._let_in()
            raise

    def _over(self, until: float) -> None:
        if until >= self._until:
            self._until = 0.0
            self._let_in()

    def _let_in(self) -> None:
        while self._waiting and not self._until and self.open + 1 <= self.window:
            place = self._waiting.popleft()
            if not place.done():
                self.open += 1
                place.set_result(None)
