"""The terminal UI on this terminal: begun, ended by signals, followed beside a run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from simulate.cli.exit_codes import EXIT_INTERRUPTED

if TYPE_CHECKING:
    from simulate.tui.app import RunBeside, ViewApp

SECONDS_TO_LEAVE = 2.0
"""How long the screen may take to leave the terminal as it was, once a signal has asked for it."""


def follow(path: Path, run: RunBeside) -> bool:
    """Open a run that was begun with the screen, and follow it.

    Returns:
        Whether it is to go on without the screen.

    Raises:
        InputError: the settings cannot be read.
        SimulateError: the application broke.
    """
    from simulate.tui.app import ViewApp
    from simulate.tui.user_settings import read_settings, settings_path

    settings = read_settings(settings_path())
    app = ViewApp(path.parent, path, first_screen="live", settings=settings, beside=run)
    run_app(app)
    return app.let_go_on


def run_app(app: ViewApp) -> bool:
    """Run the application on the terminal; a signal ends it, and leaves the terminal as it was.

    Returns:
        Whether a signal has ended it.

    Raises:
        SimulateError: it broke.
    """
    import asyncio
    import os
    import threading

    from simulate.cli.stop_signals import on_stop_signal
    from simulate.errors import SimulateError, own_fault

    # A terminal that is gone may block who writes to it.
    at_latest = threading.Timer(SECONDS_TO_LEAVE, os._exit, (EXIT_INTERRUPTED,))
    at_latest.daemon = True

    def leave() -> None:
        if not at_latest.is_alive():
            at_latest.start()
        try:
            asyncio.get_running_loop().call_soon_threadsafe(app.exit)
        except RuntimeError:  # it does not run yet, or no more
            raise KeyboardInterrupt from None

    with on_stop_signal(leave):
        app.run()
    signalled = at_latest.is_alive()
    at_latest.cancel()
    if app.fault is not None and not signalled:
        raise SimulateError(
            f"the view broke: {own_fault(app.fault)}. The run file is unharmed"
        ) from app.fault
    return signalled


def check_terminal() -> None:
    """Make sure that there is a terminal to draw on.

    Raises:
        InputError: there is none.
    """
    import os

    from simulate.errors import InputError

    if os.environ.get("TEXTUAL_DRIVER"):  # a browser is the terminal
        return
    if os.environ.get("TERM") == "dumb" or not all(map(os.isatty, (0, 1, 2))):
        raise InputError(
            "simulate view needs a terminal, and this is none; elsewhere use --json, "
            "--markdown, or --screenshot FILE.svg"
        )
