"""How many requests are open at an endpoint at once: as many as it bears, found by trying.

Additive increase, multiplicative decrease: the window grows by one each time that as many requests
as it holds have been answered, and shrinks where the endpoint says that it is too much (429, 503)
or does not answer in time. One round of such answers shrinks it once. Near the number that was too
much before it grows four times as slowly; well beyond it, where that number no longer holds, fast.
Where the endpoint names a time to wait, nobody sends anything before; nor does anybody send more
than the pace allows, where one is given. All models of a run at one host share one limit.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque

from simulate.models.rate_limit import Pace

DECREASE = 0.7
NEAR = 0.8
"""From this share of what was too much before, the window grows slowly."""


class Limit:
    """The requests that may be open at one host; belongs to one event loop at a time.

    Args:
        most: the largest window.

    Attributes:
        window: how many requests may be open now, at least 1.
        open: how many are.
        rounds: how often the window has shrunk.
        pace: requests and tokens per minute; None for no limit.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.window = float(most)
        self._whole = most
        self._part = (1, 1)
        self._able = most
        self.open = 0
        self.rounds = 0
        self.pace: Pace | None = None
        self._too_many = float(most)
        self._until = 0.0
        self._looks_at = math.inf
        self._looks_in: asyncio.AbstractEventLoop | None = None
        self._waiting: deque[tuple[asyncio.Future[None], int]] = deque()

    def at_most(self, most: int) -> None:
        """Make the largest window no larger than this."""
        self._whole = min(self._whole, most)
        self._fit()

    def able(self, most: int) -> None:
        """Open no more than this process is able to, in place of what was said of it before."""
        self._able = most
        self._fit()

    def take_part(self, part: int, whole: int) -> None:
        """Bear only a part of everything, where other processes bear the rest.

        Args:
            part: of `whole`; at least one request stays.
            whole: the parts of all processes together.
        """
        self._part = (part, whole)
        self._fit()
        if self.pace is not None:
            self.pace.take_part(part, whole)
        if self._waiting:
            self._let_in()

    def _fit(self) -> None:
        """Bring the largest window to what this process bears."""
        part, whole = self._part
        most = max(min(self._whole * part // whole, self._able), 1)
        if not self.rounds:  # nothing was too much so far
            self.window = self._too_many = float(most)
        self.most = most
        self.window = min(self.window, float(most))

    async def enter(self, tokens: int = 0) -> int:
        """Wait for a place; return the round in which the request is sent, for `leave`.

        Args:
            tokens: what the request is expected to take, for the pace.
        """
        if self.open + 1 > self.window or self._waiting or self._until or self.pace:
            await self._place(tokens)
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

    async def _place(self, tokens: int) -> None:
        loop = asyncio.get_running_loop()
        if self._until:
            loop.call_at(self._until, self._over, self._until)
        place = loop.create_future()
        waiting = (place, tokens)
        self._waiting.append(waiting)
        self._let_in()
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self.open -= 1
            elif waiting in self._waiting:
                self._waiting.remove(waiting)
            self._let_in()
            raise

    def _over(self, until: float) -> None:
        if until >= self._until:
            self._until = 0.0
            self._let_in()

    def _look(self) -> None:
        self._looks_at = math.inf
        self._let_in()

    def _let_in(self) -> None:
        while self._waiting and not self._until and self.open + 1 <= self.window:
            place, tokens = self._waiting[0]
            if not place.done() and self.pace is not None and not self._paced(tokens):
                return
            self._waiting.popleft()
            if not place.done():
                self.open += 1
                place.set_result(None)

    def _paced(self, tokens: int) -> bool:
        """Tell whether the pace allows the next request; where not, look again when it does."""
        assert self.pace is not None  # noqa: S101  # asked only then
        loop = asyncio.get_running_loop()
        now, ready = loop.time(), self.pace.ready_at()
        if now < ready:
            if ready < self._looks_at or loop is not self._looks_in:
                self._looks_at, self._looks_in = ready, loop
                loop.call_at(ready, self._look)
            return False
        self.pace.take(now, tokens)
        return True
