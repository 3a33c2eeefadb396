"""How far a work is that may take long: a bar on stderr, where that is a terminal."""

from __future__ import annotations

import time

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from simulate.terminal.safe_console import SafeConsole
from simulate.terminal.safe_text import line

SECONDS_BEFORE = 1.0
"""What is done sooner needs no bar."""


class LongWork:
    """Shows how far a work is; its `progress`, and a context manager."""

    def __init__(self, console: Console | None = None, before_s: float = SECONDS_BEFORE) -> None:
        self._console = console or SafeConsole(stderr=True)
        self._from = time.monotonic() + before_s
        self._bar: Progress | None = None

    def __enter__(self) -> LongWork:
        return self

    def __exit__(self, *raised: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, done: int, total: int, what: str) -> None:
        """Tell how much is done, of how much, and what is being worked on."""
        if not self._console.is_terminal or time.monotonic() < self._from:
            return
        if self._bar is None:
            self._bar = Progress(
                BarColumn(bar_width=24),
                MofNCompleteColumn(),
                TextColumn("{task.description}", markup=False),
                console=self._console,
                transient=True,
            )
            self._bar.add_task("")
            self._bar.start()
        self._bar.update(self._bar.task_ids[0], completed=done, total=total, description=line(what))
