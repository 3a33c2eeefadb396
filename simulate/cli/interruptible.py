"""Run something that takes long: with progress on stderr, and a clean stop on a signal."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

EXIT_FAILED_DIALOGUES = 3
EXIT_INTERRUPTED = 130

T = TypeVar("T")


async def interruptible(work: Callable[..., Awaitable[T]], *args: Any, **settings: Any) -> T:
    """Run, showing progress, and stop cleanly on the first Ctrl-C or SIGTERM.

    Args:
        work: is called with `listener` and `stop`, beside these:
        args: positional arguments.
        settings: keyword arguments.
    """
    import asyncio
    import contextlib
    import signal

    from simulate.cli.progress import Progress

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    with contextlib.suppress(NotImplementedError):  # no signal handlers on Windows' loop
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, stop.set)
    with Progress() as progress:
        return await work(*args, listener=progress, stop=stop, **settings)
