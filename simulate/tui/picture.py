"""Pictures of the terminal UI, drawn on no screen at all."""

from __future__ import annotations

import asyncio
from pathlib import Path

from textual.pilot import Pilot

from simulate.errors import InputError
from simulate.files.writing import text_written_aside
from simulate.tui.app import ViewApp


async def picture(app: ViewApp, screen: str, size: tuple[int, int], suffix: str) -> str:
    """Return a picture of a screen, as SVG or as text.

    Args:
        app: that has not run yet.
        screen: one of `headless.SCREENS`.
        size: width and height in characters.
        suffix: `.svg` or `.txt`.
    """
    async with app.run_test(size=size, notifications=True) as pilot:
        await _settled(app, pilot)
        await app.go_to(screen)
        await _settled(app, pilot)
        return app.export_screenshot() if suffix == ".svg" else app.export_text()


async def _settled(app: ViewApp, pilot: Pilot[int]) -> None:
    """Wait until all queries are answered and drawn."""
    await pilot.pause()
    await asyncio.to_thread(app.queries.wait)
    await pilot.pause()
    await pilot.pause()


def write_picture(app: ViewApp, screen: str, size: tuple[int, int], out: Path) -> None:
    """Write a picture of a screen to a file.

    Raises:
        InputError: the file is neither .svg nor .txt, or cannot be written.
    """
    if out.suffix not in (".svg", ".txt"):
        raise InputError(f"--screenshot {out}: must end in .svg or .txt")
    text = asyncio.run(picture(app, screen, size, out.suffix))
    with text_written_aside(out, force=True) as file:
        file.write(text)
