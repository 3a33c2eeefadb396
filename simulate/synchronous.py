"""Synchronous twins of coroutines, for scripts and notebooks."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def twin(coroutine: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, T]:
    """Return a function that runs the coroutine to its end, inside a notebook too."""

    @wraps(coroutine)
    def synchronous(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return asyncio.run(coroutine(*args, **kwargs))
        result: list[T] = []
        problem: list[BaseException] = []

        def work() -> None:
            try:
                result.append(asyncio.run(coroutine(*args, **kwargs)))
            except BaseException as error:
                problem.append(error)

        thread = threading.Thread(target=work, name=coroutine.__name__)
        thread.start()
        thread.join()
        if problem:
            raise problem[0]
        return result[0]

    return synchronous
