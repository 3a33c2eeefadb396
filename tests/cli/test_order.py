"""A run in a process of its own ends when it is told to."""

import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from simulate.runfile import open_run
from tests.endpoint import Body, Endpoint

Serve = Callable[..., Endpoint]

LONGEST_END_S = 5.0


def command(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "simulate", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_run_in_time_and_leaves_it_resumable(
    tmp_path: Path, serve: Serve, number: int
) -> None:
    started = threading.Event()

    def behave(body: Body, n: int) -> None:
        if n >= 20:
            started.set()

    endpoint = serve(behave, 0.05)
    path = tmp_path / "a.db"
    process = command("run", "donation", "-n", "20", "--model", endpoint.spec, "--out", str(path))
    assert started.wait(30)
    before = time.monotonic()
    process.send_signal(number)
    _, told = process.communicate()
    assert time.monotonic() - before < LONGEST_END_S
    assert process.returncode == 130
    assert "--resume" in told
    assert "Traceback" not in told
    assert "never" not in told  # neither “never awaited” nor “never retrieved”
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
    with open_run(path) as file:
        assert file.usage()["calls"] > 0
