"""Faults of this machine, told from those of endpoints, targets and dialogues.

A machine runs out of open files, threads, ports, memory or disk wherever something happens to need
them: amid a call, in a target's set-up, in a check. What is raised there is soon wrapped into an
error that blames somebody, so the whole chain of an exception is looked at.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator

from simulate.errors import EndpointError, LocalFaultError, RunFileError, RunStoppedError, quote

FILES = "this process may open no more files; raise the limit (ulimit -n), or lower --concurrency"
ALL_FILES = "this machine has too many files open; end other programs, or lower --concurrency"
MEMORY = "out of memory; free some, or lower --concurrency"
THREADS = (
    "no more threads or processes can be started; raise the limit (ulimit -u), or lower "
    "--concurrency"
)
PROCESSES = (
    "no program can be started; raise the limits (ulimit -n, ulimit -u), or lower --concurrency"
)
PORTS = (
    "no port of this machine is free for another connection; wait a minute, or lower --concurrency"
)
DISK = "the disk is full, or its quota is used up; free some space"
IO = "the disk cannot be read or written; check it"

_OUT_OF = {
    errno.EMFILE: FILES,
    getattr(errno, "WSAEMFILE", errno.EMFILE): FILES,
    errno.ENFILE: ALL_FILES,
    errno.ENOMEM: MEMORY,
    errno.ENOBUFS: MEMORY,
    errno.EAGAIN: THREADS,
    errno.EADDRNOTAVAIL: PORTS,
    errno.ENOSPC: DISK,
    getattr(errno, "EDQUOT", errno.ENOSPC): DISK,
    errno.EIO: IO,
    -1: PROCESSES,  # uvloop does not say of what it has run out
}


def local_fault(error: BaseException) -> LocalFaultError | None:
    """Return the fault of this machine that led to an exception; None where none did.

    An address at which nothing has ever been reached is rather a wrong one than one for which no
    port is left. What a run file cannot take is told as such (`RunFileError`).
    """
    if isinstance(error, RunFileError | RunStoppedError):
        return None
    for each in _chain(error):
        told = _told(each)
        if told is not None and not (told is PORTS and isinstance(error, EndpointError)):
            where = getattr(each, "filename", None)
            return LocalFaultError(f"{quote(os.fsdecode(where))}: {told}" if where else told)
    return None


@contextlib.contextmanager
def local_faults_told() -> Iterator[None]:
    """Raise what is a fault of this machine as one.

    Raises:
        LocalFaultError: this machine has run out of something.
    """
    try:
        yield
    except Exception as error:
        local = local_fault(error)
        if local is None:
            raise
        raise local from error


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Iterate over an exception and all that led to it, also what `from None` leaves unsaid."""
    left: list[BaseException | None] = [error]
    seen: set[int] = set()
    while left:
        each = left.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        left += [each.__context__, each.__cause__]
        if isinstance(each, BaseExceptionGroup):
            left += each.exceptions


def _told(error: BaseException) -> str | None:
    match error:
        case MemoryError():
            return MEMORY
        case RuntimeError() if "can't start new thread" in str(error):
            return THREADS
        case OSError() if type(error).__name__ == "gaierror":
            import socket  # it is loaded already: it alone raises this

            # It does not say that no file could be opened to look an address up.
            return MEMORY if error.errno == socket.EAI_MEMORY else _out_of_files()
        case OSError(errno=int() as number):
            return _OUT_OF.get(number)
    return None


def _out_of_files() -> str | None:
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError as error:
        return _told(error)
    return None
