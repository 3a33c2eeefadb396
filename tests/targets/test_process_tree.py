"""A program is ended with all that it started, whatever ends its session."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simulate.errors import TargetReplyError
from simulate.targets import Session, Target, process_tree
from tests.targets.talking import finding, in_session, with_target

PROGRAM = str(Path(__file__).with_name("bot_program.py"))
TASKKILL = f"""#!{sys.executable}
import os, signal, sys
def kill(pid):
    for other in filter(str.isdigit, os.listdir("/proc")):
        try:
            parent = int(open(f"/proc/{{other}}/stat").read().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if parent == pid:
            kill(int(other))
    os.kill(pid, signal.SIGKILL)
assert sys.argv[1:4] == ["/T", "/F", "/PID"]
kill(int(sys.argv[4]))
"""
"""Does what the program of Windows does: ends a process and its children."""


class Heartbeat:
    """Takes the heartbeat of one process."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._listening.settimeout(15)
        self.port = self._listening.getsockname()[1]
        self._taken: socket.socket | None = None

    def begins(self) -> None:
        """Wait for its first beat."""
        self._taken, _ = self._listening.accept()
        self._taken.settimeout(5)
        assert self._taken.recv(1)

    def ends(self) -> None:
        """Wait for the end of the process that sends it."""
        assert self._taken is not None
        try:
            while self._taken.recv(2**16):
                pass
        except ConnectionResetError:
            pass

    def close(self) -> None:
        for each in (self._taken, self._listening):
            if each is not None:
                each.close()


@pytest.fixture
def heartbeat() -> Iterator[Heartbeat]:
    made = Heartbeat()
    yield made
    made.close()


def bot(*arguments: str, **fields: Any) -> dict[str, Any]:
    return {"command": [sys.executable, PROGRAM, *arguments], **fields}


@pytest.mark.parametrize("program", [(), ("stubborn",)])
@pytest.mark.parametrize("child", ["", "stubborn"])
def test_the_end_of_a_session_ends_what_the_program_has_started(
    heartbeat: Heartbeat,
    monkeypatch: pytest.MonkeyPatch,
    program: tuple[str, ...],
    child: str,
) -> None:
    monkeypatch.setattr(process_tree, "TERMINATING_S", 0.2)

    async def talk(session: Session) -> None:
        await session.reply(f"child {heartbeat.port} {child}")
        await asyncio.to_thread(heartbeat.begins)

    in_session(talk, "command", **bot(*program))
    heartbeat.ends()


def test_a_turn_that_fails_ends_what_the_program_has_started(heartbeat: Heartbeat) -> None:
    finding(TargetReplyError, "command", f"child {heartbeat.port} garbage", **bot())
    heartbeat.begins()
    heartbeat.ends()


def test_a_program_that_exits_holds_nobody_though_its_child_holds_its_output(
    heartbeat: Heartbeat,
) -> None:
    told = finding(TargetReplyError, "command", f"child {heartbeat.port} exit", **bot())
    assert "exits with code 3 before it answered" in told
    heartbeat.begins()
    heartbeat.ends()


def test_a_session_that_is_cancelled_ends_what_the_program_has_started(
    heartbeat: Heartbeat,
) -> None:
    async def cancelled(target: Target) -> None:
        session = await target.open("one")
        talking = asyncio.create_task(session.reply(f"child {heartbeat.port} hang"))
        await asyncio.to_thread(heartbeat.begins)
        talking.cancel()
        await asyncio.wait([talking])
        assert talking.cancelled()
        closing = asyncio.create_task(session.aclose())
        await asyncio.sleep(0)
        closing.cancel()
        await asyncio.wait([closing])
        program: Any = session
        await asyncio.wait_for(program._process.wait(), 20)  # it is killed, and not waited for

    with_target(cancelled, "command", **bot())
    heartbeat.ends()


def test_a_child_that_made_itself_independent_and_holds_the_output_holds_nobody(
    heartbeat: Heartbeat,
) -> None:
    async def talk(session: Session) -> None:
        await session.reply(f"child {heartbeat.port} apart")
        await asyncio.to_thread(heartbeat.begins)
        await session.aclose()  # which would last as long as the child does

    in_session(talk, "command", **bot())


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds children in /proc")
def test_where_there_are_no_process_groups_taskkill_ends_the_children_too(
    heartbeat: Heartbeat, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("killpg", "setsid"):
        monkeypatch.delattr(os, name)
    monkeypatch.setattr(process_tree, "TERMINATING_S", 0.2)
    monkeypatch.setenv("SYSTEMROOT", str(tmp_path))
    (tmp_path / "System32").mkdir()
    taskkill = tmp_path / "System32" / "taskkill.exe"
    taskkill.write_text(TASKKILL)
    taskkill.chmod(0o700)

    async def talk(session: Session) -> None:
        await session.reply(f"child {heartbeat.port} stubborn")
        await asyncio.to_thread(heartbeat.begins)

    in_session(talk, "command", **bot("stubborn"))
    heartbeat.ends()


@pytest.mark.slow
@pytest.mark.parametrize("which", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_a_run_ends_what_its_targets_have_started(
    tmp_path: Path, heartbeat: Heartbeat, which: signal.Signals
) -> None:
    running = a_run(tmp_path, f"child {heartbeat.port} hang")
    heartbeat.begins()
    running.send_signal(which)
    heartbeat.ends()
    running.communicate(timeout=20)
    assert running.returncode == 130


@pytest.mark.slow
def test_a_program_whose_run_was_killed_finds_its_input_closed(
    tmp_path: Path, heartbeat: Heartbeat
) -> None:
    """What it has started may live on: nobody is left to end it."""
    code = f"import sys; exec({CHILD_THAT_ENDS_WITH_ITS_INPUT!r})"
    running = a_run(tmp_path, "Hi", [sys.executable, "-c", code, str(heartbeat.port)])
    heartbeat.begins()
    running.kill()
    heartbeat.ends()
    running.communicate(timeout=20)


CHILD_THAT_ENDS_WITH_ITS_INPUT = """
import socket
to = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
to.send(b".")
for line in sys.stdin:
    pass
"""


def a_run(folder: Path, message: str, command: list[str] | None = None) -> subprocess.Popen[bytes]:
    """Start a run in which a user says something to a program."""
    said = json.dumps({"responses": [{"text": message, "probability": 1.0}]})
    (folder / "user.yaml").write_text(json.dumps([said] * 9))
    (folder / "s.yaml").write_text(
        "scenario: s\nspeakers: {ada: {plays: user, method: vs}, bot: {plays: target}}\n"
        "turns: {maximum: 2}\n"
    )
    target = {"kind": "command", "command": command or [sys.executable, PROGRAM]}
    (folder / "bot.yaml").write_text(json.dumps(target))
    words = ["run", "s.yaml", "-n", "1", "--target", "bot.yaml", "--model", "scripted:user.yaml"]
    return subprocess.Popen(
        [sys.executable, "-m", "simulate", *words, "--out", "a.db"],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
