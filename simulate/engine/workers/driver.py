"""The driver: hands out shards to workers, commits what comes back, and keeps the limits."""

from __future__ import annotations

import asyncio
import contextlib
import pickle
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field

from simulate import errors
from simulate.engine.events import (
    DialogueEnded,
    EndpointLearnt,
    EndpointNoticed,
    Event,
    Listener,
)
from simulate.engine.executor import PlayOne, Stopped
from simulate.engine.players import Players
from simulate.engine.run_context import Work
from simulate.engine.workers.channel import ChannelClosedError, Link
from simulate.engine.workers.desk import Desk
from simulate.engine.workers.lost import as_on_file
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
from simulate.engine.workers.setup import Setup, check_opened, check_version
from simulate.engine.workers.workplace import Hired, Workplace
from simulate.errors import BudgetReachedError, InputError, RunStoppedError, SimulateError
from simulate.models import Noticed, Usage
from simulate.models.budget import Budget
from simulate.runfile import RunWriter
from simulate.runfile.statements import Statement

MOST_IN_VAIN = 3
"""Workers that may be lost in a row that have committed nothing; then the run stops."""

BEAT_S = 10.0
"""How often a worker is asked whether it is still there."""
MOST_UNANSWERED = 12
"""How often it may be asked before it has said anything; then it is given up. Times are counted,
and not seconds, so that nobody is given up for a night in which the machine sleeps."""


@dataclass(eq=False, slots=True)
class _Worker:
    """A worker that takes part."""

    number: int
    hired: Hired
    link: Link
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    reserving: dict[int, asyncio.Task[None]] = field(default_factory=dict)
    reserved: dict[int, tuple[int, float]] = field(default_factory=dict)
    committed: bool = False
    unanswered: int = 0


@dataclass(frozen=True, slots=True)
class Workers:
    """An executor that has dialogues played by workers in other processes.

    Attributes:
        place: where they are.
        total: how many dialogues are played at once by all of them.
        setup: makes what a worker needs that joins now.
        players: the driver's own, which play nothing; they know limits and endpoints.
        writer: of the run file.
        tell: the listener.
    """

    place: Workplace
    total: int
    setup: Callable[[], Setup]
    players: Players
    writer: RunWriter
    tell: Listener

    async def execute(
        self, work: Iterable[Work], play: PlayOne, stop: asyncio.Event | None
    ) -> Stopped | None:
        """Have all of them played; see `Executor.execute`. What plays here is not asked.

        Raises:
            InputError: a worker cannot play this run as the driver would.
            EndpointError: no request can succeed as things stand.
            RunFileError: the run file cannot be written.
        """
        desk = Desk(work, self.total)
        if desk.done:
            return None
        fewest = self.players.models.fewest
        most = self.total if fewest is None else min(self.total, fewest)
        async with self.place.open(most) as hiring:
            return await _Driving(self, desk).until_ended(hiring, stop)


