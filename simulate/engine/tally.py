"""What has happened in a run so far, counted from its events, for whoever shows its progress."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from simulate.engine.events import (
    DialogueEnded,
    EndpointBatch,
    EndpointLearnt,
    EndpointNoticed,
    Event,
    RunEnded,
    RunStarted,
    TurnTaken,
)
from simulate.terminal.safe_text import counted


class Tally:
    """Counts of a run.

    Attributes:
        path: the run file; None before there is one.
        turns: turns that were taken in this invocation.
        turns_left: how many more there can be at most.
        over: whether the run has ended.
    """

    def __init__(self) -> None:
        self.path: Path | None = None
        self.turns = self.turns_left = 0
        self.over = False
        self._started = time.monotonic()
        self._ended = self._failed = self._dialogues = 0
        self._resumed = self._given = False
        self._tokens = self._calls = self._retries = 0
        self._repaired = self._unusable = 0
        self._cost_usd: float | None = 0.0

    def take(self, event: Event) -> Iterator[str]:
        """Count an event; iterate over what is to be told of it, in sentences."""
        match event:
            case RunStarted():
                yield from self._begin(event)
            case TurnTaken():
                self.turns += 1
                self.turns_left -= 1
                self._spent(event)
            case DialogueEnded():
                self._ended += 1
                self._failed += not event.completed
                self.turns_left -= event.turns_left
                self._spent(event)
                if event.error is not None:
                    yield f"dialogue {event.dialogue} failed: {event.error}"
            case EndpointLearnt(learnt):
                yield learnt.sentence
            case EndpointNoticed(noticed):
                yield noticed.told
            case EndpointBatch(moved):
                yield moved.sentence
            case RunEnded():
                self.over = True
                if event.why is not None:
                    yield f"stopped: {event.why}"

    @property
    def share(self) -> float:
        """How much of the turns is done, in [0, 1]; of the dialogues, where all were given."""
        if self._given and not self.over:
            return self._ended / max(self._dialogues, 1)
        all_turns = self.turns + max(self.turns_left, 0)
        return 1.0 if self.over or not all_turns else self.turns / all_turns

    @property
    def rates(self) -> str:
        """Where the run stands, in one line."""
        seconds = max(time.monotonic() - self._started, 1e-9)
        since = "since resuming: " if self._resumed else ""
        parts = [f"{self._ended}/{self._dialogues} dialogues"]
        if not self._given:
            parts += [f"{since}{self.turns} turns", f"{self.turns / seconds:.1f} turns/s"]
        if self._calls or not self._given:
            parts += [f"{self._tokens:,} tokens", self._cost()]
        if self._retries:
            parts.append(f"{counted(self._retries, 'request')} sent again")
        if self._unusable:
            parts.append(f"{counted(self._unusable, 'text')} not usable")
        if self._repaired:
            parts.append(f"{counted(self._repaired, 'answer')} repaired")
        parts.append(f"{self._failed} failed")
        return " · ".join(parts)

    def _begin(self, event: RunStarted) -> Iterator[str]:
        self.path = event.path
        self._dialogues, self._ended = event.dialogues, event.ended
        self._resumed = event.turns_before > 0
        self._given = event.turns == 0  # as of a log
        self.turns_left = event.turns - event.turns_before
        models = ", ".join(dict.fromkeys(event.models.values()))
        part = "" if event.shard is None else f"{event.shard.told}: "
        yield f"{part}{counted(event.dialogues, 'dialogue')} on {models} → {event.path}"
        if event.again:
            yield (
                f"{event.again} dialogues that failed by infrastructure, or by simulate itself, "
                "are played again"
            )
        yield from (*event.left_out, *event.warnings)
        if "embedded" in models.split(", "):
            yield (
                "The embedded model is tiny (135 M parameters): it shows the machinery, not "
                "science. For real models see --model."
            )

    def _spent(self, event: TurnTaken | DialogueEnded) -> None:
        self._calls += event.calls
        self._retries += event.retries
        self._repaired += event.repaired
        self._unusable += event.unusable
        self._tokens += event.usage.prompt_tokens + event.usage.completion_tokens
        if event.calls:
            known = self._cost_usd is not None and event.cost_usd is not None
            self._cost_usd = (self._cost_usd or 0.0) + (event.cost_usd or 0.0) if known else None

    def _cost(self) -> str:
        if self._cost_usd is None or not self._calls:
            return "cost unknown"
        return f"${self._cost_usd:.4f}" if self._cost_usd < 1 else f"${self._cost_usd:,.2f}"
