"""What every HTTP client here reads alike: bodies of a limited size, and `Retry-After`."""

from __future__ import annotations

import math
import time
from collections.abc import AsyncIterable, Mapping
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from simulate.errors import SimulateError

if TYPE_CHECKING:
    import aiohttp

LONGEST_BODY = 16 * 2**20
"""The longest body that is read, in bytes."""
BODY = "the endpoint's body"
"""What the body of a model's answer is called in messages."""
LONGEST_WAIT_S = 60.0
"""The longest wait between two attempts that a service can ask for, in seconds."""


async def read_body(
    response: aiohttp.ClientResponse, error_type: type[SimulateError], what: str
) -> bytes:
    """Read a body of at most `LONGEST_BODY` bytes, counted after decompression.

    Args:
        response: whose body it is.
        error_type: the error to raise.
        what: what the body is called in its message, such as `BODY`.

    Raises:
        SimulateError: (as `error_type`) the body is longer.
    """
    length = response.content_length
    if length is not None and length <= LONGEST_BODY and "Content-Encoding" not in response.headers:
        return await response.read()
    try:
        return await joined(response.content.iter_any(), error_type, what)
    except error_type:
        response.close()
        raise


async def joined(chunks: AsyncIterable[bytes], error_type: type[SimulateError], what: str) -> bytes:
    """Return the chunks of a body as one; see `read_body`.

    Raises:
        SimulateError: (as `error_type`) they are longer than `LONGEST_BODY` together.
    """
    read: list[bytes] = []
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        check_length(size, error_type, what)
        read.append(chunk)
    return b"".join(read)


def check_length(size: int, error_type: type[SimulateError], what: str) -> None:
    """Refuse a body of more than `LONGEST_BODY` bytes; see `read_body`.

    Raises:
        SimulateError: (as `error_type`) it is longer.
    """
    if size > LONGEST_BODY:
        raise error_type(f"{what} is longer than {LONGEST_BODY:,} bytes")


def said_wait_s(headers: Mapping[str, str]) -> float | None:
    """Read how many seconds `Retry-After` (a number or a date) or `retry-after-ms` says to wait.

    Args:
        headers: by their names in small letters, or in any case of letters.

    Returns:
        Seconds from now, ≥ 0; None where none is said, or none that can be read.
    """
    for name in ("retry-after-ms", "x-ms-retry-after-ms"):
        if (seconds := _number(headers.get(name))) is not None:
            return max(seconds / 1000, 0.0)
    header = headers.get("retry-after")
    if (seconds := _number(header)) is None and header is not None:
        try:
            seconds = parsedate_to_datetime(header).timestamp() - time.time()
        except (ValueError, TypeError, OverflowError, OSError):
            return None
    return None if seconds is None else max(seconds, 0.0)


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) else None
