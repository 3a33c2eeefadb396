"""Signals end a real run in time, whatever the platform, and everything can be resumed."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from simulate.runfile import open_run
from tests.endpoint import Endpoint, Serve

SIGNALS = ["SIGINT", "SIGTERM", *(["SIGHUP"] if hasattr(signal, "SIGHUP") else [])]

AS_ON_WINDOWS = """
import asyncio, os, signal

def refused(*_):
    raise NotImplementedError

asyncio.SelectorEventLoop.add_signal_handler = refused
del os.killpg, os.getpgid, signal.SIGHUP
"""

STUCK = """
import time

async def reply(message):
    open("stuck", "w").close()
    time.sleep(60)  # holds the event loop
"""

Start = Callable[..., subprocess.Popen[str]]


def run_words(endpoint: Endpoint) -> list[str]:
    return ["run", "donation", "--model", endpoint.spec, "-n", "5", "--out", "a.db", "--json"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start commands in an empty folder; what is left of them is killed."""
    with contextlib.ExitStack() as stack:

        def begin(*words: str, **settings: object) -> subprocess.Popen[str]:
            process: subprocess.Popen[str] = subprocess.Popen(
                [sys.executable, "-m", "simulate", *words],
                cwd=tmp_path,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                **settings,  # type: ignore[call-overload]
            )
            stack.callback(process.communicate)
            stack.callback(process.kill)
            return process

        yield begin


def until(true: Callable[[], object], seconds: float = 60.0) -> None:
    """Wait for something that will be true."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def ended(process: subprocess.Popen[str]) -> str:
    """Wait for the end of what was asked to stop, check how it ended, and return its stderr."""
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "--out a.db --resume" in err
    assert "Traceback" not in err
    assert "never" not in err  # neither “never awaited” nor “never retrieved”
    return err


def test_signals_end_a_run_in_time_say_how_to_resume_and_lose_nothing(
    tmp_path: Path, serve: Serve, start: Start
) -> None:
    endpoint, calls = serve(delay_s=0.02), 0
    words: list[str] = []
    for name in SIGNALS:
        wanted = len(endpoint.bodies) + 30
        process = start(*run_words(endpoint), *words)
        until(lambda wanted=wanted: len(endpoint.bodies) >= wanted)  # type: ignore[misc]
        process.send_signal(signal.Signals[name])
        assert re.search(r"interrupted: \d of 10 dialogues have ended", ended(process))
        with open_run(tmp_path / "a.db") as file:
            assert file.usage()["calls"] > calls
            calls = file.usage()["calls"]
        words = ["--resume"]
    done = start(*run_words(endpoint), *words)
    out, err = done.communicate(timeout=60)
    assert done.returncode == 0
    assert json.loads(out)["dialogues"] == {"completed": 10, "failed": 0}
    assert re.search(r"10/10 dialogues · since resuming: \d+ turns · ", err)
    with open_run(tmp_path / "a.db") as file:
        assert next(file.rows("PRAGMA integrity_check"))[0] == "ok"


@pytest.mark.parametrize("name", SIGNALS[1:])
def test_a_signal_ends_a_stress_test(serve: Serve, start: Start, name: str) -> None:
    endpoint = serve(delay_s=0.02)
    target = f"model:{endpoint.spec}"
    words = ["support-refund", "--target", target, "--model", endpoint.spec, "-n", "50"]
    process = start("stress", *words, "--out", "a.db")
    until(lambda: len(endpoint.bodies) >= 20)
    process.send_signal(signal.Signals[name])
    ended(process)


def test_signals_stop_a_run_where_the_event_loop_takes_no_handlers(
    tmp_path: Path, serve: Serve, start: Start
) -> None:
    (tmp_path / "sitecustomize.py").write_text(AS_ON_WINDOWS)
    endpoint = serve(delay_s=0.02)
    process = start(*run_words(endpoint), env={**os.environ, "PYTHONPATH": str(tmp_path)})
    until(lambda: len(endpoint.bodies) >= 20)
    process.send_signal(signal.SIGINT)
    assert "interrupted: " in ended(process)


def test_one_signal_that_comes_twice_is_one(serve: Serve, start: Start) -> None:
    endpoint = serve(delay_s=0.02)
    process = start(*run_words(endpoint))
    until(lambda: len(endpoint.bodies) >= 20)
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGINT)
    assert "interrupted: " in ended(process)


def test_a_second_signal_ends_a_run_that_cannot_stop(
    tmp_path: Path, serve: Serve, start: Start
) -> None:
    (tmp_path / "stuck_bot.py").write_text(STUCK)
    words = ["support-refund", "--target", "python:stuck_bot:reply", "--model", serve().spec]
    process = start("stress", *words, "-n", "1", "--out", "a.db")
    until((tmp_path / "stuck").exists)
    process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    assert "ended at once" in ended(process)
    with open_run(tmp_path / "a.db") as file:
        assert next(file.rows("PRAGMA integrity_check"))[0] == "ok"


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="no such signal here")
def test_a_run_under_nohup_outlives_its_terminal(serve: Serve, start: Start) -> None:
    def as_nohup_does() -> None:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    endpoint = serve(delay_s=0.005)
    process = start(*run_words(endpoint), preexec_fn=as_nohup_does)
    until(lambda: len(endpoint.bodies) >= 10)
    process.send_signal(signal.SIGHUP)
    assert process.wait(60) == 0


def test_an_export_that_is_stopped_leaves_what_was_there(
    start: Start, tmp_path: Path, small_run: Path
) -> None:
    big = tmp_path / "big.db"
    shutil.copy(small_run, big)
    with contextlib.closing(sqlite3.connect(big)) as connection, connection:
        connection.execute("UPDATE turn SET text = text || ?", (" x" * 500_000,))
    out = tmp_path / "out.jsonl"
    out.write_text("old")
    process = start("export", str(big), "--out", str(out), "--force")
    while not list(tmp_path.glob(".simulate-*")) and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    process.communicate()
    assert process.returncode == 130
    assert sorted(p.name for p in tmp_path.iterdir()) == ["big.db", "out.jsonl"]
    assert out.read_text() == "old"
