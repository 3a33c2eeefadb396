"""Gather requests until no further one comes, or a batch holds no more."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable
from typing import IO

from simulate.models.batches.outbox import CallKey
from simulate.models.batches.settings import BatchSettings

IN_MEMORY = 8 * 2**20
"""Bytes of requests that are gathered in memory; of more, a temporary file is made."""


class Gathered:
    """The requests of a batch that is not sent yet.

    Attributes:
        keys: which calls they are.
        lines: the file of them.
        size: its bytes.
        since: when the first came, in seconds since 1970.
    """

    def __init__(self) -> None:
        self.keys: list[CallKey] = []
        self.size = 0
        self.lines: IO[bytes] = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115
        self.since = time.time()

    def add(self, key: CallKey, line: bytes) -> None:
        """Add a request."""
        self.keys.append(key)
        self.lines.write(line)
        self.size += len(line)


class Gathering:
    """Puts requests together to batches; belongs to one event loop.

    Args:
        settings: see `BatchSettings`.
        send: is handed each batch.

    Attributes:
        most: how many requests a batch holds.
    """

    def __init__(self, settings: BatchSettings, send: Callable[[Gathered], None]) -> None:
        self.most = settings.most_requests
        self._settings = settings
        self._send = send
        self._gathered: Gathered | None = None
        self._last = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def add(self, key: CallKey, line: bytes) -> None:
        """Add a request; it is sent with those that come soon."""
        gathered = self._gathered
        if gathered is not None and gathered.size + len(line) > self._settings.most_bytes:
            self._close()
        if self._gathered is None:
            self._gathered = Gathered()
        self._gathered.add(key, line)
        if len(self._gathered.keys) >= self.most:
            self._close()
            return
        loop = asyncio.get_running_loop()
        self._last = loop.time()
        if self._timer is None:
            self._timer = loop.call_later(self._settings.quiet_s, self._look)

    def end(self) -> None:
        """Forget what is not sent."""
        if self._timer is not None:
            self._timer.cancel()
        if self._gathered is not None:
            self._gathered.lines.close()

    def _look(self) -> None:
        """Send what is gathered if no further request has come for a while."""
        loop = asyncio.get_running_loop()
        self._timer = None
        left_s = self._last + self._settings.quiet_s - loop.time()
        if left_s > 0:
            self._timer = loop.call_later(left_s, self._look)
        else:
            self._close()

    def _close(self) -> None:
        gathered, self._gathered = self._gathered, None
        if gathered is not None:
            self._send(gathered)
