"""The terminal UI on a real pseudo-terminal: ended from outside, suspended, broken; and its run."""

from __future__ import annotations

import os
import select
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.endpoint import Serve
from tests.runfile.canned import finished_run

pty = pytest.importorskip("pty", reason="no pseudo-terminals here")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:This process:DeprecationWarning"),
]

ENTERED = b"\x1b[?1049h"
LEFT = (b"\x1b[?1049l", b"\x1b[?1000l", b"\x1b[?25h")
"""The other screen, the mouse's messages and the hidden cursor are given up."""


class Terminal:
    """A command on a terminal of its own."""

    def __init__(self, folder: Path, words: list[str], program: Sequence[str]) -> None:
        self.number, self._master = pty.fork()
        if self.number == 0:
            os.chdir(folder)
            os.environ |= {"TERM": "xterm-256color", "COLUMNS": "120", "LINES": "40"}
            os.execv(sys.executable, [sys.executable, *program, *words])  # noqa: S606
        self.shown = b""

    def read(self, seconds: float) -> None:
        """Take what is shown for some time, or until there is no more."""
        deadline = time.monotonic() + seconds
        with suppress(OSError):  # how a terminal ends that nobody has open
            while (left := deadline - time.monotonic()) > 0:
                if select.select([self._master], [], [], left)[0]:
                    self.shown += os.read(self._master, 65536)

    def wait_for(self, what: bytes) -> None:
        """Wait until something is shown."""
        deadline = time.monotonic() + 60
        while what not in self.shown:
            self.read(0.1)
            assert time.monotonic() < deadline, self.shown[-2000:]

    def press(self, key: bytes) -> None:
        """Press a key."""
        os.write(self._master, key)

    def wait_until_stopped(self) -> None:
        """Wait until the process is stopped, as a shell does."""
        deadline = time.monotonic() + 60
        while not os.WIFSTOPPED(os.waitpid(self.number, os.WUNTRACED | os.WNOHANG)[1]):
            self.read(0.1)
            assert time.monotonic() < deadline, self.shown[-2000:]

    def close(self) -> None:
        """Close the window."""
        os.close(self._master)
        self._master = -1

    def exit_code(self) -> int:
        """Wait for the end."""
        deadline = time.monotonic() + 60
        while True:
            if self._master >= 0:
                self.read(0.05)
            ended, status = os.waitpid(self.number, os.WNOHANG)
            if ended:
                return os.waitstatus_to_exitcode(status)
            assert time.monotonic() < deadline
            time.sleep(0.02)


@contextmanager
def terminal(
    folder: Path, words: list[str], program: Sequence[str] = ("-m", "simulate")
) -> Iterator[Terminal]:
    """Start a command on a terminal; whatever is left of it is killed."""
    shown = Terminal(folder, words, program)
    try:
        yield shown
    finally:
        with suppress(OSError):
            os.kill(shown.number, signal.SIGKILL)
            os.waitpid(shown.number, 0)
        with suppress(OSError):
            shown.close()


@pytest.mark.parametrize("how", ["closed", "SIGHUP", "SIGTERM", "SIGKILL"])
def test_a_run_ends_with_its_screen_and_the_terminal_is_as_it_was(
    tmp_path: Path, serve: Serve, how: str
) -> None:
    endpoint = serve(delay_s=0.05)
    words = ["run", "donation", "--model", endpoint.spec, "-n", "50", "--concurrency", "1"]
    with terminal(tmp_path, [*words, "--out", "a.db", "--view"]) as screen:
        deadline = time.monotonic() + 60
        while ENTERED not in screen.shown or len(endpoint.bodies) < 10:
            screen.read(0.1)
            assert time.monotonic() < deadline
        if how == "closed":
            screen.close()
        else:
            os.kill(screen.number, signal.Signals[how])
        assert screen.exit_code() == (-signal.SIGKILL if how == "SIGKILL" else 130)
    assert all(sequence in screen.shown for sequence in LEFT) is (how in ("SIGHUP", "SIGTERM"))
    calls = -1
    while calls < len(endpoint.bodies):  # it has some seconds to end
        calls = len(endpoint.bodies)
        assert calls < 1000
        time.sleep(2.0)


@contextmanager
def viewing(folder: Path, *program: str) -> Iterator[Terminal]:
    """Look at a finished run on a terminal."""
    finished_run(folder)
    with terminal(folder, ["view", "a.db"], program or ("-m", "simulate")) as screen:
        screen.wait_for(ENTERED)
        yield screen


@pytest.mark.parametrize("how", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_a_signal_ends_the_view_of_a_finished_run(tmp_path: Path, how: str) -> None:
    with viewing(tmp_path) as screen:
        os.kill(screen.number, signal.Signals[how])
        assert screen.exit_code() == 130, screen.shown[-2000:]
    assert all(sequence in screen.shown for sequence in LEFT)


BREAKS = """
from simulate.cli import main
from simulate.tui.screens.browse import Browse
def broken(*_): raise ZeroDivisionError("of ours")
Browse.action_sort_next = broken
main()
"""


def test_a_fault_of_ours_leaves_the_terminal_as_it_was_and_is_one_line(tmp_path: Path) -> None:
    with viewing(tmp_path, "-c", BREAKS) as screen:
        screen.wait_for(b"Quit")
        screen.press(b"s")
        assert screen.exit_code() == 2
    assert all(sequence in screen.shown for sequence in LEFT)
    last = screen.shown.split(LEFT[0])[-1]
    assert b"the view broke: " in last
    assert b"Traceback" not in last


def test_ctrl_z_gives_the_terminal_back_and_fg_draws_the_whole_screen_again(
    tmp_path: Path,
) -> None:
    with viewing(tmp_path) as screen:
        screen.wait_for(b"Quit")
        screen.press(b"\x1a")
        screen.wait_until_stopped()
        assert all(sequence in screen.shown for sequence in LEFT)
        screen.shown = b""
        os.kill(screen.number, signal.SIGCONT)
        screen.wait_for(ENTERED)
        screen.wait_for(b"Quit")
        screen.press(b"q")
        assert screen.exit_code() == 0
