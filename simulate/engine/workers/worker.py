"""A worker: plays what the driver hands it, and records and spends through the driver."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import pickle
from collections import deque
from collections.abc import Sequence

from simulate.engine.dialogue import play
from simulate.engine.events import EndpointLearnt, EndpointNoticed
from simulate.engine.garbage import collected_rarely
from simulate.engine.open_files import dialogues_at_once
from simulate.engine.players import Players, open_players
from simulate.engine.run_context import RunContext, Work
from simulate.engine.workers.channel import Channel, ChannelClosedError, Link
from simulate.engine.workers.messages import (
    Alive,
    Commit,
    Dealt,
    Done,
    Drain,
    Failed,
    GivenBack,
    Known,
    Opened,
    Reserve,
    Settle,
    Shrunk,
    Slots,
    Stopping,
    Told,
)
from simulate.engine.workers.setup import Setup, hello
from simulate.errors import BudgetReachedError, RunStoppedError, SimulateError, own_fault
from simulate.models import Usage
from simulate.models.budget import Budget
from simulate.runfile import Recorder
from simulate.runfile.statements import Statement

GATHERING_S = 0.005
"""How long what is to be committed waits for more to be sent with it: less than for the disk."""


async def work(channel: Channel) -> None:
    """Play for the driver at the other end until it is gone, or sends the worker away."""
    link = Link(channel, GATHERING_S)
    try:
        await channel.send(hello())
        setup: Setup = pickle.loads(await channel.receive())  # noqa: S301  # the driver's own
        await _play_for(link, setup)
    except ChannelClosedError:
        pass
    except SimulateError as error:
        link.post(Failed(type(error).__name__, str(error)))
        await link.flush()
        await _gone(link)
    except Exception as error:
        link.post(Failed("SimulateError", own_fault(error)))
        await link.flush()
        await _gone(link)
    finally:
        await link.aclose()


async def _gone(link: Link) -> None:
    """Wait until the driver has heard, and hangs up."""
    with contextlib.suppress(ChannelClosedError):
        while True:
            await link.receive()


class _Asking:
    """Asks the driver for what it keeps, and waits for its answers."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self._tickets = itertools.count()
        self._waiting: dict[int, asyncio.Future[None]] = {}

    def ticket(self) -> int:
        """Return a number for a question."""
        return next(self._tickets)

    async def ask(self, question: Commit | Reserve) -> None:
        """Ask, and wait until it is done.

        Raises:
            BudgetReachedError: it is refused.
        """
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[question.ticket] = done
        self.link.post(question)
        try:
            await done
        finally:
            self._waiting.pop(question.ticket, None)

    def answered(self, answer: Done) -> None:
        """Let those go on whose questions are answered."""
        for ticket in answer.tickets:
            done = self._waiting.get(ticket)
            if done is None or done.done():
                continue
            if answer.refused is None:
                done.set_result(None)
            else:
                done.set_exception(BudgetReachedError(answer.refused))


class _SendingRecorder(Recorder):
    """Has the driver commit what happens."""

    def __init__(self, asking: _Asking) -> None:
        super().__init__()
        self._asking = asking

    async def commit(self, statements: Sequence[Statement]) -> None:
        """Have statements committed, and wait until they are on the driver's disk."""
        await self._asking.ask(Commit(self._asking.ticket(), statements))

    def commit_soon(self, statements: Sequence[Statement]) -> None:
        """Have statements committed, waiting for nothing."""
        self._asking.link.post(Commit(self._asking.ticket(), statements))


class _LentBudget(Budget):
    """The budget of the run, which the driver keeps: each call asks there."""

    def __init__(self, tokens: int | None, usd: float | None, asking: _Asking) -> None:
        super().__init__(tokens, usd)
        self._asking = asking
        self._reserved: dict[tuple[int, float], list[int]] = {}

    async def reserve(self, tokens: int, usd: float) -> None:
        """Set aside what a call may take; see `Budget`."""
        ticket = self._asking.ticket()
        try:
            await self._asking.ask(Reserve(ticket, tokens, usd))
        except asyncio.CancelledError:
            self._asking.link.post(Settle(ticket, Usage(), 0.0))
            raise
        self._reserved.setdefault((tokens, usd), []).append(ticket)

    async def settle(self, tokens: int, usd: float, used: Usage, cost_usd: float) -> None:
        """Give back what was set aside, and book what was spent; see `Budget`."""
        ticket = self._reserved[tokens, usd].pop()  # those of equal size are equal
        self._asking.link.post(Settle(ticket, used, cost_usd))