class _Driving:
    """One run of the executor."""

    def __init__(self, run: Workers, desk: Desk) -> None:
        self.run, self.desk = run, desk
        self._workers: dict[int, _Worker] = {}
        self._links: list[Link] = []
        self._ending: asyncio.Future[Stopped | None] = asyncio.get_running_loop().create_future()
        self._why: str | None = None
        self._in_vain = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def until_ended(
        self, hiring: AsyncIterator[Hired], stop: asyncio.Event | None
    ) -> Stopped | None:
        """Serve workers until all is played, or something ends the run."""
        self._start(self._hire(hiring), self._tasks)
        self._start(self._watch(), self._tasks)
        if stop is not None:
            self._start(self._await_stop(stop), self._tasks)
        try:
            return await self._ending
        finally:
            await _cancelled(self._tasks)
            for link in self._links:
                await link.aclose()

    def _start(self, coming: Awaitable[None], among: set[asyncio.Task[None]]) -> asyncio.Task[None]:
        """Run something on the side; what it raises ends the run."""

        async def guarded() -> None:
            try:
                await coming
            except RunStoppedError as stopped:
                self._end(Stopped(str(stopped)))
            except Exception as error:
                if not self._ending.done():
                    self._ending.set_exception(error)

        task = asyncio.create_task(guarded())
        among.add(task)
        task.add_done_callback(among.discard)
        return task

    def _end(self, stopped: Stopped | None) -> None:
        if not self._ending.done():
            self._ending.set_result(stopped)

    async def _await_stop(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._end(Stopped())

    async def _watch(self) -> None:
        """Wait no longer for workers that do not begin, nor for some that say nothing any more."""
        while True:
            await asyncio.sleep(BEAT_S)
            if self.desk.expected:
                self.desk.expected = 0
                self._rebalance()
            for worker in list(self._workers.values()):
                worker.unanswered += 1
                if worker.unanswered > MOST_UNANSWERED:
                    await worker.link.aclose()
                else:
                    worker.link.post(Alive())

    async def _hire(self, hiring: AsyncIterator[Hired]) -> None:
        number = 0
        async for hired in hiring:
            number += 1
            self.desk.expected += 1
            worker = _Worker(number, hired, Link(hired.channel))
            self._links.append(worker.link)
            self._start(self._serve(worker), self._tasks)

    async def _serve(self, worker: _Worker) -> None:
        """Let a worker take part until it is gone."""
        try:
            await self._introduce(worker)
            while True:
                self._take(worker, await worker.link.receive())
        except ChannelClosedError:
            await self._lost(worker)
        finally:
            await _cancelled({*worker.tasks, *worker.reserving.values()})
            await worker.link.aclose()

    async def _introduce(self, worker: _Worker) -> None:
        """See to it that a worker plays as the driver would, and let it take part.

        Raises:
            InputError: it does not.
        """
        name, channel = worker.hired.name, worker.hired.channel
        check_version(name, await channel.receive(), self.run.players.names)
        setup = self.run.setup()
        await channel.send(pickle.dumps(setup, pickle.HIGHEST_PROTOCOL))
        (first,) = await worker.link.receive()
        if isinstance(first, Failed):
            raise InputError(f"{name} cannot play: {first.told}")
        assert isinstance(first, Opened)  # noqa: S101  # the same version
        check_opened(name, first, self.run.players, setup.plan)
        self._workers[worker.number] = worker
        self.desk.joins(worker.number)
        self._rebalance()

    def _take(self, worker: _Worker, records: Sequence[object]) -> None:
        """Take what a worker says."""
        worker.unanswered = 0
        tickets: list[int] = []
        statements: list[Statement] = []
        for record in records:
            match record:
                case Commit():
                    tickets.append(record.ticket)
                    statements += record.statements
                case Told(event):
                    self._hear(worker, event)
                case Reserve():
                    task = self._start(self._reserve(worker, record), worker.tasks)
                    worker.reserving[record.ticket] = task
                case Settle():
                    self._start(self._settle(worker, record), worker.tasks)
                case GivenBack(dialogues):
                    self.desk.given_back(worker.number, dialogues)
                case Shrunk(slots):
                    self.desk.shrunk(worker.number, slots)
                    self._rebalance()
                case Stopping(why):
                    self._drain(why)
                case Failed():
                    raise _error(record)
        if tickets:
            self._start(self._commit(worker, tickets, statements), worker.tasks)
        self._deal(worker)

    async def _commit(
        self, worker: _Worker, tickets: Sequence[int], statements: Sequence[Statement]
    ) -> None:
        await self.run.writer.commit(statements)
        worker.committed, self._in_vain = True, 0
        worker.link.post(Done(tickets))

    def _hear(self, worker: _Worker, event: Event) -> None:
        match event:
            case EndpointLearnt(said) | EndpointNoticed(said):
                self.run.players.models.journal.heard(said)
                for other in self._workers.values():
                    if other is not worker:
                        other.link.post(Known(said))
                return
            case DialogueEnded():
                self.desk.ended(worker.number, event.dialogue)
        self.run.tell(event)

    async def _reserve(self, worker: _Worker, asked: Reserve) -> None:
        budget, refused = self._budget, None
        try:
            await budget.reserve(asked.tokens, asked.usd)
            worker.reserved[asked.ticket] = (asked.tokens, asked.usd)
        except BudgetReachedError as reached:
            refused = str(reached)
        worker.reserving.pop(asked.ticket, None)
        worker.link.post(Done([asked.ticket], refused))

    async def _settle(self, worker: _Worker, said: Settle) -> None:
        if (waiting := worker.reserving.pop(said.reserved, None)) is not None:
            waiting.cancel()
        elif (aside := worker.reserved.pop(said.reserved, None)) is not None:
            await self._budget.settle(*aside, said.used, said.cost_usd)

    @property
    def _budget(self) -> Budget:
        budget = self.run.players.budget
        assert budget is not None  # noqa: S101  # workers ask only where there is one
        return budget

    def _deal(self, worker: _Worker) -> None:
        """Hand a worker what it can take, or end where nothing is left."""
        while shard := self.desk.dealt(worker.number):
            for w in shard:
                worker.link.post(Dealt(w.planned, w.persona, w.begun, w.personas, w.siblings))
        if self.desk.done:
            self._end(None if self._why is None else Stopped(self._why))

    def _deal_all(self) -> None:
        for each in list(self._workers.values()):
            self._deal(each)

    def _drain(self, why: str) -> None:
        """Let nothing begin any more; what is being played goes on."""
        if self._why is None:
            self._why = why
            self.desk.stop()
            for each in self._workers.values():
                each.link.post(Drain())

    def _rebalance(self) -> None:
        for number, slots in self.desk.rebalanced().items():
            self._workers[number].link.post(Slots(slots, self.run.total))
        self._deal_all()

    async def _lost(self, worker: _Worker) -> None:
        """Let others play on what a worker held that is gone."""
        self.desk.expected = max(self.desk.expected - 1, 0)
        why = await worker.hired.ended()
        if worker.unanswered > MOST_UNANSWERED:
            why = f"had not said anything for {BEAT_S * MOST_UNANSWERED:g} s"
        if not worker.committed:
            self._in_vain += 1
            if self._in_vain >= MOST_IN_VAIN:
                self._end(
                    Stopped(
                        f"{worker.hired.name} {why} before it had committed anything, the third "
                        "worker in a row"
                    )
                )
                return
        for waiting in worker.reserving.values():
            waiting.cancel()
        # What it sent is on disk before it is read what is there, and so is what it was handed.
        await asyncio.gather(*worker.tasks, return_exceptions=True)
        await self.run.writer.commit([])
        for tokens, usd in worker.reserved.values():  # its calls may be made and paid
            await self._budget.settle(tokens, usd, Usage(tokens), usd)
        if self._workers.pop(worker.number, None) is None:
            return
        held = self.desk.leaves(worker.number)
        told = (
            f"{worker.hired.name} {why}; what it played ({len(held):,} dialogues) goes on where "
            "it stood"
        )
        self.run.players.models.journal.notice(Noticed(worker.hired.name, "lost", told))
        left, over = await asyncio.to_thread(as_on_file, self.run.writer.path, held)
        for event in over:
            self.run.tell(event)
        self.desk.put_back(left)
        self._rebalance()


def _error(failed: Failed) -> SimulateError:
    """Return the error that a worker met."""
    kind = getattr(errors, failed.error, SimulateError)
    error: SimulateError = kind(failed.told)
    return error


async def _cancelled(tasks: Iterable[asyncio.Task[None]]) -> None:
    ending = [task for task in tasks if task is not asyncio.current_task()]
    for task in ending:
        task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.gather(*ending, return_exceptions=True)
