"""Real processes are killed amid a run, and it ends as if nothing had happened."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from simulate.runfile import open_run
from tests.endpoint import Behaviour, Body, Endpoint, Serve
from tests.engine.workers.places import TALK, asked, check_nothing_lost, on_file, played
from tests.made_runs import exported

MODULE = "simulate.engine.workers.processes"


def workers_of(process: int) -> list[psutil.Process]:
    """Return the workers of a driver."""
    return [
        each for each in psutil.Process(process).children() if MODULE in " ".join(each.cmdline())
    ]


def killing(at: int, how: signal.Signals = signal.SIGKILL) -> Behaviour:
    """Return a behaviour that answers as usual, and kills a worker that plays once."""

    def behave(body: Body, n: int) -> None:
        if n == at:
            playing = (w for w in workers_of(os.getpid()) if w.net_connections("tcp"))
            next(playing).send_signal(how)

    return behave


def test_one_of_two_processes_is_killed_and_the_run_is_that_of_one_process(
    tmp_path: Path, serve: Serve
) -> None:
    endpoint = serve()
    played(tmp_path / "whole.db", endpoint, n=10)
    endpoint.bodies.clear()
    endpoint.behaviour = killing(40)
    result = played(tmp_path / "a.db", endpoint, n=10, processes=2)
    assert (result.completed, result.failed, result.left) == (20, 0, 0)
    check_nothing_lost(tmp_path / "a.db", tmp_path / "whole.db", endpoint)


def test_a_process_that_hangs_is_given_up_and_the_run_goes_on(
    tmp_path: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulate.engine.workers.driver.BEAT_S", 0.2)
    monkeypatch.setattr("simulate.engine.workers.processes.ENDING_S", 0.0)
    endpoint = serve(killing(20, signal.SIGSTOP))
    result = played(tmp_path / "a.db", endpoint, n=5, processes=2)
    assert (result.completed, result.left) == (10, 0)
    with open_run(tmp_path / "a.db") as file:
        assert "had not said anything for 2.4 s; what it played" in file.notices()[0].told


@contextmanager
def driver(endpoint: Endpoint, path: Path) -> Iterator[subprocess.Popen[str]]:
    """Run the command with two workers, in a group of its own; yield it amid the run."""
    reached = threading.Event()
    endpoint.behaviour = lambda body, n: reached.set() if n == 20 else None
    scenario = path.with_name("talk.yaml")
    scenario.write_text(TALK.model_dump_json(exclude_defaults=True))
    words = f"-m simulate run {scenario} --n 10 --seed 3 --concurrency 6 --processes 2".split()
    words += ["--model", endpoint.spec, "--out", str(path)]
    command = [sys.executable, *words]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert reached.wait(60)
        yield process


def test_workers_end_when_their_driver_is_killed_and_the_run_goes_on_in_one_process(
    tmp_path: Path, serve: Serve
) -> None:
    endpoint, path = serve(delay_s=0.01), tmp_path / "a.db"
    with driver(endpoint, path) as process:
        workers = workers_of(process.pid)
        assert len(workers) == 2
        process.kill()
    assert not psutil.wait_procs(workers, timeout=30)[1], "a worker lives on without its driver"
    before = on_file(path)
    assert 0 < before.total() < 100
    endpoint.bodies.clear()
    assert played(path, endpoint, resume=True).left == 0
    assert asked(endpoint) == on_file(path) - before, "a finished turn was paid twice"
    played(tmp_path / "whole.db", endpoint)
    assert exported(path) == exported(tmp_path / "whole.db")


def test_ctrl_c_ends_the_driver_resumably_and_its_workers_quietly(
    tmp_path: Path, serve: Serve
) -> None:
    with driver(serve(delay_s=0.02), tmp_path / "a.db") as process:
        workers = workers_of(process.pid)
        os.killpg(process.pid, signal.SIGINT)
        _, told = process.communicate()
    assert process.returncode == 130
    assert "go on with the same command and --out" in told
    assert "Traceback" not in told
    assert "KeyboardInterrupt" not in told
    assert not psutil.wait_procs(workers, timeout=30)[1]
