"""A run in a process of its own: it keeps secrets, and ends when it is told to."""

import os
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
from tests.endpoint import Body, Endpoint, refusal

Serve = Callable[..., Endpoint]

KEY = "sk-never-to-be-seen-0123456789"
PASSWORD = "hunter2-never-to-be-seen"  # noqa: S105
LONGEST_END_S = 5.0


def command(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "simulate", *words],
        env={**os.environ, "OPENAI_API_KEY": KEY},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def with_password(endpoint: Endpoint) -> str:
    return endpoint.spec.replace("http://", f"http://me:{PASSWORD}@")


def test_no_secret_stands_in_any_artefact_of_a_run(tmp_path: Path, serve: Serve) -> None:
    told: list[str] = []

    def run(*words: str) -> int:
        process = command(*words)
        told.extend(process.communicate())
        return process.returncode

    path = tmp_path / "a.db"
    endpoint = serve(lambda body, n: refusal(f"no thanks, {n}") if n == 30 else None)
    words = ["run", "donation", "-n", "2", "--model", with_password(endpoint), "--out", str(path)]
    assert run(*words, "--json") == 3
    assert run("export", str(path), "--format", "jsonl", "--out", str(tmp_path / "a.jsonl")) == 0
    assert run("export", str(path), "--format", "csv", "--out", str(tmp_path / "a.csv")) == 0
    assert run("compare", str(path), "--html", str(tmp_path / "a.html")) == 0
    refusing = serve(lambda body, n: refusal(f"bad key {KEY[:6]}…", 401))
    assert run("run", "donation", "--model", refusing.spec, "--out", str(path) + "2") == 2
    assert endpoint.headers[0]["Authorization"].startswith("Basic ")
    assert refusing.headers[0]["Authorization"] == f"Bearer {KEY}"
    artefacts = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    assert {"a.db", "a.jsonl", "a.csv", "a.html"} <= set(artefacts)
    for content in (*artefacts.values(), "".join(told).encode()):
        assert KEY.encode() not in content
        assert PASSWORD.encode() not in content


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
