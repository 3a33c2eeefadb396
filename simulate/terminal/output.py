"""stdout and stderr of a command: whatever becomes of them, nothing else changes.

A reader goes away, a disk is full, a terminal is closed, an encoding knows few characters: no
writer sees any of it. What could not be written is remembered, and told once when the command ends.
Data (JSON, JSON lines, CSV, Markdown) are UTF-8 with `\\n` between lines on every platform; other
text is in the encoding of whoever reads it, and what that does not know is shown by what comes
nearest, or as `?`.
"""

from __future__ import annotations

import errno
import io
import json
import math
import os
import re
import select
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, TextIO

from simulate.terminal.nearest import nearest

EXIT_LOST = 2
"""The exit code where output that was all the command is for could not be written."""

GONE = {errno.EPIPE, errno.ECONNRESET} | ({errno.EINVAL} if os.name == "nt" else set())
"""What a write says when its reader has gone, as `head` does when it has seen enough."""

OBEYED = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""What terminals obey, and JSON does not escape by itself: C1 controls, and marks of direction."""


class OutputEndedError(Exception):
    """No more of a long output can be written: there is no sense in going on with it."""


class _Outlet(io.RawIOBase):
    """The bottom of a standard stream: it takes everything, and remembers what became of it.

    It stands below encoding and buffers, so that print, Rich, Typer and logging see no error.

    Attributes:
        lost: why something could not be written; None where all was.
        raises: whether the first loss is raised, so that a long output ends there.
    """

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self.lost: OSError | None = None
        self.raises = False

    def writable(self) -> bool:
        """Say that it can be written to."""
        return True

    def fileno(self) -> int:
        """Return the number of what it writes to."""
        if self._raw is None:
            raise io.UnsupportedOperation("fileno")
        return int(self._raw.fileno())

    def isatty(self) -> bool:
        """Whether it writes to a terminal."""
        return self._raw is not None and bool(self._raw.isatty())

    def write(self, data: Any) -> int:
        """Write, or lose it; return how many bytes were taken."""
        if self.lost is None:
            try:
                return self._written(data)
            except (OSError, ValueError) as error:  # ValueError: somebody has closed it
                closed = OSError(errno.EBADF, "it is closed")
                self.lost = error if isinstance(error, OSError) else closed
                if self.raises:
                    raise OutputEndedError from error
        return memoryview(data).nbytes

    def _written(self, data: Any) -> int:
        if self._raw is None:
            raise OSError(errno.EBADF, "it is closed")
        while (written := self._raw.write(data)) is None:  # a pipe that does not wait by itself
            select.select([], [self._raw.fileno()], [])
        return int(written)


class StandardStreams:
    """stdout and stderr of a command, in the place of Python's own; see `standard_streams`.

    Attributes:
        result_on_file: whether stdout only shows what is kept elsewhere.
    """

    def __init__(self) -> None:
        self.result_on_file = False
        self._out, sys.stdout = _guarded(sys.stdout, nearest.__name__)
        self._err, sys.stderr = _guarded(sys.stderr, "backslashreplace")

    def raise_when_lost(self, wanted: bool) -> None:
        """Let a long output end as soon as nobody takes it, by `OutputEndedError`, or not."""
        self._out.raises = wanted

    def exit_code(self, code: int) -> int:
        """Write what is left, tell what was lost, and return the exit code of the command.

        Args:
            code: what it is where all output could be written.
        """
        self.flush()
        lost = self._out.lost
        if lost is not None and lost.errno not in GONE:
            print(
                f"simulate: stdout cannot be written ({lost.strerror or lost}): "
                "what was printed there is not whole",
                file=sys.stderr,
            )
            code = code or (0 if self.result_on_file else EXIT_LOST)
        self.flush()
        return code

    def flush(self) -> None:
        """Write what is left."""
        self.raise_when_lost(False)
        sys.stdout.flush()
        sys.stderr.flush()


_streams: StandardStreams | None = None


@contextmanager
def standard_streams() -> Iterator[StandardStreams]:
    """Prepare stdout and stderr for a command, and put back at its end what was there."""
    global _streams  # noqa: PLW0603  # a process has one stdout
    before = sys.stdout, sys.stderr, _streams
    _occupy_descriptors()
    _streams = StandardStreams()
    try:
        yield _streams
    finally:
        _streams.flush()
        sys.stdout, sys.stderr, _streams = before


def result_is_on_file() -> None:
    """Say that the command's result is kept: stdout, should it fail, only showed it."""
    if _streams is not None:
        _streams.result_on_file = True


def data_stream() -> TextIO:
    """Return stdout as it is for data: in UTF-8, with `\\n` between lines on every platform.

    Half of a surrogate pair, which UTF-8 cannot hold, is written as JSON's escape for it.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    return sys.stdout


@contextmanager
def long_data_stream() -> Iterator[TextIO]:
    """Give `data_stream` for an output that ends, by `OutputEndedError`, once nobody takes it."""
    if _streams is not None:
        _streams.raise_when_lost(True)
    stream = data_stream()
    yield stream
    stream.flush()


def print_json(value: Any, *, ensure_ascii: bool = False) -> None:
    """Print one JSON object on stdout; a number that is not defined (NaN, infinite) is null.

    Characters that a terminal obeys stand there as escapes, which mean the same.
    """
    try:
        text = json.dumps(value, ensure_ascii=ensure_ascii, allow_nan=False)
    except ValueError:
        text = json.dumps(_defined(value), ensure_ascii=ensure_ascii, allow_nan=False)
    text = OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
    print(text, file=data_stream())


def _defined(value: Any) -> Any:
    """Return a value with None in the place of each number that JSON has no word for."""
    if isinstance(value, Mapping):
        return {key: _defined(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_defined(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _occupy_descriptors() -> None:
    """Open the null device in the place of what is closed of stdin, stdout and stderr.

    The next file that is opened, a run file perhaps, would get that number, and be written to by
    whoever writes to stderr without asking Python.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)


def _guarded(stream: TextIO | None, errors: str) -> tuple[_Outlet, TextIO]:
    """Return an outlet in the place of what is below a stream, and a stream over it.

    A stream that has nothing below it, as in a notebook, stays as it is.
    """
    if stream is None:
        outlet = _Outlet(None)
    elif (buffer := getattr(stream, "buffer", None)) is None:
        return _Outlet(None), stream
    else:
        with suppress(OSError, ValueError):
            stream.flush()
        outlet = _Outlet(getattr(buffer, "raw", buffer))
    return outlet, io.TextIOWrapper(
        io.BufferedWriter(outlet),
        encoding=getattr(stream, "encoding", None) or "utf-8",
        errors=errors,
        newline="\n",
        # Where Python was told not to buffer (PYTHONUNBUFFERED), each line goes out at once.
        line_buffering=any(getattr(stream, n, False) for n in ("line_buffering", "write_through")),
    )
