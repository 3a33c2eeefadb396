"""An event loop whose time passes only when nobody has anything to do.

Waiting takes no time of ours: a minute of spaced requests is tested in milliseconds.
"""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _Selector(selectors.DefaultSelector):
    """Looks for events without waiting, and notes how long it was asked to wait."""

    loop: "LeapingLoop"

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        found = super().select(0)
        if not found and timeout:
            self.loop.passed_s += timeout
        return found


class LeapingLoop(asyncio.SelectorEventLoop):
    """Leaps to the next thing that is due."""

    def __init__(self) -> None:
        self.passed_s = 1000.0
        selector = _Selector()
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        return self.passed_s


def leaping(whole: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end on a loop that leaps."""
    with asyncio.Runner(loop_factory=LeapingLoop) as runner:
        return runner.run(whole)
