"""The calls of one model, put together to batches: gathered, sent, followed to their end, and read.

Each step is kept in the outbox before the next, so that whatever ends the process, the next one
goes on from there: requests that were not uploaded are asked again, a file that was is looked up
among the endpoint's batches before a batch is made of it, and a batch is asked for by its name.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from simulate.errors import EndpointError, ModelError, RunStoppedError
from simulate.models.batches.endpoint import BatchEndpoint, GoneError, Status
from simulate.models.batches.gathering import Gathered, Gathering
from simulate.models.batches.outbox import NO_ANSWER, Answer, CallKey, OpenBatch, Outbox
from simulate.models.batches.output import MOST_LINES, OutputReader, request_line
from simulate.models.batches.settings import BatchMoved, BatchSettings
from simulate.models.chat import Noticed
from simulate.models.failures import PassingFaultError

ATTEMPTS = 8
"""How often a request of the Batch API is made until it succeeds."""
AT_ONCE = 500
MOST_BYTES_AT_ONCE = 8 * 2**20
"""How many answers, and bytes of them, are kept with one commit."""
ENDED = frozenset({"completed", "failed", "expired", "cancelled"})

T = TypeVar("T")


@dataclass(slots=True)
class _Sent:
    """A batch from its upload to its end.

    Attributes:
        keys: the calls in it that have no answer yet.
        requests: how many it has.
        uncertain: whether a batch may have been made of its file, though nobody heard of it.
    """

    number: int
    keys: Sequence[CallKey]
    requests: int
    file: str
    gathered: float
    id: str | None = None
    uncertain: bool = False


@dataclass(frozen=True, slots=True)
class Followed:
    """Who keeps the batches of a run, and who is told of them.

    Attributes:
        outbox: keeps them.
        tell: is told when one is sent, or has ended.
        notice: is told what is odd about one.
    """

    outbox: Outbox
    tell: Callable[[BatchMoved], None]
    notice: Callable[[Noticed], None]


class BatchQueue:
    """Answers the requests of one model in batches.

    Args:
        endpoint: where they go.
        path: the path of the API, such as `/v1/chat/completions`.
        settings: see `BatchSettings`.

    Attributes:
        key: names the endpoint in the outbox.
    """

    def __init__(self, endpoint: BatchEndpoint, path: str, settings: BatchSettings) -> None:
        self.key = f"{endpoint.name} {path}"
        self._endpoint = endpoint
        self._path = path
        self._settings = settings
        self._gathering = Gathering(settings, self._begin_batch)
        self._followed: Followed | None = None
        self._waiting: dict[CallKey, asyncio.Future[Answer | Exception]] = {}
        self._before: set[CallKey] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._open = 0
        self._one_at_a_time: asyncio.Lock | None = None

    def begin(self, followed: Followed) -> None:
        """Go on with the batches that are on file."""
        self._followed = followed
        for batch in followed.outbox.open_batches(self.key):
            if batch.file is not None:
                self._before.update(batch.keys)
            self._go(batch.keys, self._go_on(batch))

    async def end(self) -> None:
        """Follow the batches no longer; they go on at the endpoint."""
        self._gathering.end()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._endpoint.aclose()

    async def answer(self, key: CallKey, body: bytes) -> Answer:
        """Return the answer to a request, of an earlier batch if it was sent before.

        Raises:
            EndpointError: no batch can succeed as things stand, or its answers are gone.
            RunStoppedError: the batch was cancelled, or the endpoint cannot be reached for long.
        """
        future = self._waiting.get(key)
        if future is None:
            found = self._outbox.find(key)
            if found is not None:
                return found
            future = self._waiting[key] = asyncio.get_running_loop().create_future()
            if key not in self._before:
                self._gathering.add(key, request_line(key, self._path, body))
        got = await asyncio.shield(future)
        if isinstance(got, Exception):
            raise type(got)(str(got))
        return got

    def _begin_batch(self, gathered: Gathered) -> None:
        self._go(gathered.keys, self._send(gathered))

    def _go(self, keys: Sequence[CallKey], work: Awaitable[None]) -> None:
        """Carry on with a batch; whatever goes wrong with it is told to those who wait."""

        async def guarded() -> None:
            try:
                await work
            except Exception as error:
                self._tell(keys, error)

        task = asyncio.get_running_loop().create_task(guarded())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _tell(self, keys: Sequence[CallKey], got: Answer | Exception) -> None:
        for key in keys:
            self._before.discard(key)
            future = self._waiting.pop(key, None)
            if future is not None and not future.done():
                future.set_result(got)

    @property
    def _by(self) -> Followed:
        assert self._followed is not None  # noqa: S101  # calls are made while a run is played
        return self._followed

    @property
    def _outbox(self) -> Outbox:
        return self._by.outbox

    async def _send(self, gathered: Gathered) -> None:
        with gathered.lines:
            number = await self._outbox.gathered(self.key, gathered.keys, gathered.size)
            name = f"simulate-{number}.jsonl"
            file = await self._again(lambda: self._endpoint.upload(gathered.lines, name))
        await self._outbox.moved(number, "uploaded", file=file)
        await self._through(_Sent(number, gathered.keys, len(gathered.keys), file, gathered.since))

    async def _go_on(self, batch: OpenBatch) -> None:
        if batch.file is None:  # nothing is answered that was not uploaded
            await self._outbox.ended(batch.number, "not sent")
            return
        if not batch.keys:
            await self._outbox.ended(batch.number, "read")
            return
        sent = _Sent(batch.number, batch.keys, batch.requests, batch.file, batch.gathered, batch.id)
        sent.uncertain = batch.id is None
        await self._through(sent)

    async def _through(self, batch: _Sent) -> None:
        """Bring a batch to its end."""
        if self._one_at_a_time is None or batch.id is not None:
            ended = await self._played(batch)
            if not ended.over_limit:
                await self._read(batch, ended)
                return
        if self._one_at_a_time is None:
            self._one_at_a_time = asyncio.Lock()
        async with self._one_at_a_time:
            while True:
                alone = self._open == 0
                ended = await self._played(batch)
                if not ended.over_limit or alone:
                    break
                await asyncio.sleep(self._settings.poll_max_s)
        if ended.over_limit:
            self._gathering.most = max(len(batch.keys) // 2, 1)
            if len(batch.keys) > 1:
                await self._unanswered(batch, f"too many tokens in one batch: {ended.told}")
                await self._outbox.ended(batch.number, ended.state, ended.told)
                return
        await self._read(batch, ended)

    async def _played(self, batch: _Sent) -> Status:
        """Have a batch made of its file, and wait for its end."""
        self._open += 1
        try:
            if batch.id is None:
                await self._create(batch)
            ended = await self._ended(batch)
            if ended.over_limit:  # nothing of it was carried out; another is made of its file
                batch.id = None
                await self._outbox.moved(batch.number, "uploaded")
            return ended
        finally:
            self._open -= 1

    async def _create(self, batch: _Sent) -> None:
        note = {"simulate_batch": str(batch.number)}

        async def created() -> Status:
            # One that was created, though nobody heard of it, is not created again.
            if batch.uncertain:
                try:
                    found = await self._endpoint.find(batch.file)
                except GoneError:
                    self._notice(
                        "batch sent twice",
                        f"the endpoint does not list its batches, so that batch {batch.number}, "
                        "whose creation was interrupted, may be there, and paid, twice",
                    )
                    found = None
                if found is not None and found.state not in ("failed", "cancelled"):
                    return found
            batch.uncertain = True
            return await self._endpoint.create(batch.file, self._path, note)

        made = await self._again(created)
        batch.id = made.id
        await self._outbox.moved(batch.number, made.state, id=made.id)
        self._say(batch, made, None)

    async def _ended(self, batch: _Sent) -> Status:
        """Wait until a batch is over."""
        settings, loop = self._settings, asyncio.get_running_loop()
        wait_s, reached, state = settings.poll_s, loop.time(), ""
        assert batch.id is not None  # noqa: S101
        while True:
            await asyncio.sleep(wait_s)
            wait_s = min(1.5 * wait_s, settings.poll_max_s)
            try:
                found = await self._endpoint.status(batch.id)
            except PassingFaultError as fault:
                if loop.time() - reached > settings.give_up_s:
                    raise RunStoppedError(
                        f"batch {batch.id} goes on, but nobody can ask for it ({fault}); resume "
                        "the run to read it"
                    ) from None
                continue
            except GoneError as gone:
                raise await self._lost(batch, f"is not there any more ({gone})") from None
            reached = loop.time()
            if found.state in ENDED:
                return found
            if found.state != state:
                state = found.state
                await self._outbox.moved(batch.number, state)

    async def _read(self, batch: _Sent, ended: Status) -> None:
        """Read the answers of a batch that is over, and say what becomes of the other requests."""
        reader = OutputReader(batch.keys, batch.requests - len(batch.keys))
        try:
            await self._lines(ended.output, reader)
        except GoneError as gone:
            raise await self._lost(batch, f"has lost its answers ({gone})") from None
        with contextlib.suppress(GoneError):  # of requests that were not carried out, nor paid
            await self._lines(ended.errors, reader)
        if reader.unusable.told:
            self._notice("lines of a batch", f"batch {ended.id}: {reader.unusable.told}")
        self._say(batch, ended, batch.requests - len(reader.left))
        left = list(reader.left.values())
        if left and ended.state in ("failed", "cancelled"):
            await self._outbox.ended(batch.number, ended.state, ended.told or None)
            self._tell(left, self._unsuccessful(ended, len(left), batch.requests))
            return
        batch.keys = left
        await self._unanswered(batch, f"batch {ended.id} is {ended.state} without an answer to it")
        await self._outbox.ended(batch.number, ended.state)

    def _unsuccessful(self, ended: Status, left: int, requests: int) -> Exception:
        """Return what is said of requests whose batch failed or was cancelled."""
        if ended.state == "failed":
            told = ended.told or "it does not say why"
            return EndpointError(f"model {self._endpoint.name}: batch {ended.id} failed: {told}")
        return RunStoppedError(
            f"batch {ended.id} was cancelled at the endpoint with {left:,} of {requests:,} "
            "requests unanswered; resume the run to send them again"
        )

    async def _lines(self, file: str | None, reader: OutputReader) -> None:
        """Read a file of answers, if there is one.

        Raises:
            GoneError: it is not there any more.
        """
        if file is not None:
            await self._again(lambda: self._read_once(file, reader))

    async def _read_once(self, file: str, reader: OutputReader) -> None:
        """Read a file of answers, and hand each over when it is kept."""
        found: dict[CallKey, Answer] = {}
        size = 0
        most = MOST_LINES * (reader.requests + AT_ONCE)
        try:
            async with contextlib.aclosing(self._endpoint.lines(file)) as lines:
                async for line in lines:
                    most -= 1
                    if most < 0:
                        reader.unusable.unreadable += 1
                        break
                    if (read := reader.read(line)) is not None:
                        found[read[0]] = read[1]
                        size += len(read[1].body)
                        if len(found) >= AT_ONCE or size >= MOST_BYTES_AT_ONCE:
                            await self._hand_over(found)
                            found, size = {}, 0
        except PassingFaultError:
            await self._hand_over(found)
            reader.reread()
            raise
        await self._hand_over(found)

    async def _unanswered(self, batch: _Sent, why: str) -> None:
        """Let all requests be sent again that a batch has not answered."""
        for start in range(0, len(batch.keys), AT_ONCE):
            some = batch.keys[start : start + AT_ONCE]
            await self._hand_over(dict.fromkeys(some, Answer(NO_ANSWER, why.encode())))

    async def _hand_over(self, answers: Mapping[CallKey, Answer]) -> None:
        """Keep answers, and tell those who wait for them."""
        await self._outbox.answered(answers, answers.keys() - self._waiting.keys())
        for key, each in answers.items():
            self._tell([key], each)

    async def _lost(self, batch: _Sent, why: str) -> EndpointError:
        """Forget a batch whose answers are gone, and return what is to be said of it."""
        await self._outbox.ended(batch.number, "gone", why)
        return EndpointError(
            f"model {self._endpoint.name}: batch {batch.id} {why}, so {len(batch.keys):,} requests "
            "are to be asked, and paid, again; resume the run to do so"
        )

    async def _again(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """Make a request of the Batch API, and again where that may help.

        Raises:
            EndpointError: it did not help.
        """
        wait_s = self._settings.poll_s
        for number in range(1, ATTEMPTS + 1):
            try:
                return await attempt()
            except PassingFaultError as fault:
                if number == ATTEMPTS:
                    raise EndpointError(
                        f"model {self._endpoint.name}: {fault}, {ATTEMPTS} times; nothing that was "
                        "sent is lost: resume the run"
                    ) from None
                asked_s = min(fault.wait_s or 0.0, self._settings.poll_max_s)
                await asyncio.sleep(max(wait_s, asked_s))
                wait_s = min(2 * wait_s, self._settings.poll_max_s)
        raise ModelError("unreachable")

    def _say(self, batch: _Sent, status: Status, answered: int | None) -> None:
        self._by.tell(
            BatchMoved(
                self._endpoint.name,
                batch.number,
                status.id,
                status.state,
                batch.requests,
                answered,
                time.time() - batch.gathered,
            )
        )

    def _notice(self, what: str, told: str) -> None:
        self._by.notice(Noticed(self._endpoint.name, what, told))
