"""Run something that takes long: with progress on stderr, and a clean stop on a signal."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

from simulate.cli.exit_codes import EXIT_INTERRUPTED

if TYPE_CHECKING:
    import asyncio

    from simulate.cli.progress import Progress

ONE_SIGNAL_S = 0.3
"""Seconds within which signals count as one: a terminal and a wrapper such as uv both send it."""

T = TypeVar("T")


async def interruptible(
    work: Callable[..., Awaitable[T]], *args: Any, while_stdin: bool = False, **settings: Any
) -> T:
    """Run, showing progress, and stop cleanly on the first Ctrl-C, SIGTERM or SIGHUP.

    A second signal ends the process at once; what is committed can be resumed after both.

    Args:
        work: is called with `listener` and `stop`, beside these:
        args: positional arguments.
        while_stdin: whether to stop when stdin ends too, as it does when whoever holds its other
            end dies; a byte that comes says that it is let go on.
        settings: keyword arguments.
    """
    import asyncio
    import threading
    import time

    from simulate.cli.progress import Progress
    from simulate.cli.stop_signals import on_stop_signal
    from simulate.terminal.output import result_is_on_file

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    first: float | None = None

    def on_signal() -> None:
        nonlocal first
        if first is None:
            first = time.monotonic()
            loop.call_soon_threadsafe(stop.set)
        elif time.monotonic() - first > ONE_SIGNAL_S:
            _end_at_once(progress)

    result_is_on_file()
    if while_stdin:
        threading.Thread(target=_await_end_of_stdin, args=(loop, stop), daemon=True).start()
    with Progress() as progress, on_stop_signal(on_signal):
        return await work(*args, listener=progress, stop=stop, **settings)


def _await_end_of_stdin(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    import os
    from contextlib import suppress

    if not os.read(0, 1):
        with suppress(RuntimeError):  # the loop has ended before
            loop.call_soon_threadsafe(stop.set)


def _end_at_once(progress: Progress) -> None:
    """End the process amid whatever it does; nothing may wait here, nor write through a buffer."""
    import os
    from contextlib import suppress

    out = progress.path
    how = f"go on with the same command and --out {out} --resume" if out else "nothing was begun"
    show_cursor = "\x1b[?25h" if progress.console.is_terminal else ""
    line = f"{show_cursor}\nsimulate: ended at once; {how}\n"
    with suppress(OSError):
        os.write(2, line.encode(errors="surrogateescape"))
    os._exit(EXIT_INTERRUPTED)
