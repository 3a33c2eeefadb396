"""The progress of a run on stderr: a bar on a terminal, lines elsewhere."""

from __future__ import annotations

import time
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars
from rich.text import Text

from simulate.engine import DialogueStarted, Event, RunEnded, RunStarted
from simulate.engine.tally import Tally
from simulate.terminal.safe_console import SafeConsole

SECONDS_BETWEEN_LINES = 10.0
SECONDS_BETWEEN_UPDATES = 0.2


class Progress:
    """Shows a run as it goes on; a listener for `simulate.run`, and a context manager."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or SafeConsole(stderr=True)
        self._tally = Tally()
        self._bars: Bars | None = None
        self._task: TaskID | None = None
        self._last_line = self._last_shown = time.monotonic()

    @property
    def path(self) -> Path | None:
        """The run file; None before there is one."""
        return self._tally.path

    def __enter__(self) -> Progress:
        if self.console.is_terminal:
            self._bars = Bars(
                TextColumn("[bold]{task.description}"),
                BarColumn(bar_width=24),
                MofNCompleteColumn(),
                TextColumn("{task.fields[rates]}"),
                TimeRemainingColumn(compact=True),
                console=self.console,
                transient=True,
                refresh_per_second=5,
            )
            self._bars.start()
        return self

    def __exit__(self, *raised: object) -> None:
        if self._bars is not None:
            self._bars.stop()
            self._bars = None

    def __call__(self, event: Event) -> None:
        """Take an event of the engine."""
        if isinstance(event, RunStarted):  # perhaps another run than the one before
            self._tally = Tally()
        told = list(self._tally.take(event))
        if isinstance(event, RunEnded):
            self._line()
            return
        for sentence in told:
            self._say(sentence)
        if isinstance(event, RunStarted) and self._bars is not None:
            if self._task is not None:
                self._bars.remove_task(self._task)
            self._task = self._bars.add_task("turns", total=None, rates="")
        if not isinstance(event, DialogueStarted):
            self._show()

    def _show(self) -> None:
        now = time.monotonic()
        if self._bars is not None and self._task is not None:
            if now - self._last_shown < SECONDS_BETWEEN_UPDATES:
                return
            self._last_shown = now
            self._bars.update(
                self._task,
                completed=self._tally.turns,
                total=self._tally.turns + max(self._tally.turns_left, 0),
                rates=self._tally.rates,
            )
        elif now - self._last_line >= SECONDS_BETWEEN_LINES:
            self._line()

    def _line(self) -> None:
        if self._bars is None:
            self._last_line = time.monotonic()
            self._say(self._tally.rates)

    def _say(self, line: str) -> None:
        (self._bars.console if self._bars else self.console).print(
            Text(line, no_wrap=not self.console.is_terminal), soft_wrap=True
        )
