"""Workers on a real Dask cluster, one of which is killed and loses its disk."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing import resource_tracker
from pathlib import Path
from typing import Any

import distributed
import pytest

from simulate.engine.workers.dask_cluster import started_without_ctrl_c
from simulate.errors import InputError
from tests.endpoint import Body, Serve
from tests.engine.workers.places import check_nothing_lost, played


@pytest.fixture(scope="module")
def scheduler() -> Iterator[distributed.LocalCluster]:
    with distributed.LocalCluster(n_workers=0, dashboard_address=None, silence_logs=50) as started:
        yield started


@contextmanager
def workers(
    scheduler: distributed.LocalCluster, folder: Path, count: int, **environment: str
) -> Iterator[None]:
    """Start workers that nobody starts again, each with a disk of its own."""
    quiet: Any = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with ExitStack() as stack:
        for number in range(count):
            words = f"-m distributed.cli.dask_worker {scheduler.scheduler_address} --no-nanny"
            words += f" --nthreads 1 --no-dashboard --local-directory {folder / str(number)}"
            environment = {**os.environ, **environment}
            command = [sys.executable, *words.split()]
            worker = subprocess.Popen(command, env=environment, cwd=folder, **quiet)
            stack.callback(worker.wait)
            stack.callback(worker.kill)
        yield


def test_a_killed_worker_of_two_loses_nothing_though_its_disk_is_gone(
    tmp_path: Path, serve: Serve, scheduler: distributed.LocalCluster
) -> None:
    endpoint = serve()
    played(tmp_path / "whole.db", endpoint, n=10)
    endpoint.bodies.clear()
    with ExitStack() as stack:
        stack.enter_context(workers(scheduler, tmp_path, 2))
        client = stack.enter_context(distributed.Client(scheduler, set_as_default=False))
        client.wait_for_workers(2)
        there = client.run(lambda dask_worker: (os.getpid(), dask_worker.local_directory))
        process, folder = next(iter(there.values()))

        def kill(body: Body, n: int) -> None:
            if n == 40:
                os.kill(process, signal.SIGKILL)
                shutil.rmtree(folder)

        endpoint.behaviour = kill
        address = f"dask:{scheduler.scheduler_address}"
        result = played(tmp_path / "a.db", endpoint, n=10, cluster=address, processes=None)
    assert (result.completed, result.failed, result.left) == (20, 0, 0)
    check_nothing_lost(tmp_path / "a.db", tmp_path / "whole.db", endpoint)


def test_a_cluster_that_is_not_there_is_one_line(
    tmp_path: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulate.engine.workers.dask_cluster.CONNECTING_S", 0.5)
    endpoint = serve()
    for address in ("tcp://127.0.0.1:9", "nothing", endpoint.base.replace("http", "tcp")):
        with pytest.raises(InputError, match=f"--cluster “dask:{address}”: no Dask scheduler"):
            played(tmp_path / "a.db", endpoint, cluster=f"dask:{address}")
    assert not (tmp_path / "a.db").exists()


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="not on Windows")
def test_ctrl_c_does_not_reach_a_worker_of_a_local_cluster_that_is_being_started() -> None:
    code = "import os, signal; os.kill(os.getpid(), signal.SIGINT); print('started')"
    with started_without_ctrl_c():
        resource_tracker.ensure_running()
        ran = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
    assert (ran.stdout, ran.stderr) == ("started\n", "")
    assert not signal.pthread_sigmask(signal.SIG_BLOCK, ()) & {signal.SIGINT}


def test_what_a_worker_of_a_local_cluster_prints_is_no_result_of_the_command() -> None:
    code = "from simulate.engine.workers.dask_worker import dask_setup; dask_setup(None); print(1)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (ran.stdout, ran.stderr) == ("", "1\n")


def test_a_worker_without_simulate_is_named_in_one_line(
    tmp_path: Path, serve: Serve, scheduler: distributed.LocalCluster
) -> None:
    (tmp_path / "simulate").mkdir()
    (tmp_path / "simulate" / "__init__.py").write_text("")
    with workers(scheduler, tmp_path, 1, PYTHONPATH=str(tmp_path)):
        address = f"dask:{scheduler.scheduler_address}"
        with pytest.raises(InputError, match=r"--cluster: worker tcp://\S+ cannot play: ") as error:
            played(tmp_path / "a.db", serve(), cluster=address)
    assert "install the same simulate there" in str(error.value)
    assert "\n" not in str(error.value)
    assert not (tmp_path / "a.db").exists()
