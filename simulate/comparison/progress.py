"""How far a comparison is: one callback, which may also break it off."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[int, int, str], None]
"""Is told how much is done, of how much, and what is being worked on.

It is called from the thread that computes. What it raises breaks the work off.
"""


def untold(done: int, total: int, what: str) -> None:
    """Tell nobody."""


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