async def _play_for(link: Link, setup: Setup) -> None:
    """Open who plays, and play.

    Raises:
        ChannelClosedError: the driver is gone.
        SimulateError: what ends the run.
    """
    asking = _Asking(link)
    budget = None if setup.budget is None else _LentBudget(*setup.budget, asking)
    async with open_players(setup.plan, setup.options, budget) as players:
        journal = players.models.journal
        journal.take_over(setup.refused, setup.noticed, setup.answering)
        journal.on_learnt = lambda learnt: link.post(Told(EndpointLearnt(learnt)))
        journal.on_noticed = lambda noticed: link.post(Told(EndpointNoticed(noticed)))
        link.post(Opened(players.names, players.settings, setup.plan.prompts))
        context = players.context(
            setup.plan,
            _SendingRecorder(asking),
            lambda event: link.post(Told(event)),
            setup.dialogue_timeout_s,
            setup.run_id,
            share_prefix=True,
        )
        with collected_rarely():
            await _Playing(context, players, setup, asking).until_gone()


class _Playing:
    """Plays what comes in, so many dialogues at once as the driver says."""

    def __init__(
        self, context: RunContext, players: Players, setup: Setup, asking: _Asking
    ) -> None:
        self._context, self._players, self._plan = context, players, setup.plan
        self._asking, self._link = asking, asking.link
        self._backlog: deque[Work] = deque()
        self._playing: dict[asyncio.Task[None], int] = {}
        self._slots = 0
        self._told_slots = 0
        self._resized = False
        self._draining = False
        self._failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def until_gone(self) -> None:
        """Play until the driver hangs up.

        Raises:
            ChannelClosedError: it has.
            SimulateError: what ends the run.
        """
        listening = asyncio.create_task(self._listen())
        try:
            await asyncio.wait([listening, self._failed], return_when=asyncio.FIRST_COMPLETED)
            (self._failed if self._failed.done() else listening).result()
        finally:
            left = [listening, *self._playing]
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)

    async def _listen(self) -> None:
        while True:
            for record in await self._link.receive():
                match record:
                    case Done():
                        self._asking.answered(record)
                    case Dealt():
                        self._backlog.append(self._work(record))
                    case Slots():
                        self._resize(record)
                    case Known(said):  # by another worker's endpoint
                        self._players.models.journal.heard(said, told=True)
                    case Drain():
                        self._draining = True
                    case Alive():
                        self._link.post(record)
            self._begin()

    def _work(self, dealt: Dealt) -> Work:
        return Work(
            dealt.planned,
            self._plan.cells[dealt.planned.cell],
            dealt.persona,
            dealt.begun,
            dealt.personas,
            siblings=dealt.siblings,
        )

    def _resize(self, given: Slots) -> None:
        models, targets = self._players.models, self._players.targets
        models.take_part(given.slots, given.total)
        self._slots = dialogues_at_once(given.slots, models, targets) if given.slots else 0
        self._told_slots, self._resized = given.slots, True

    def _begin(self) -> None:
        """Begin what there is a place for, and say when no more is played than may be."""
        while self._backlog and len(self._playing) < self._slots and not self._draining:
            each = self._backlog.popleft()
            task = asyncio.create_task(play(self._context, each))
            self._playing[task] = each.planned.id
            task.add_done_callback(self._ended)
        if self._resized and len(self._playing) <= self._slots:
            self._resized = False
            self._link.post(Shrunk(self._told_slots))
        if self._draining and self._backlog:
            self._link.post(GivenBack([each.planned.id for each in self._backlog]))
            self._backlog.clear()

    def _ended(self, task: asyncio.Task[None]) -> None:
        dialogue = self._playing.pop(task)
        if task.cancelled():
            return
        error = task.exception()
        if isinstance(error, RunStoppedError):
            self._link.post(GivenBack([dialogue]))
            self._link.post(Stopping(str(error)))
            self._draining = True
        elif error is not None and not self._failed.done():
            self._failed.set_exception(error)
        self._begin()
