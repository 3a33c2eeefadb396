"""Drive the application in tests, without a terminal and without the clock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec

from textual.pilot import Pilot

from simulate.tui.app import ViewApp

P = ParamSpec("P")
NAMES = {
    " ": "space",
    "/": "slash",
    ":": "colon",
    ".": "full_stop",
    ",": "comma",
    "?": "question_mark",
    ">": "greater_than_sign",
    "<": "less_than_sign",
    "=": "equals_sign",
    '"': "quotation_mark",
    "-": "minus",
}


def in_loop(test: Callable[P, Awaitable[None]]) -> Callable[P, None]:
    """Run an asynchronous test on an event loop of its own."""

    @wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        async def whole() -> None:
            await test(*args, **kwargs)

        asyncio.run(whole())

    return run


class Driver:
    """The application under test."""

    def __init__(self, app: ViewApp, pilot: Pilot[int]) -> None:
        self.app = app
        self.pilot = pilot

    async def settle(self) -> None:
        """Wait until every message is handled and every question is answered."""
        await self.pilot.pause()
        while self.app.queries.busy:
            await asyncio.to_thread(self.app.queries.wait)
            await self.pilot.pause()
        await self.pilot.pause()

    async def look(self) -> None:
        """See what is new in the run."""
        self.app.look_now()
        await self.settle()

    async def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            await self.pilot.press(NAMES.get(key, key))
            await self.settle()

    async def type(self, text: str) -> None:
        """Type a text."""
        for character in text:
            await self.pilot.press(NAMES.get(character, character))
        await self.settle()

    def text(self) -> str:
        """Return the screen as plain text."""
        return self.app.export_text()

    @property
    def said(self) -> list[str]:
        """What was said in the corner of the screen."""
        return [n.message for n in self.app._notifications]

    def title(self, selector: str) -> str:
        """Return the title of a pane."""
        return str(self.app.screen.query_one(selector)._border_title)


@asynccontextmanager
async def driven(
    run: Path | None,
    *,
    size: tuple[int, int] = (160, 40),
    folder: Path | None = None,
    **settings: Any,
) -> AsyncIterator[Driver]:
    """Open the application on a run and drive it."""
    place = folder or (run.parent if run is not None else Path())
    app = ViewApp(place, run, follows=False, **settings)
    async with app.run_test(size=size, notifications=True) as pilot:
        driver = Driver(app, pilot)
        await driver.settle()
        yield driver
