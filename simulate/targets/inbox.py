"""What a target sends of its own accord, in order, until somebody reads it."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass

LARGEST_INBOX = 16 * 2**20
"""Characters that may wait unread."""
EACH = 64
"""Characters that a message counts beside its own: empty ones without end fill the memory too."""


@dataclass(frozen=True, slots=True)
class Closed:
    """The end of what comes.

    Attributes:
        why: for a message, such as `closed the connection (code 1000)`.
        proper: whether the target ended it as one should.
    """

    why: str
    proper: bool


class Inbox:
    """Messages that wait; belongs to one event loop."""

    def __init__(self) -> None:
        self._waiting: deque[str] = deque()
        self._size = 0
        self._came = asyncio.Event()
        self.closed: Closed | None = None

    def put(self, text: str) -> bool:
        """Take a message; false where too much waits, which closes the inbox."""
        if self.closed is not None:
            return False
        self._size += len(text) + EACH
        if self._size > LARGEST_INBOX:
            self.close(Closed(f"sent more than {LARGEST_INBOX:,} characters unread", proper=False))
            return False
        self._waiting.append(text)
        self._came.set()
        return True

    def close(self, closed: Closed) -> None:
        """Take the end; only the first counts."""
        self.closed = self.closed or closed
        self._came.set()

    async def get(self) -> str | Closed:
        """Return the next message, or the end once all have been read."""
        while not self._waiting:
            if self.closed is not None:
                return self.closed
            self._came.clear()
            await self._came.wait()
        return self._next()

    def waiting(self) -> list[str]:
        """Return what is there without waiting for more."""
        return [self._next() for _ in range(len(self._waiting))]

    def _next(self) -> str:
        text = self._waiting.popleft()
        self._size -= len(text) + EACH
        return text
