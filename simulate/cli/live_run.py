"""`simulate run --view`: the run in a process of its own, and the terminal UI beside it.

The run is a child process; the UI follows its run file, as it follows any run that another process
writes. So neither can slow the other down, and there is one way of reading a run and not two. The
child's stdin is a pipe that the UI holds: when it ends, because the UI asks for it or however it
died, the run stops, resumably. Only a run that was let go on outlives its UI.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, NoReturn

import typer

from simulate.errors import InputError

LEFT_OUT = ("view", "as_json", "out")
NOTHING = (0, 0)


def run_words(context: typer.Context) -> list[str]:
    """Return the words of the command line that were given, without --view and --out."""
    words: list[str] = []
    for parameter in context.command.params:
        name = parameter.name or ""
        value: Any = context.params.get(name)
        if name in LEFT_OUT or value in (None, False, (), []):
            continue
        if parameter.param_type_name == "argument":
            words.insert(0, str(value))
        elif getattr(parameter, "is_flag", False):
            words.append(parameter.opts[0])
        elif isinstance(value, list | tuple):
            words += [f"{parameter.opts[0]}={each}" for each in value]
        else:
            words.append(f"{parameter.opts[0]}={value}")
    return words


class Child:
    """A run that goes on in a process of its own.

    Args:
        words: of `simulate run`, without --out.
        out: the run file.
    """

    def __init__(self, words: Sequence[str], out: Path) -> None:
        self.out = out
        out.parent.mkdir(parents=True, exist_ok=True)
        handle, log = tempfile.mkstemp(".log", f"{out.stem}-", out.parent)
        self.log = Path(log)
        self._log: IO[bytes] = os.fdopen(handle, "wb")
        command = [sys.executable, "-X", "utf8", "-m", "simulate", "run", "--while-stdin", *words]
        self._process = subprocess.Popen(  # noqa: S603
            [*command, f"--out={out}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=self._log,
            # Ctrl+C in the terminal is a key of the UI, not the run's end
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )

    @property
    def running(self) -> bool:
        """Whether the run goes on."""
        return self._process.poll() is None

    @property
    def number(self) -> int:
        """The process's number."""
        return self._process.pid

    def stop(self) -> None:
        """End the run so that it can be resumed."""
        self._close_stdin()

    def let_go_on(self) -> None:
        """Let the run go on when this process has ended."""
        self._close_stdin(b".")

    def _close_stdin(self, last: bytes = b"") -> None:
        with suppress(OSError, ValueError):  # the run has ended, or stdin is closed already
            assert self._process.stdin is not None  # noqa: S101  # it is a pipe
            with self._process.stdin as stdin:
                stdin.write(last)

    def wait_for_file(self) -> bool:
        """Wait until the run writes to its file; return False where it ended before.

        A run that is resumed locks its file before it knows whether it can go on with it.
        """
        from simulate.runfile.lock import is_live

        before = self._commits() if self.out.exists() else None
        while self.running:
            if self.out.exists() and (
                before is None or (is_live(self.out) and self._commits() not in (before, NOTHING))
            ):
                return True
            time.sleep(0.05)
        return False

    def _commits(self) -> tuple[int, int]:
        """Return what changes with each commit: the WAL's size in bytes and time in ns."""
        from simulate.runfile.place import beside, real_path

        try:
            found = beside(real_path(self.out), "-wal").stat()
        except FileNotFoundError:
            return NOTHING
        return (found.st_size, found.st_mtime_ns) if found.st_size else NOTHING

    def wait(self) -> int:
        """Wait for the end; return the exit code."""
        code = self._process.wait()
        self._close_stdin()
        self._log.close()
        return code

    def told(self) -> str:
        """Return what the run has said on stderr."""
        return self.log.read_text("utf-8", errors="replace") if self.log.exists() else ""

    def forget_log(self) -> None:
        """Remove what the run has said."""
        self._log.close()
        self.log.unlink(missing_ok=True)


def view_beside(context: typer.Context) -> None:
    """Run in a process of its own, and follow it on the screen.

    Raises:
        InputError: there is no terminal, or --json is given too.
        typer.Exit: with the exit code of the run.
    """
    from simulate.cli.view_app import check_terminal, follow
    from simulate.engine import new_run_path
    from simulate.scenario import load_scenario

    if context.params.get("as_json"):
        raise InputError("--view needs the screen and --json prints to it; give one of them")
    check_terminal()
    name = load_scenario(str(context.params["scenario"])).name
    out = context.params.get("out") or new_run_path(name)
    child = Child(run_words(context), Path(out))
    print(f"starting the run: {out}", file=sys.stderr)
    if not child.wait_for_file():
        _exit_with(child)
    try:
        goes_on = follow(child.out, child)
    except BaseException:
        child.stop()
        raise
    if goes_on and child.running:
        child.let_go_on()
        print(
            f"The run goes on in the background (process {child.number}).\n"
            f"Look at it again: simulate view {child.out}\nWhat it says: {child.log}",
            file=sys.stderr,
        )
        return
    child.stop()
    _exit_with(child)


def _exit_with(child: Child) -> NoReturn:
    code = child.wait()
    sys.stderr.write(child.told())
    child.forget_log()
    raise typer.Exit(code)
