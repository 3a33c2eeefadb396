"""How messages get from the driver to a worker and back."""

from __future__ import annotations

import asyncio
import copyreg
import io
import pickle
import socket
import struct
from collections.abc import Callable, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any, Protocol

from simulate.engine.events import DialogueEnded, DialogueStarted, TurnTaken
from simulate.engine.workers.messages import Commit, Dealt, Done, Told
from simulate.models import Usage
from simulate.runfile import PlannedDialogue

_LENGTH = struct.Struct("<Q")
_OFTEN = (
    Commit,
    Dealt,
    DialogueEnded,
    DialogueStarted,
    Done,
    PlannedDialogue,
    Told,
    TurnTaken,
    Usage,
)


def _reducer(record: type[Any]) -> Callable[[Any], Any]:
    values = attrgetter(*(field.name for field in fields(record)))
    one = len(fields(record)) == 1
    return lambda each: (record, (values(each),) if one else values(each))


class _Pickler(pickle.Pickler):
    """Writes what is sent most often by its values alone, which takes a third of the time."""

    dispatch_table = copyreg.dispatch_table | {each: _reducer(each) for each in _OFTEN}


def packed(records: Sequence[Any]) -> bytes:
    """Return records as they are sent."""
    written = io.BytesIO()
    _Pickler(written, pickle.HIGHEST_PROTOCOL).dump(records)
    return written.getvalue()


MOST_GATHERED = 100
"""Records that wait for no more: the other side works on them while the next are being made."""


class ChannelClosedError(Exception):
    """The other side is gone; the message says what is known of it."""


class Channel(Protocol):
    """A way for bytes in both directions, in order."""

    async def send(self, data: bytes) -> None:
        """Send a message.

        Raises:
            ChannelClosedError: the other side is gone.
        """
        ...

    async def receive(self) -> bytes:
        """Wait for the next message.

        Raises:
            ChannelClosedError: the other side is gone.
        """
        ...

    async def aclose(self) -> None:
        """Close it: the other side ends."""
        ...


class SocketChannel:
    """A channel over a connected socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def over(cls, connected: socket.socket) -> SocketChannel:
        """Return the channel over a socket, which is its own from now on."""
        try:
            return cls(*await asyncio.open_connection(sock=connected))
        except BaseException:
            connected.close()
            raise

    async def send(self, data: bytes) -> None:
        """Send a message; see `Channel`."""
        try:
            self.begin(data)
            await self._writer.drain()
        except OSError:
            raise ChannelClosedError("it is gone") from None

    def begin(self, data: bytes) -> None:
        """Begin to send a message, amid other work; it comes in its turn."""
        self._writer.write(_LENGTH.pack(len(data)) + data)

    async def receive(self) -> bytes:
        """Wait for the next message; see `Channel`."""
        try:
            (length,) = _LENGTH.unpack(await self._reader.readexactly(_LENGTH.size))
            return await self._reader.readexactly(length)
        except (OSError, asyncio.IncompleteReadError):
            raise ChannelClosedError("it is gone") from None

    async def aclose(self) -> None:
        """Close the socket; what is not sent yet is not sent."""
        self._writer.transport.abort()
        await asyncio.sleep(0)  # it is closed in the next round of the loop


class Link:
    """Sends records over a channel, those that come up together in one message.

    Args:
        channel: the way.
        gathering_s: seconds for which a message waits for more to be sent with it.
    """

    def __init__(self, channel: Channel, gathering_s: float = 0.0) -> None:
        self._channel = channel
        self._gathering_s = gathering_s
        self._outbox: list[Any] = []
        self._sending: asyncio.Task[None] | None = None

    def post(self, record: Any) -> None:
        """Send a record soon, after those before it; that it cannot be, `receive` notices."""
        self._outbox.append(record)
        if len(self._outbox) >= MOST_GATHERED and isinstance(self._channel, SocketChannel):
            self._channel.begin(packed(self._outbox))
            self._outbox = []
        elif self._sending is None:
            self._sending = asyncio.create_task(self._send())

    async def receive(self) -> Sequence[Any]:
        """Wait for the next message.

        Raises:
            ChannelClosedError: the other side is gone.
        """
        records: Sequence[Any] = pickle.loads(await self._channel.receive())  # noqa: S301  # our own
        return records

    async def flush(self) -> None:
        """Wait until all is sent that was posted."""
        if self._sending is not None:
            await self._sending

    async def aclose(self) -> None:
        """Close the channel; what was not sent is not sent any more."""
        if self._sending is not None:
            self._sending.cancel()
        await self._channel.aclose()

    async def _send(self) -> None:
        try:
            await asyncio.sleep(self._gathering_s)
            while self._outbox:
                records, self._outbox = self._outbox, []
                await self._channel.send(packed(records))
        except ChannelClosedError:
            self._outbox = []
        finally:
            self._sending = None
