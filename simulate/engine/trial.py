"""The first dialogues with a target: where none is answered, and all alike, none is a finding.

They are begun before all others. A dialogue that fails by its target before that has answered a
user is not on file as failed while it may turn out that nobody is answered: it is left as it
stands. As soon as one is answered, or ends otherwise, what was kept back is committed, and the
others begin.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import chain

import numpy as np

from simulate.engine.dialogue import play
from simulate.engine.events import DialogueEnded, Event, TurnTaken
from simulate.engine.executor import Executor, LocalLoop, Stopped
from simulate.engine.plan import Plan
from simulate.engine.probe import how_to_look, probe
from simulate.engine.resuming import OnFile
from simulate.engine.run_context import RunContext, Work
from simulate.errors import EndpointError, RunStoppedError, TargetError
from simulate.models.redaction import hidden
from simulate.runfile import RunWriter, Turn
from simulate.runfile.dialogue import UNFINISHED
from simulate.runfile.meta import PROBED, UNANSWERED

FIRST = 5
"""How many dialogues with a target are begun before others."""
LOOKED_THROUGH = 10_000
"""Dialogues of the plan among which they are looked for."""

Commit = Callable[[], Awaitable[None]]


@dataclass(slots=True)
class _Group:
    """The first dialogues with one target, and the cells that it is in."""

    cells: list[int]
    size: int = 0
    decided: bool = False
    kept_back: dict[int, tuple[TargetError, Commit]] = field(default_factory=dict)

    @property
    def nobody_answered(self) -> bool:
        return not self.decided and len(self.kept_back) == self.size


class Trial:
    """Plays the dialogues of a run, the first ones with each target before the others.

    Args:
        context: of the run.
        plan: the run.
        there: what is on file of it.
        writer: of the run file.
    """

    def __init__(self, context: RunContext, plan: Plan, there: OnFile, writer: RunWriter) -> None:
        self._others = context
        self._first = replace(context, tell=self._hear, keep_back=self._keep_back)
        self._writer = writer
        self._groups = dict(_first_dialogues(context, plan, there))
        self._plan, self._there = plan, there
        self._names = {name for cell in context.targets for name in cell}
        self._opened = asyncio.Event()
        self._stopped: RunStoppedError | None = None

    async def execute(
        self, player: Executor, work: Iterable[Work], at_once: int, stop: asyncio.Event | None
    ) -> Stopped | None:
        """Probe the targets, and play all dialogues; see `Executor.execute`.

        Args:
            player: plays them, but for the first ones where it is not this event loop.
            work: what is to be played.
            at_once: how many of the first ones at a time.
            stop: see `Executor.execute`.

        Raises:
            EndpointError: a target does not answer, or none of the first dialogues with it was
                answered; or see there.
        """
        if self._there.ended < len(self._plan.dialogues):
            came = await probe(self._others, self._plan, stop)
            if isinstance(came, Stopped):
                return came
            await self._writer.note(PROBED, [*self._there.probed, *came])
        first, others = self._parted(iter(work))
        self._open()
        stopped = None
        if first and not isinstance(player, LocalLoop):
            stopped = await LocalLoop(at_once).execute(first, self._play, stop)
            first = []
        if stopped is None:
            stopped = await player.execute(chain(first, others), self._play, stop)
        await self._settle()
        return stopped

    def _parted(self, work: Iterator[Work]) -> tuple[list[Work], Iterator[Work]]:
        """Return the first dialogues with each target, and the others as they come."""
        first: list[Work] = []
        passed: list[Work] = []
        while len(first) < len(self._groups) and len(passed) < LOOKED_THROUGH:
            if (each := next(work, None)) is None:
                break
            (first if each.planned.id in self._groups else passed).append(each)
        found = [each.planned.id for each in first]
        self._groups = {dialogue: self._groups[dialogue] for dialogue in found}
        for group in self._groups.values():
            group.size += 1
        return first, chain(passed, work)

    async def _play(self, work: Work) -> None:
        """Play a dialogue, when it is its turn."""
        group = self._groups.get(work.planned.id)
        if group is None:
            if not self._opened.is_set():
                await self._opened.wait()
                await self._settle()
            if self._stopped is not None:
                raise self._stopped
            await play(self._others, work)
            return
        try:
            await play(self._first, work)
        except RunStoppedError as stopped:
            self._stopped = stopped
            self._opened.set()
            raise
        await self._settle()
        if group.nobody_answered:
            await self._end(group, work)

    async def _end(self, group: _Group, work: Work) -> None:
        """End the run, of which nothing is a finding yet."""
        error, _ = group.kept_back[work.planned.id]
        told = hidden(str(error))
        when = datetime.now(UTC).isoformat(timespec="seconds")
        noted = {"when": when, "error": told, "dialogues": sorted(group.kept_back)}
        await self._writer.note(UNANSWERED, {**noted, "cells": group.cells})
        target = next(iter(self._others.targets[work.cell.index].values())).target
        raise EndpointError(
            f"{told}. So ended all of the first {group.size} dialogues, before anybody was "
            "answered; the others were not begun. To see each request and answer: "
            f"{how_to_look(target)}. To go on, when it is mended: the same command and --out "
            f"{self._writer.path} --resume, which plays them again. To count them as failures: "
            "--no-probe"
        )

    def _keep_back(self, dialogue: int, error: TargetError, commit: Commit) -> bool:
        """Keep back that a dialogue has failed, where nobody was answered so far."""
        group = self._groups[dialogue]
        if group.decided:
            return False
        group.kept_back[dialogue] = error, commit
        if len({_kind(each) for each, _ in group.kept_back.values()}) > 1:
            self._decide(dialogue)
        return True

    def _hear(self, event: Event) -> None:
        """Take note of a dialogue that is answered, or ends otherwise."""
        match event:
            case TurnTaken() if event.position and event.speaker in self._names:
                self._decide(event.dialogue)
            case DialogueEnded():
                self._decide(event.dialogue)
        self._others.tell(event)

    def _decide(self, dialogue: int) -> None:
        """Let failures count from now on; let the others begin, if nothing keeps them any more."""
        self._groups[dialogue].decided = True
        self._open()

    def _open(self) -> None:
        if all(group.decided for group in self._groups.values()):
            self._opened.set()

    async def _settle(self) -> None:
        """Commit what was kept back, and is a finding now."""
        for group in self._groups.values():
            while group.decided and group.kept_back:
                _, (_, commit) = group.kept_back.popitem()
                await commit()


def _first_dialogues(
    context: RunContext, plan: Plan, there: OnFile
) -> Iterator[tuple[int, _Group]]:
    """Iterate over the first dialogues with each target, where none was answered yet.

    One alone shows nothing.
    """
    cells: dict[frozenset[int], list[int]] = {}
    for number, attached in enumerate(context.targets):
        if attached:
            cells.setdefault(frozenset(map(id, attached.values())), []).append(number)
    for each in cells.values():
        places = np.flatnonzero(np.isin(plan.dialogues.cells, each))[:FIRST]
        dialogues = plan.dialogues.numbers[places].tolist()
        open_ = all(there.status.get(number, "planned") in UNFINISHED for number in dialogues)
        begun = [there.begun[number] for number in dialogues if number in there.begun]
        if len(dialogues) > 1 and open_ and all(_unanswered(b.turns) for b in begun):
            group = _Group(each)
            yield from ((number, group) for number in dialogues)


def _unanswered(turns: Sequence[Turn]) -> bool:
    """Tell whether no target has answered anybody; to greet is no answer."""
    return not any(turn.latency_s is not None and turn.index > 0 for turn in turns)


def _kind(error: TargetError) -> tuple[type[TargetError], str]:
    """Return what two errors have in common that differ in ids, numbers and what they quote."""
    text = re.sub("“.*”", "“…”", str(error), flags=re.DOTALL)
    return type(error), re.sub(r"[\w.-]+", _without_number, text)


def _without_number(word: re.Match[str]) -> str:
    return "…" if any(map(str.isdigit, word[0])) else word[0]
