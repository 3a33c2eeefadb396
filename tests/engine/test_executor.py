"""The seam for who plays dialogues, and a writer that several event loops write to."""

import asyncio
import threading
from pathlib import Path

import pytest

from simulate.engine.executor import LocalLoop, Stopped
from simulate.engine.run_context import Work
from simulate.errors import BudgetReachedError, EndpointError
from simulate.population import Persona
from simulate.runfile import Header, PlannedDialogue, RunWriter, Turn, open_run
from simulate.scenario import Scenario

SCENARIO = Scenario.model_validate(
    {"scenario": "s", "speakers": {"bot": {"plays": "assistant"}, "ada": {"plays": "user"}}}
)
PLANNED = [PlannedDialogue(i, f"k{i}", 0, "p", i) for i in range(20)]
WORK = [Work(d, SCENARIO.cells()[0], Persona("p")) for d in PLANNED]


def test_all_work_is_played_and_no_more_than_allowed_at_once() -> None:
    now, most, seen = 0, 0, []

    async def play(work: Work) -> None:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0)
        seen.append(work.planned.id)
        now -= 1

    assert asyncio.run(LocalLoop(3).execute(WORK, play, None)) is None
    assert (sorted(seen), most) == (list(range(20)), 3)


def test_a_budget_that_is_reached_stops_with_its_reason() -> None:
    async def play(work: Work) -> None:
        if work.planned.id == 5:
            raise BudgetReachedError("the budget is reached")

    stopped = asyncio.run(LocalLoop(1).execute(WORK, play, None))
    assert stopped == Stopped("the budget is reached")


def test_what_ends_the_run_is_raised_and_nobody_plays_on() -> None:
    seen: list[int] = []

    async def play(work: Work) -> None:
        seen.append(work.planned.id)
        if work.planned.id == 2:
            raise EndpointError("gone")
        await asyncio.sleep(60)

    with pytest.raises(EndpointError, match="gone"):
        asyncio.run(LocalLoop(3).execute(WORK, play, None))
    assert seen == [0, 1, 2]


def test_told_to_stop_it_stops() -> None:
    async def whole() -> Stopped | None:
        stop = asyncio.Event()

        async def play(work: Work) -> None:
            stop.set()
            await asyncio.sleep(60)

        return await LocalLoop(2).execute(WORK, play, stop)

    assert asyncio.run(whole()) == Stopped()


def test_a_run_file_can_be_written_to_from_several_event_loops(tmp_path: Path) -> None:
    meta = {"run": "r", "scenario": SCENARIO.model_dump(mode="json"), "seed": 0}
    header = Header(meta, [(0, "all", {})], [("p", {}, "")], PLANNED)
    writer = RunWriter.create(tmp_path / "a.db", header)

    async def write(dialogues: list[PlannedDialogue]) -> None:
        for d in dialogues:
            await writer.start(d.id, {"bot": "Be kind."})
            await writer.turn(d.id, Turn(0, "bot", f"Hello {d.id}."))
            await writer.complete(d.id)

    threads = [
        threading.Thread(target=lambda part=part: asyncio.run(write(part)))
        for part in (PLANNED[:10], PLANNED[10:])
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    asyncio.run(writer.aclose())
    with open_run(tmp_path / "a.db") as file:
        said = [d.turns[0].text for d in file.read()]
    assert said == [f"Hello {i}." for i in range(20)]
