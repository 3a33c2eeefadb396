"""How far a comparison is: one callback, which may also break it off."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Progress = Callable[[int, int, str], None]
"""Is told how much is done, of how much, and what is being worked on.

It is called from the thread that computes. What it raises breaks the work off.
"""


def untold(done: int, total: int, what: str) -> None:
    """Tell nobody."""


class Partly:
    """A progress that is shown, too, what is known so far.

    Args:
        progress: is told how far the work is, and told so again after each part.
        shown: is given each part.
    """

    def __init__(self, progress: Progress, shown: Callable[[Any], None]) -> None:
        self._progress = progress
        self._shown = shown
        self._last: tuple[int, int, str] | None = None

    def __call__(self, done: int, total: int, what: str) -> None:
        """Tell how much is done, of how much, and of what."""
        self._last = (done, total, what)
        self._progress(done, total, what)

    def show(self, part: Any) -> None:
        """Show what is known."""
        self._shown(part)
        self._progress(*(self._last or (0, 1, "…")))


class Steps:
    """The steps of a work of known length.

    Args:
        progress: is told of each.
        total: how many there are.
    """

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress = progress
        self._total = total
        self._done = 0

    def begin(self, what: str) -> None:
        """Tell what the next step is."""
        self._progress(self._done, self._total, what)
        self._done += 1

    def skip(self, steps: int) -> None:
        """Leave steps out."""
        self._done += steps
