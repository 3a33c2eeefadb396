"""Dialogues a second of several processes over one, and the CPU time that they take.

    uv run python -m benchmarks processes

- *scripted*: a model with canned answers in each process, so that all time is the engine's;
  dialogues a second of two processes over one.
- *over HTTP*: a server in a process of its own answers at once; CPU time a dialogue of the driver
  and its two workers over that of one process.
- *driver*: turns a CPU second that one driver reads from its workers and commits, whatever plays
  them: what bounds how many processes one run file bears.

What it takes to start a worker is left out: each rate is taken from the moment at which a tenth of
the dialogues has ended, and CPU times are those between a large run and a small one. It is told
beside them.
"""

from __future__ import annotations

import asyncio
import json
import pickle
import resource
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import simulate
from benchmarks.answers import ANSWERS
from benchmarks.figure import Figure
from benchmarks.server import endpoint
from simulate.engine.events import DialogueEnded, Event
from simulate.engine.workers.channel import packed
from simulate.engine.workers.messages import Commit
from simulate.runfile import Header, RunWriter
from simulate.runfile.statements import Statements

AT_ONCE = 512
"""Dialogues at once: 256 for each of two processes, from which on the second one pays."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One run.

    Attributes:
        dialogues: how many it had.
        per_s: dialogues a second, once a tenth of them had ended.
        cpu_s: CPU seconds of this process and of its workers.
        own_cpu_s: of this process alone.
        seconds: how long it took in all.
    """

    dialogues: int
    per_s: float
    cpu_s: float
    own_cpu_s: float
    seconds: float


def _cpu(who: int) -> float:
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def measured(model: str, n: int, processes: int, folder: Path) -> Measured:
    """Run `donation`, one cell of it, and return what it took."""
    ended: list[float] = []

    def listener(event: Event) -> None:
        if isinstance(event, DialogueEnded):
            ended.append(time.perf_counter())

    before = _cpu(resource.RUSAGE_SELF), _cpu(resource.RUSAGE_CHILDREN)
    result = simulate.run_sync(
        "donation",
        n=n,
        methods=["vs"],
        model=model,
        out=folder / f"{time.monotonic_ns()}.db",
        concurrency=AT_ONCE,
        processes=processes,
        listener=listener,
    )
    assert result.completed == n, result
    own = _cpu(resource.RUSAGE_SELF) - before[0]
    theirs = _cpu(resource.RUSAGE_CHILDREN) - before[1]
    first = n // 10
    rate = (n - first - 1) / (ended[-1] - ended[first])
    return Measured(n, rate, own + theirs, own, result.seconds)


def per_dialogue(large: Measured, small: Measured) -> float:
    """Return the CPU seconds of one dialogue more."""
    return (large.cpu_s - small.cpu_s) / (large.dialogues - small.dialogues)


def scripted(folder: Path, n: int) -> Iterator[Figure]:
    """Measure with canned answers."""
    answers = folder / "answers.json"
    answers.write_text(json.dumps(ANSWERS))
    model = f"scripted:{answers}"
    measured(model, 20, 1, folder)
    pairs = [[measured(model, n, p, folder) for p in (1, 2)] for _ in range(2)]
    one, two = pairs[-1]
    yield Figure(
        "2 processes over 1, canned answers: dialogues/s",
        median(more.per_s / alone.per_s for alone, more in pairs),
        "×",
        1.7,
        "at least",
        f"{one.per_s:.0f} a second in one process; begun after a tenth had ended: a run of "
        f"{n} takes {one.seconds:.1f} s and {two.seconds:.1f} s in all",
    )
    small = [measured(model, n // 10, p, folder) for p in (1, 2)]
    alone, more = (per_dialogue(*each) for each in zip((one, two), small, strict=True))
    yield Figure("the same: CPU a dialogue", more / alone, "×")


def over_http(folder: Path, n: int) -> Iterator[Figure]:
    """Measure against a server that answers at once."""
    with endpoint() as url:
        model = f"mock@{url}"
        measured(model, 20, 1, folder)
        rounds = []
        for _ in range(2):
            runs = [[measured(model, k, p, folder) for k in (n, n // 10)] for p in (1, 2)]
            rounds.append([per_dialogue(*each) for each in runs])
    yield Figure(
        "2 processes over 1, over HTTP: CPU a dialogue",
        median(more / one for one, more in rounds),
        "×",
        1.1,
        note="driver and workers; what starting them takes is left out",
    )


def of_driver(folder: Path, n: int) -> Iterator[Figure]:
    """Measure how many turns a second one driver takes on, whatever plays them."""
    source = folder / "source.db"
    answers = f"scripted:{folder / 'answers.json'}"
    simulate.run_sync("donation", n=n, methods=["vs"], model=answers, out=source, processes=1)
    statements, messages = Statements(), []
    with simulate.open_run(source) as file:
        dialogues = [planned for planned, _ in file.planned()]
        cells = [(cell.index, cell.label, cell.levels) for cell in file.cells]
        people = [(p.id, p.attributes, p.prose) for p in file.personas.values()]
        header = Header(file.meta, cells, people, dialogues)
        begun = [each for d in dialogues for each in statements.start(d.id, {}, {})]
        turns = 0
        for dialogue in file.read():
            calls = {call.turn: call for call in file.calls(dialogue.id)}
            made = [
                Commit(i, statements.turn(dialogue.id, turn, [calls[turn.index]]))
                for i, turn in enumerate(dialogue.turns)
            ]
            turns += len(made)
            messages.append(packed(made))

    async def write() -> float:
        writer = RunWriter.create(folder / "written.db", header)
        await writer.commit(begun)
        waiting = []
        started = time.process_time()
        for message in messages:
            commits = pickle.loads(message)  # noqa: S301  # our own
            together = [statement for commit in commits for statement in commit.statements]
            waiting.append(asyncio.create_task(writer.commit(together)))
            await asyncio.sleep(0)
        await asyncio.gather(*waiting)
        seconds = time.process_time() - started
        await writer.aclose()
        return seconds

    yield Figure(
        "one driver: turns that it reads and commits",
        turns / asyncio.run(write()),
        "a CPU second",
        note="bounds how many processes one run file bears",
    )


def figures(n: int = 3000) -> Iterator[Figure]:
    """Measure."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        yield from scripted(folder, n)
        yield from over_http(folder, 2 * n // 5)
        yield from of_driver(folder, n // 30)
