"""A real process is killed again and again, and the run ends as if nothing had happened.

Each invocation carries a key of its own, so that the endpoint knows whose request it got: nothing
here depends on how fast anything is.
"""

import json
import random
import signal
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Iterator
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import pytest

from simulate.runfile import open_run
from tests.endpoint import Body, Endpoint, Serve
from tests.engine import killable
from tests.made_runs import exported

N = 6
AT_ONCE = 4
DELAY_S = 0.004


def key_of(messages: Any, schema: Any, seed: Any) -> str:
    return json.dumps([messages, schema, seed], sort_keys=True)


def asked(endpoint: Endpoint, by: str) -> Counter[str]:
    """Return what one invocation asked the endpoint."""
    found: Counter[str] = Counter()
    for body, headers in zip(list(endpoint.bodies), list(endpoint.headers), strict=False):
        if headers.get("Authorization") == f"Bearer {by}":
            form = body.get("response_format")
            schema = form["json_schema"]["schema"] if form else None
            found[key_of(body["messages"], schema, body["seed"])] += 1
    return found


def on_file(path: Path) -> Counter[str]:
    """Return the calls that are committed."""
    if not path.exists():
        return Counter()
    with open_run(path) as file:
        return Counter(
            key_of(call.prompt, call.schema, call.seed)
            for planned, _ in file.planned()
            for call in file.calls(planned.id)
        )


def integrity(path: Path) -> str:
    connection = sqlite3.connect(path)
    try:
        return str(connection.execute("PRAGMA integrity_check").fetchone()[0])
    finally:
        connection.close()


class Run:
    """One run of `donation` that is begun as often as needed.

    Attributes:
        path: the run file.
        begun: how often it was begun.
    """

    def __init__(self, endpoint: Endpoint, path: Path, n: int = N) -> None:
        self.endpoint, self.path, self.n = endpoint, path, n
        self.begun = 0

    @property
    def key(self) -> str:
        return f"{self.path.stem}-{self.begun}"

    def begin(self) -> ForkServerProcess:
        self.begun += 1
        words = f"run donation --n {self.n} --seed 7 --concurrency {AT_ONCE} --json".split()
        words += ["--model", self.endpoint.spec, "--out", str(self.path)]
        words += ["--resume"] * self.path.exists()
        return killable.begin(words, OPENAI_API_KEY=self.key)

    def killed_after(self, requests: int, then_s: float) -> bool:
        """Kill the process when it has sent some requests; return whether it was still alive."""
        reached = threading.Event()
        bearer, sent = f"Bearer {self.path.stem}-{self.begun + 1}", 0

        def count(body: Body, number: int) -> None:
            nonlocal sent
            if self.endpoint.headers[number].get("Authorization") == bearer:
                sent += 1
                if sent >= requests:
                    reached.set()

        self.endpoint.behaviour = count
        process = self.begin()
        while not reached.wait(0.02) and process.is_alive():
            pass
        time.sleep(then_s)
        process.kill()
        process.join()
        return process.exitcode == -signal.SIGKILL

    def ended(self) -> int | None:
        process = self.begin()
        process.join()
        return process.exitcode


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, Counter[str]]]:
    """Return the export of a run that nobody kills, and its calls."""
    path = tmp_path_factory.mktemp("undisturbed") / "whole.db"
    with Endpoint() as endpoint:
        assert Run(endpoint, path).ended() == 0
        yield exported(path), on_file(path)


def kill_and_go_on(
    endpoint: Endpoint, path: Path, kills: int, seed: int, whole: Any, calls: Counter[str]
) -> tuple[int, int]:
    """Kill a run, go on with it, and check everything each time.

    Returns:
        How often it was killed, fewer times where it was done before; and the repeated requests.
    """
    r = random.Random(seed)
    run = Run(endpoint, path)
    repeated = done = 0
    while done < kills and (left := calls.total() - on_file(path).total()) > 1:
        before = on_file(path)
        most = max(1, min(left - 1, calls.total() // kills))
        done += run.killed_after(r.randint(1, most), r.random() * 0.02)
        if path.exists():
            assert integrity(path) == "ok"
        after = on_file(path)
        requests = asked(endpoint, run.key)
        assert requests <= calls - before, "a call that is on file was made again"
        assert before <= after, "a call that was on file is gone"
        lost = requests - (after - before)
        assert lost.total() <= AT_ONCE
        repeated += lost.total()
    assert run.ended() == 0
    assert integrity(path) == "ok"
    assert on_file(path) == calls
    assert exported(path) == whole
    assert sum(asked(endpoint, f"{path.stem}-{i + 1}").total() for i in range(run.begun)) == (
        calls.total() + repeated
    )
    return done, repeated


@pytest.mark.timeout(300)
def test_three_kills_lose_no_finished_turn_and_repeat_only_the_calls_in_flight(
    tmp_path: Path, serve: Serve, undisturbed: tuple[Any, Counter[str]]
) -> None:
    endpoint = serve(delay_s=DELAY_S)
    kills, _ = kill_and_go_on(endpoint, tmp_path / "a.db", 3, 1, *undisturbed)
    assert kills == 3


KILLS = 20


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_twenty_kills_over_some_runs_lose_no_finished_turn(
    tmp_path: Path, serve: Serve, undisturbed: tuple[Any, Counter[str]]
) -> None:
    endpoint = serve(delay_s=DELAY_S)
    kills = repeated = 0
    for i in range(10):
        done, more = kill_and_go_on(endpoint, tmp_path / f"{i}.db", 10, 100 + i, *undisturbed)
        kills += done
        repeated += more
        if kills >= KILLS:
            break
    print(f"{kills} kills: {repeated} requests repeated; allowed were {kills * AT_ONCE}")
    assert kills >= KILLS
