"""Open the terminal UI: on a terminal, in a browser, or on no screen at all for a picture."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from simulate.errors import InputError, quote

if TYPE_CHECKING:
    from simulate.tui.app import ViewApp

__all__ = ["check_terminal", "picture", "read_size", "write_picture"]

SMALLEST, LARGEST = (20, 6), (500, 300)


def check_terminal() -> None:
    """Make sure that there is a terminal to draw on.

    Raises:
        InputError: there is none.
    """
    if os.environ.get("TEXTUAL_DRIVER"):  # a browser is the terminal
        return
    if not (sys.stdin.isatty() and sys.stdout.isatty()) or os.environ.get("TERM") == "dumb":
        raise InputError(
            "simulate view needs a terminal, and this is none; elsewhere use --json, "
            "--markdown, or --screenshot FILE.svg"
        )


def read_size(text: str) -> tuple[int, int]:
    """Read `WIDTHxHEIGHT` in characters.

    Raises:
        InputError: it is not that, or out of range.
    """
    width, x, height = text.lower().partition("x")
    if not (x and width.isdecimal() and height.isdecimal()):
        raise InputError(f"--size {quote(text, 40)}: write WIDTHxHEIGHT, like 120x40")
    size = (int(width), int(height))
    if not all(low <= n <= high for low, n, high in zip(SMALLEST, size, LARGEST, strict=True)):
        raise InputError(
            f"--size {text}: must lie between {SMALLEST[0]}x{SMALLEST[1]} and "
            f"{LARGEST[0]}x{LARGEST[1]}"
        )
    return size


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


async def _settled(app: ViewApp, pilot: object) -> None:
    """Wait until all questions are answered and drawn."""
    from textual.pilot import Pilot

    assert isinstance(pilot, Pilot)  # noqa: S101
    await pilot.pause()
    await asyncio.to_thread(app.asking.wait)
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
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{out}: cannot be written: {error.strerror}") from None
