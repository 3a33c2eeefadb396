"""The progress of a run on stderr: a bar on a terminal, lines elsewhere."""

from __future__ import annotations

import time
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars
from rich.text import Text

from simulate.engine import (
    DialogueEnded,
    EndpointLearnt,
    EndpointNoticed,
    Event,
    RunEnded,
    RunStarted,
    TurnTaken,
)
from simulate.terminal.safe_console import SafeConsole
from simulate.terminal.safe_text import counted

SECONDS_BETWEEN_LINES = 10.0
SECONDS_BETWEEN_UPDATES = 0.2


class Progress:
    """Shows a run as it goes on; a listener for `simulate.run`, and a context manager.

    Attributes:
        path: the run file; None before there is one.
    """

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or SafeConsole(stderr=True)
        self.path: Path | None = None
        self._bars: Bars | None = None
        self._task: TaskID | None = None
        self._started = self._last_line = self._last_shown = time.monotonic()
        self._turns = self._turns_left = 0
        self._ended = self._failed = self._dialogues = 0
        self._resumed = False
        self._tokens = self._calls = self._retries = self._repaired = 0
        self._cost_usd: float | None = 0.0

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
        match event:
            case RunStarted():
                self._begin(event)
            case TurnTaken():
                self._turns += 1
                self._turns_left -= 1
                self._spent(event)
            case DialogueEnded():
                self._ended += 1
                self._failed += not event.completed
                self._turns_left -= event.turns_left
                self._spent(event)
                if event.error is not None:
                    self._say(f"dialogue {event.dialogue} failed: {event.error}")
            case EndpointLearnt(learnt):
                self._say(learnt.sentence)
            case EndpointNoticed(noticed):
                self._say(noticed.told)
            case RunEnded():
                self._line()
                return
            case _:
                return
        self._show()

    def _begin(self, event: RunStarted) -> None:
        self.path = event.path
        self._dialogues, self._ended = event.dialogues, event.ended
        self._resumed = event.turns_before > 0
        self._turns_left = event.turns - event.turns_before
        models = ", ".join(dict.fromkeys(event.models.values()))
        self._say(f"{counted(event.dialogues, 'dialogue')} on {models} → {event.path}")
        if event.again:
            self._say(
                f"{event.again} dialogues that failed by infrastructure, or by simulate itself, "
                "are played again"
            )
        for each in (*event.left_out, *event.warnings):
            self._say(each)
        if "embedded" in models.split(", "):
            self._say(
                "The embedded model is tiny (135 M parameters): it shows the machinery, not "
                "science. For real models see --model."
            )
        if self._bars is not None:
            self._task = self._bars.add_task("turns", total=None, rates="")

    def _rates(self) -> str:
        seconds = max(time.monotonic() - self._started, 1e-9)
        since = "since resuming: " if self._resumed else ""
        parts = [
            f"{self._ended}/{self._dialogues} dialogues",
            f"{since}{self._turns} turns",
            f"{self._turns / seconds:.1f} turns/s",
            f"{self._tokens:,} tokens",
            self._cost(),
        ]
        if self._retries:
            parts.append(f"{self._retries} retries")
        if self._repaired:
            parts.append(f"{self._repaired} replies mended in form")
        parts.append(f"{self._failed} failed")
        return " · ".join(parts)

    def _spent(self, event: TurnTaken | DialogueEnded) -> None:
        self._calls += event.calls
        self._retries += event.retries
        self._repaired += event.repaired
        self._tokens += event.usage.prompt_tokens + event.usage.completion_tokens
        if event.calls:
            known = self._cost_usd is not None and event.cost_usd is not None
            self._cost_usd = (self._cost_usd or 0.0) + (event.cost_usd or 0.0) if known else None

    def _cost(self) -> str:
        if self._cost_usd is None or not self._calls:
            return "cost unknown"
        return f"${self._cost_usd:.4f}" if self._cost_usd < 1 else f"${self._cost_usd:,.2f}"

    def _show(self) -> None:
        now = time.monotonic()
        if self._bars is not None and self._task is not None:
            if now - self._last_shown < SECONDS_BETWEEN_UPDATES:
                return
            self._last_shown = now
            self._bars.update(
                self._task,
                completed=self._turns,
                total=self._turns + max(self._turns_left, 0),
                rates=self._rates(),
            )
        elif now - self._last_line >= SECONDS_BETWEEN_LINES:
            self._line()

    def _line(self) -> None:
        if self._bars is None:
            self._last_line = time.monotonic()
            self._say(self._rates())

    def _say(self, line: str) -> None:
        (self._bars.console if self._bars else self.console).print(
            Text(line, no_wrap=not self.console.is_terminal), soft_wrap=True
        )
