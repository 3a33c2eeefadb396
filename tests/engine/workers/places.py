"""Workers as tasks of the test's own loop, over real sockets; a run, and what it asked for."""

import asyncio
import contextlib
import json
import socket
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simulate.engine import RunResult, run
from simulate.engine.workers.channel import Channel, SocketChannel
from simulate.engine.workers.worker import work
from simulate.engine.workers.workplace import Hired
from simulate.runfile import open_run
from simulate.scenario import Scenario
from tests.endpoint import Endpoint
from tests.made_runs import exported

TALK = Scenario.model_validate(
    {
        "scenario": "talk",
        "turns": {"maximum": 2},
        "speakers": {
            "bot": {"plays": "assistant", "instructions": "Ask for a donation."},
            "ada": {"plays": "user", "method": "vs", "instructions": "You are asked."},
        },
        "outcomes": {
            "gives": {"kind": "yesno", "asked": {"speaker": "ada", "question": "Do you give?"}}
        },
        "conditions": {
            "method": {each: {"speakers": {"ada": {"method": each}}} for each in ("direct", "vs")}
        },
    }
)
"""Two cells of four turns and an answer: five calls a dialogue."""
CALLS = 5


@dataclass(eq=False)
class InTask:
    """A worker that is a task; what it does when it is `killed` is lost."""

    name: str
    channel: Channel
    task: asyncio.Task[None]
    again: asyncio.Queue[None]

    def kill(self) -> None:
        self.task.cancel()

    async def ended(self) -> str:
        self.again.put_nowait(None)
        return "was killed"


@dataclass
class Tasks:
    """So many workers; one that is killed is replaced, if `replaces`."""

    count: int
    replaces: bool = True
    hired: list[InTask] = field(default_factory=list)

    def before(self) -> None:
        """Prepare what a worker finds where it is."""

    @contextlib.asynccontextmanager
    async def open(self, most: int) -> AsyncIterator[AsyncGenerator[Hired]]:
        hiring = self._hired(min(self.count, most))
        try:
            yield hiring
        finally:
            await hiring.aclose()
            await asyncio.gather(*(each.task for each in self.hired), return_exceptions=True)

    async def _hired(self, count: int) -> AsyncGenerator[Hired]:
        again: asyncio.Queue[None] = asyncio.Queue()
        for number in range(1_000):
            if number >= count:
                await again.get()
            if number >= count and not self.replaces:
                continue
            self.before()
            ours, theirs = socket.socketpair()
            try:
                channel = await SocketChannel.over(ours)
            except BaseException:
                theirs.close()
                raise
            task = asyncio.create_task(_worked(theirs))
            each = InTask(f"worker {number}", channel, task, again)
            self.hired.append(each)
            yield each


async def _worked(connected: socket.socket) -> None:
    await work(await SocketChannel.over(connected))


def played(
    path: Path, endpoint: Endpoint, n: int = 10, scenario: Scenario = TALK, **options: Any
) -> RunResult:
    """Play the talk, n times in each cell."""
    given = {"model": endpoint.spec, "concurrency": 6, "seed": 3, "processes": 1, **options}
    return asyncio.run(run(scenario, n=n, out=path, **given))


def asked(endpoint: Endpoint) -> Counter[str]:
    """Return what the endpoint was asked."""
    return Counter(
        _key(body["messages"], form and form["json_schema"]["schema"], body["seed"])
        for body in endpoint.bodies
        for form in [body.get("response_format")]
    )


def on_file(path: Path) -> Counter[str]:
    """Return the calls that a run file holds."""
    with open_run(path) as file:
        return Counter(
            _key(call.prompt, call.schema, call.seed)
            for planned, _ in file.planned()
            for call in file.calls(planned.id)
        )


def check_nothing_lost(path: Path, whole: Path, endpoint: Endpoint) -> None:
    """See to it that a run that lost a worker of two is that of one process, and paid as much."""
    assert exported(path) == exported(whole)
    assert on_file(path) <= asked(endpoint)
    twice = asked(endpoint) - on_file(path)
    # As many as are played at once: the other worker may not have begun.
    assert twice.total() <= 6, "more was paid twice than what one worker had in flight"
    with open_run(path) as file:
        assert "what it played" in file.notices()[0].told


def _key(messages: Any, schema: Any, seed: Any) -> str:
    return json.dumps([messages, schema, seed], sort_keys=True)
