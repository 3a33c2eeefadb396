"""The body of a request, which is let go of as soon as it is sent.

aiohttp keeps it until the answer is there, to send it again to another address. That is not done
here (whoever tries again writes it anew), and of thousands of requests that are open at once the
bodies would be the greater part of the memory.
"""

from __future__ import annotations

from aiohttp import BytesPayload
from aiohttp.abc import AbstractStreamWriter


class RequestBody(BytesPayload):
    """Bytes that are sent once."""

    async def write_with_length(
        self, writer: AbstractStreamWriter, content_length: int | None
    ) -> None:
        """Write them, and forget them."""
        written, self._value, self._consumed = self._value, b"", True
        await writer.write(written)
