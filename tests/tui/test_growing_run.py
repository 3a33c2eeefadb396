"""Every page and key on a run that is being played meanwhile, looked at as often as can be."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.binding import Binding
from textual.pilot import Pilot

from simulate.engine import run
from simulate.models import ChatReply, ChatRequest, ScriptedModel
from simulate.population import load_population
from simulate.tui import app, bindings, run_app
from tests.runfile.small_run import HERE, answer, small_scenario
from tests.tui.drive import in_loop


class _Slow(ScriptedModel):
    """Takes some time over each answer, as models do."""

    async def complete(self, request: ChatRequest) -> ChatReply:
        await asyncio.sleep(0.01)
        return await super().complete(request)


@pytest.fixture
def growing_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Play a run until the test ends; whoever follows it looks at it without a rest."""
    monkeypatch.chdir(tmp_path)  # for what keys export
    monkeypatch.setattr(app, "FOLLOW_S", 0.05)
    monkeypatch.setattr(run_app, "PATIENCE", 0)
    path, stop, begun = tmp_path / "growing.db", asyncio.Event(), threading.Event()
    loops: list[asyncio.AbstractEventLoop] = []

    async def play() -> None:
        loops.append(asyncio.get_running_loop())
        people = load_population(HERE / "population.yaml")
        await run(
            small_scenario(),
            n=2000,
            model=_Slow(answer),
            population=people,
            seed=7,
            out=path,
            concurrency=2,
            stop=stop,
            listener=lambda event: begun.set(),
        )

    writer = threading.Thread(target=lambda: asyncio.run(play()))
    writer.start()
    try:
        assert begun.wait(60)
        yield path
    finally:
        loops[0].call_soon_threadsafe(stop.set)
        writer.join()


@asynccontextmanager
async def following(run: Path) -> AsyncIterator[tuple[app.ViewApp, Pilot[int]]]:
    """Follow a run as it grows."""
    view = app.ViewApp(run.parent, run)
    async with view.run_test(size=(120, 36), notifications=True) as pilot:
        yield view, pilot


async def news(view: app.ViewApp) -> None:
    """Wait until the application has seen that the run has grown."""
    seen = view.epoch
    while view.epoch == seen and view.fault is None:  # noqa: ASYNC110  # it tells nobody but its pages
        await asyncio.sleep(0.002)


def keys_of(page: str) -> list[str]:
    """Return the keys of a page; of the first also those of the whole application.

    But for those that leave it.
    """
    found = [*bindings.OF_PAGE.get(page, bindings.ANALYSIS)]
    if page == "browse":
        found += bindings.APP
    named = [binding for binding in found if isinstance(binding, Binding)]
    keys = [key for b in named for key in b.key.split(",") if b.action != "quit"]
    return [*keys, "up", "down", "enter", "tab"]


@in_loop
async def test_each_page_is_opened_and_left_while_the_run_is_written(growing_run: Path) -> None:
    async with following(growing_run) as (view, pilot):
        for key in (*(key for key, _ in bindings.PAGES.values()), "1", "f1", "escape"):
            view.simulate_key(key)
            await asyncio.sleep(0.2)
        await pilot.pause()
        await news(view)
        assert view.going_on


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("page", [*bindings.OF_PAGE, "answer"])
@in_loop
async def test_every_key_of_a_page_can_be_pressed_while_the_run_is_written(
    growing_run: Path, page: str
) -> None:
    async with following(growing_run) as (view, pilot):
        for key in keys_of(page):
            for each in (bindings.PAGES[page][0], key, "escape", "escape"):
                view.simulate_key(each)
                await asyncio.sleep(0.02)
        await pilot.press("1")
        view.following = True  # some of the keys pause
        await news(view)
        assert view.going_on
