"""A program in a process of its own, which is ended with all that it started.

On POSIX it leads a session and a process group, which is signalled as a whole. On Windows it leads
a console process group, which is sent Ctrl-Break; then `taskkill` ends it and its children. What
has made itself a group of its own (a daemon) is ended by neither.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

GRACE_S = 0.5
"""Seconds that a program has to end by itself once its input is closed, and what it left behind
once it was told to."""
TERMINATING_S = 2.0
"""Seconds that it has to end once it was told to; then it is killed."""
TASKKILL_S = 5.0
"""Seconds that Windows' own program has for it."""
LOOKING_S = 0.02
"""Seconds between two looks at whether it is over: to wait for its exit would be to wait for all
that hold its output open."""


async def start(command: Sequence[str], environment: Mapping[str, str], limit: int) -> Process:
    """Start a program, with pipes for its input, output and errors; Ctrl-C here does not reach it.

    Args:
        command: program and arguments.
        environment: all that it sees of one.
        limit: the longest line that is read of it, in bytes.

    Raises:
        OSError: (or ValueError) it cannot be started.
    """
    return await asyncio.create_subprocess_exec(
        *command,
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        env=environment,
        limit=limit,
        start_new_session=True,
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
    )


async def end(process: Process) -> None:
    """End a program and all that it started: its input is closed, it is told to end, it is killed.

    Takes at most `GRACE_S`, `TERMINATING_S` and `GRACE_S` again. Cancelled, it kills at once.
    """
    try:
        if process.stdin is not None:
            process.stdin.close()
        over = await _within(GRACE_S, lambda: process.returncode is not None)
        if not over or _anybody_left(process):
            _tell_to_end(process)
            await _within(GRACE_S if over else TERMINATING_S, lambda: not _anybody_left(process))
    finally:
        _kill(process)
    await _within(GRACE_S, lambda: process.returncode is not None)


def close_pipes(process: Process) -> None:
    """Close this end of the pipes, also where a stranger holds the other one open."""
    process._transport.close()  # type: ignore[attr-defined]  # nothing else does


async def _within(seconds: float, over: Callable[[], bool]) -> bool:
    """Wait until something is over; false where it is not after some seconds."""
    until = time.monotonic() + seconds
    while not over():
        if time.monotonic() >= until:
            return False
        await asyncio.sleep(LOOKING_S)
    return True


def _anybody_left(process: Process) -> bool:
    """Tell whether the program, or one of its group, is still there."""
    if process.returncode is None:
        return True
    if not hasattr(os, "killpg"):
        return False
    try:
        os.killpg(process.pid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _tell_to_end(process: Process) -> None:
    with contextlib.suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGTERM)
        else:
            os.kill(process.pid, getattr(signal, "CTRL_BREAK_EVENT", signal.SIGTERM))


def _kill(process: Process) -> None:
    if hasattr(os, "killpg"):
        with contextlib.suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
    elif process.returncode is None:
        # By its place: Windows would also look for it in the working directory.
        taskkill = Path(os.environ.get("SYSTEMROOT", r"C:\Windows"), "System32", "taskkill.exe")
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            subprocess.run(  # noqa: S603
                [taskkill, "/T", "/F", "/PID", str(process.pid)],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=TASKKILL_S,
                check=False,
            )
        with contextlib.suppress(OSError):
            process.kill()
