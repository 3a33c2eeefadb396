"""Coroutines for those who have no event loop: the one way to run them, and synchronous twins."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import threading
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def run_to_end(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end, on an event loop of `uvloop` where that is installed."""
    try:
        from uvloop import new_event_loop
    except ImportError:  # the extra `fast`; there is none for Windows
        return asyncio.run(coroutine)
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(coroutine)


def twin(coroutine: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, T]:
    """Return a function that runs the coroutine to its end, inside a notebook too."""

    @wraps(coroutine)
    def synchronous(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return run_to_end(coroutine(*args, **kwargs))
        return _in_thread(lambda: coroutine(*args, **kwargs), coroutine.__name__)

    return synchronous


def _in_thread(start: Callable[[], Coroutine[Any, Any, T]], name: str) -> T:
    """Run a coroutine in a thread, with this one's context, since a loop runs in this one.

    An interrupt of this thread cancels the coroutine, and waits for it to tidy up.
    """
    result: list[T] = []
    problem: list[BaseException] = []
    under_way: list[tuple[asyncio.AbstractEventLoop, asyncio.Task[Any]]] = []

    async def noted() -> T:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  # it runs in one
        under_way.append((asyncio.get_running_loop(), task))
        return await start()

    def work() -> None:
        try:
            result.append(run_to_end(noted()))
        except BaseException as error:
            problem.append(error)

    context = contextvars.copy_context()
    thread = threading.Thread(target=lambda: context.run(work), name=name)
    thread.start()
    try:
        thread.join()
    except BaseException:
        for loop, task in under_way:
            with contextlib.suppress(RuntimeError):  # the loop is closed: it had ended
                loop.call_soon_threadsafe(task.cancel)
        thread.join()
        raise
    if problem:
        raise problem[0]
    return result[0]
