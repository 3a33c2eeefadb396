"""What every HTTP client here reads alike: bodies of a limited size, and `Retry-After`."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from simulate.errors import SimulateError

if TYPE_CHECKING:
    import aiohttp

LONGEST_BODY = 16 * 2**20
"""The longest body that is read, in bytes."""
LONGEST_RETRY_AFTER_S = 60.0


async def read_body(
    response: aiohttp.ClientResponse, error_type: type[SimulateError], what: str
) -> bytes:
    """Read a body of at most `LONGEST_BODY` bytes, counted after decompression.

    Args:
        response: whose body it is.
        error_type: the error to raise.
        what: what the body is called in its message, such as `the endpoint's body`.

    Raises:
        SimulateError: (as `error_type`) the body is longer.
    """
    length = response.content_length
    if length is not None and length <= LONGEST_BODY and "Content-Encoding" not in response.headers:
        return await response.read()
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.content.iter_any():
        size += len(chunk)
        if size > LONGEST_BODY:
            response.close()
            raise error_type(f"{what} is longer than {LONGEST_BODY:,} bytes")
        chunks.append(chunk)
    return b"".join(chunks)


def retry_after_s(header: str | None) -> float | None:
    """Read a Retry-After header, seconds or a date: seconds from now, 0 to 60; None if unread."""
    if header is None:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(header).timestamp() - time.time()
        except (ValueError, TypeError):
            return None
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER_S)
