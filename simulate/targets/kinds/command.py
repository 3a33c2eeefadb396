"""Targets that are subprocesses and speak JSON lines, one a session."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shlex
import shutil
import signal
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from simulate.errors import (
    TargetError,
    TargetReplyError,
    TargetSpecError,
    TargetUnreachableError,
    quote,
)
from simulate.targets import process_tree
from simulate.targets.answers import json_of, read_plain
from simulate.targets.config import Opening, TargetBase
from simulate.targets.inbox import Closed, Inbox
from simulate.targets.process_tree import GRACE_S
from simulate.targets.redaction import Label
from simulate.targets.session import OpenSession, OpenTarget
from simulate.targets.target import Said, Target, ToolCall
from simulate.targets.turn_buffer import Heard

LONGEST_LINE = 2**20
"""Bytes."""
KEPT_OF_STDERR = 4_000
"""Bytes."""
ALWAYS_SEEN = ("PATH", "HOME", "LANG", "SYSTEMROOT")

VariableName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


class CommandTarget(TargetBase):
    """A subprocess that speaks JSON lines on its standard input and output, one a session.

    It is sent `{"message": …, "session": …}` and answers one line `{"messages": […],
    "tool_calls": […], "ends": …}` (or `{"reply": …}`, or a bare JSON string), of at most 1 MiB.
    Where a scenario answers its tool calls, it is sent `{"tool_results": […], "session": …}` then,
    each call with `result` or `error`, and answers one line again.
    """

    schemes = ("command",)
    form = "command:PROGRAM ARGUMENT…"

    kind: Literal["command"]
    """Which sort of target it is."""
    command: Annotated[list[str], Field(min_length=1)]
    """Program and arguments; no shell."""
    environment: list[VariableName] = []
    """Names of environment variables that it sees, beside `ALWAYS_SEEN`."""
    greeting: bool = False
    """Whether it writes a line before it is sent anything."""
    state: bool = False
    """Whether it answers `{"state": true, "session": …}` with its state."""

    @classmethod
    def fields_of(cls, spec: str) -> dict[str, Any]:
        try:
            return {"command": split_command(spec.partition(":")[2])}
        except ValueError as error:
            raise ValueError(f"not a command line: {error}") from None

    def spec(self) -> str:
        """Return the program and its script, without arguments.

        An argument may be a secret; a file that is there is none.
        """
        command = self.command
        name = Path(command[0]).name
        if len(command) > 1 and Path(command[1]).is_file():
            name += f" {Path(command[1]).name}"
            command = command[1:]
        return f"command:{name}" + (" …" if len(command) > 1 else "")

    def variables(self) -> frozenset[str]:
        return frozenset(self.environment)

    def open(self, opening: Opening) -> Target:
        return OpenCommandTarget(self, self.looked_up(opening.environment)[1], opening.environment)


def split_command(line: str, *, windows: bool = os.name == "nt") -> list[str]:
    r"""Split a command line into a program and its arguments.

    Args:
        line: the command line.
        windows: whether a backslash is part of a path, as in `C:\bots\bot.exe`, and only double
            quotes hold words together; else the rules are those of a POSIX shell.

    Raises:
        ValueError: a quotation has no end.
    """
    if not windows:
        return shlex.split(line)
    words = shlex.shlex(line, posix=True, punctuation_chars=False)
    words.whitespace_split = True
    words.commenters = words.escape = ""
    words.quotes = '"'
    return list(words)


class OpenCommandTarget(OpenTarget):
    """A program that is started once a session.

    Raises:
        TargetSpecError: there is no such program.
    """

    config: CommandTarget
    open_files = 4  # three pipes, and what waits for its end

    def __init__(self, config: CommandTarget, label: Label, environment: Mapping[str, str]) -> None:
        super().__init__(config, label)
        seen = (*ALWAYS_SEEN, *config.environment)
        self.environment = {name: environment[name] for name in seen if name in environment}
        if shutil.which(config.command[0], path=environment.get("PATH")) is None:
            raise TargetSpecError(
                f"target {label.name}: there is no program {quote(config.command[0])} on PATH or "
                "at this place that may be run"
            )

    def _session(self, session: str, instructions: str, history: list[Said]) -> OpenSession:
        return _CommandSession(self, session, history)


class _CommandSession(OpenSession):
    """One conversation with one process."""

    stops_after_error = True

    def __init__(self, target: OpenCommandTarget, id: str, said: list[Said]) -> None:
        super().__init__(target, id, said)
        self._config = target.config
        self._environment = target.environment
        self._process: asyncio.subprocess.Process | None = None
        self._inbox = Inbox()
        self._stderr = b""
        self._readers: list[asyncio.Task[None]] = []

    async def set_up(self, heard: Heard) -> None:
        """Start the process."""
        try:
            self._process = await process_tree.start(
                self._config.command, self._environment, LONGEST_LINE
            )
        except (OSError, ValueError) as error:
            raise self.label.error(
                TargetUnreachableError, f"cannot be started: {quote(str(error))}"
            ) from None
        self._readers = [
            asyncio.create_task(self._read_lines(self._process)),
            asyncio.create_task(self._read_stderr(self._process)),
        ]

    async def _read_lines(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None  # noqa: S101  # it is a pipe
        try:
            while line := await process.stdout.readline():
                if line.strip() and not self._inbox.put(line.decode("utf-8", "replace")):
                    break
        except ValueError:
            self._inbox.close(
                Closed(f"writes a line longer than {LONGEST_LINE:,} bytes", proper=False)
            )
        self._inbox.close(Closed("ends its output", proper=True))
        while await process.stdout.read(2**16):
            pass  # a full pipe would keep the process, and who waits for it, from ending

    async def _read_stderr(self, process: asyncio.subprocess.Process) -> None:
        """Keep the end of what it writes there; unread, it would block the process."""
        assert process.stderr is not None  # noqa: S101  # it is a pipe
        while chunk := await process.stderr.read(2**16):
            self._stderr = (self._stderr + chunk)[-KEPT_OF_STDERR:]

    async def _hear(self, message: str | None, heard: Heard) -> None:
        if message is None:
            if not self._config.greeting:
                raise self._speaks_not_first("set greeting: true in the target file if it does")
            await self._heard_line(heard)
        else:
            await self._asked({"message": message, "session": self.id}, heard)

    async def _asked(self, data: Mapping[str, Any], heard: Heard) -> None:
        self._expect_nothing()
        heard.sent = time.perf_counter()
        await self._write(data)
        await self._heard_line(heard)

    async def _heard_line(self, heard: Heard) -> None:
        line = await self._line("before it answered")
        heard.ended = time.perf_counter()
        read_plain(json_of(line, self.label, "a line of it", self._stderr_end()), heard, "a line")

    @property
    def takes_results(self) -> bool:
        return True

    async def _hear_after(self, calls: Sequence[ToolCall], heard: Heard) -> None:
        results = [call.to_dict() for call in calls]
        await self._asked({"tool_results": results, "session": self.id}, heard)

    async def _state(self, heard: Heard) -> Any:
        if not self._config.state:
            return None
        self._expect_nothing()
        await self._write({"state": True, "session": self.id})
        return json_of(await self._line("instead of saying its state"), self.label, "the state")

    def _expect_nothing(self) -> None:
        """Refuse a line that nobody asked for: all later answers would be shifted by one."""
        if waiting := self._inbox.waiting():
            self._stopped = True
            raise self.label.error(
                TargetReplyError,
                f"writes a line unasked: {self.label.quoted(waiting[0])}; it writes one line for "
                "each message, and one before only with greeting: true",
            )

    async def _write(self, data: Mapping[str, Any]) -> None:
        assert self._process is not None  # noqa: S101  # it is set up
        assert self._process.stdin is not None  # noqa: S101  # it is a pipe
        line = json.dumps(data, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
        try:
            self._process.stdin.write(line)
            await self._process.stdin.drain()
        except (ConnectionError, RuntimeError):
            closed = Closed("closes its input", proper=True)
            raise await self._ended(closed, "before it was sent all") from None

    async def _line(self, when: str) -> str:
        assert self._process is not None  # noqa: S101  # it is set up
        came: str | Closed | None = None
        exited = False
        while came is None:
            try:
                async with asyncio.timeout(GRACE_S):
                    came = await self._inbox.get()
            except TimeoutError:
                # What it has started may hold its output open, and does not answer for it.
                if exited:
                    came = Closed("ends", proper=True)
                exited = self._process.returncode is not None
        if isinstance(came, Closed):
            raise await self._ended(came, when)
        return came

    async def _ended(self, closed: Closed, when: str) -> TargetError:
        """Say how the process ended, if it did."""
        assert self._process is not None  # noqa: S101  # it is set up
        why = closed.why
        if not closed.proper:
            return self.label.error(TargetReplyError, f"{why} {when}{self._stderr_end()}")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GRACE_S):
                await self._process.wait()
                await asyncio.wait(self._readers)
        code = self._process.returncode
        if code is not None and code < 0:
            why = f"was ended by {signal.Signals(-code).name}"
        elif code is not None:
            why = f"exits with code {code}"
        return self.label.error(TargetReplyError, f"{why} {when}{self._stderr_end()}")

    def _stderr_end(self) -> str:
        text = self._stderr.decode("utf-8", "replace").strip()
        return f"; its standard error ends: {self.label.quoted_end(text)}" if text else ""

    def _about_timeout(self) -> str:
        return self._stderr_end()

    async def _tear_down(self, heard: Heard) -> None:
        if self._process is None:
            return
        try:
            await process_tree.end(self._process)
            await asyncio.wait(self._readers, timeout=GRACE_S)  # to the end, which closes the pipes
        finally:
            for reader in self._readers:
                reader.cancel()
            process_tree.close_pipes(self._process)


TARGET = CommandTarget
