"""Where workers are: what an executor of workers asks of whoever runs their processes."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager
from typing import Protocol, runtime_checkable

from simulate.engine.workers.channel import Channel


class Hired(Protocol):
    """A worker, as whoever runs its process knows it."""

    @property
    def name(self) -> str:
        """Its name, for messages."""
        ...

    @property
    def channel(self) -> Channel:
        """The way to it."""
        ...

    async def ended(self) -> str:
        """Return why it is gone, as far as is known, once it is; a few words."""
        ...


@runtime_checkable
class Workplace(Protocol):
    """Where workers are."""

    def open(self, most: int) -> AbstractAsyncContextManager[AsyncGenerator[Hired]]:
        """Hire workers, and others for those that are lost; all are sent away in the end.

        Args:
            most: how many can share the limits of the run.
        """
        ...
