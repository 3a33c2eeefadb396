"""Something runs out on this machine amid a run: the run stops, and nobody is blamed."""

import asyncio
import json
import os
import random
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from simulate.engine import RunResult, run
from simulate.local_faults import local_fault
from simulate.models.network import SPARE_FILES
from simulate.runfile import Examined, open_run
from simulate.stress.examiner import Checks
from tests.conftest import Command
from tests.endpoint import Body, Serve, completion, refusal, usual_text
from tests.made_runs import exported
from tests.running_out import simulated
from tests.stress.bot import Bot, BotServer
from tests.stress.customer import customer
from tests.stress.inside import Inside

PLANTED = Path(__file__).parent.parent / "stress" / "planted.yaml"
COMMAND_BOT = Path(__file__).parent.parent / "targets" / "bot_program.py"
FILES = "this process may open no more files; raise the limit (ulimit -n), or lower --concurrency"
THREADS = "no more threads or processes can be started"


def then_closed(body: Body, number: int) -> web.Response:
    """Answer as usual, so that the next request needs a connection of its own."""
    return web.json_response(completion(usual_text(body)), headers={"Connection": "close"})


def in_a_process(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.running_out", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    return done


@pytest.mark.parametrize("way", ["wire", pytest.param("sdk", marks=pytest.mark.slow)])
def test_without_a_file_for_a_connection_the_run_stops_and_goes_on_as_if_nothing_had_happened(
    tmp_path: Path, serve: Serve, way: str
) -> None:
    endpoint, path, whole = serve(then_closed), tmp_path / "a.db", tmp_path / "whole.db"
    done = in_a_process("socket.__new__", 12, "run", endpoint.url, way, path)
    completed, failed, left, why = done.stdout.strip().split("|")
    assert (failed, int(completed) + int(left), why) == ("0", 8, FILES)
    assert int(left) > 0
    assert len(endpoint.bodies) > 0
    result = asyncio.run(simulated(endpoint.url, way, path, resume=True))
    assert (result.completed, result.failed, result.left) == (8, 0, 0)
    asyncio.run(simulated(endpoint.url, way, whole))
    assert exported(path) == exported(whole)


@pytest.fixture
def bot() -> Iterator[BotServer]:
    with BotServer(Bot()) as server:
        yield server


@pytest.mark.parametrize(
    ("event", "target"),
    [("socket.__new__", "websocket"), ("subprocess.Popen", "command")],
    ids=["websocket", "command"],
)
def test_without_a_file_for_a_target_the_command_says_what_to_do_and_no_dialogue_fails(
    tmp_path: Path, serve: Serve, bot: BotServer, command: Command, event: str, target: str
) -> None:
    spec = f"command:{sys.executable} {COMMAND_BOT}"
    if target == "websocket":
        spec = str(tmp_path / "bot.yaml")
        Path(spec).write_text(f"kind: websocket\nurl: ws://127.0.0.1:{bot.port}/talk\n")
    path = tmp_path / "a.db"
    words = ["stress", PLANTED, "-n", 4, "--concurrency", 1, "--model", serve().spec]
    words += ["--target", spec, "--out", path]
    done = in_a_process(event, 3, "simulate", *words)
    assert done.returncode == 130, done.stderr
    assert FILES in done.stderr
    assert "--resume" in done.stderr
    with open_run(path) as file:
        total = file.totals()
    assert (total.failed, total.running) == (0, 1)
    assert total.completed > 0
    code, _, err = command(*words, "--resume")
    assert code == 0, err


def test_a_thread_that_cannot_be_started_fails_no_dialogue(tmp_path: Path) -> None:
    # The first call is the probe's.
    (tmp_path / "bots.py").write_text(
        "import threading\ncalls = []\ndef bot(message):\n    calls.append(message)\n"
        "    if len(calls) == 4:\n        threading.stack_size(2**46)\n    return 'Hello.'\n"
    )
    answer = {"responses": [{"text": "Refund me.", "probability": 1, "ends": False}]}
    (tmp_path / "answers.yaml").write_text(json.dumps([answer]))
    words = ["stress", str(PLANTED), "-n", "3", "--concurrency", "1", "--out", "a.db"]
    words += ["--model", "scripted:answers.yaml", "--target", "python:bots:bot"]
    done = subprocess.run(
        [sys.executable, "-m", "simulate", *words],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 130, done.stderr
    assert THREADS in done.stderr
    with open_run(tmp_path / "a.db") as file:
        assert (file.totals().failed, file.totals().turns) == (0, 7)


DISK = Path("/dev/full")
"""Where `keeps_it` writes to."""


def keeps_it(dialogue: Examined) -> bool:
    """Write to a disk; the check of every dialogue here."""
    DISK.write_text(dialogue.key)
    return True


def played(path: Path, **options: Any) -> RunResult:
    checks = Checks({}, extra_python=[f"{__name__}:keeps_it"])
    settings = {"n": 4, "seed": 3, "concurrency": 1, "out": path, "examiner": checks, **options}
    return asyncio.run(run(PLANTED, model=customer(), target=Inside(Bot()), **settings))


@pytest.mark.skipif(not DISK.exists(), reason="needs /dev/full")
def test_a_full_disk_that_a_check_meets_stops_the_run_and_is_no_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = played(tmp_path / "a.db")
    assert (result.completed, result.failed, result.left) == (0, 0, 4)
    assert result.why == "the disk is full, or its quota is used up; free some space"
    monkeypatch.setattr(f"{__name__}.DISK", tmp_path / "seen")
    result = played(tmp_path / "a.db", resume=True)
    assert (result.completed, result.failed) == (4, 0)
    with open_run(tmp_path / "a.db") as file:
        assert "error" not in {found.verdict.verdict for found in file.verdicts()}


@pytest.mark.parametrize(
    ("kind", "way"),
    [
        ("http", "wire"),
        pytest.param("http", "sdk", marks=pytest.mark.slow),
        pytest.param("websocket", "wire", marks=pytest.mark.slow),
        pytest.param("command", "wire", marks=pytest.mark.slow),
    ],
)
def test_with_few_open_files_fewer_dialogues_are_played_at_once_and_none_fails(
    tmp_path: Path, serve: Serve, bot: BotServer, kind: str, way: str
) -> None:
    endpoint = serve(delay_s=0.02)
    spec = {
        "http": f"http://127.0.0.1:{bot.port}/chat",
        "websocket": f"ws://127.0.0.1:{bot.port}/talk",
        "command": f"command:{sys.executable} {COMMAND_BOT}",
    }[kind]
    words = ["stress", PLANTED, "-n", 40, "--concurrency", 40, "--target", spec, "--json"]
    words += ["--model", endpoint.spec if way == "wire" else "openai:mock"]
    done = subprocess.run(
        [sys.executable, "-m", "simulate", *map(str, words), "--out", tmp_path / "a.db"],
        env={**os.environ, "OPENAI_API_KEY": "none", "OPENAI_BASE_URL": endpoint.url},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (88, 88)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    at_once = (88 - SPARE_FILES) // {"http": 2, "websocket": 2, "command": 5}[kind]
    assert f"at most {at_once} of 40 dialogues are played at once" in done.stderr
    assert endpoint.most_at_once <= at_once


OPENED = """
import asyncio, sys
from simulate.engine import RunEnded
from simulate.stress.api import stress_test
connected, ended, opened = [], [], set()
def hook(event, values):
    if event == "socket.connect":
        connected.append(values)
    elif connected and not ended and event in ("open", "import"):
        opened.add(str(values[0]))
def tell(event):
    if isinstance(event, RunEnded):
        ended.append(event)
sys.addaudithook(hook)
scenario, model, target, out = sys.argv[1:]
settings = {"out": out, "listener": tell, "probe": False}  # nothing is scarce while it probes
asyncio.run(stress_test(scenario, n=4, model=model, target=target, **settings))
print("opened", len(ended), sorted(opened))
"""


def test_nothing_is_imported_or_read_once_the_first_call_is_made(
    tmp_path: Path, serve: Serve, bot: BotServer
) -> None:
    r = random.Random(1)
    endpoint = serve(lambda body, n: refusal("oops", 500) if n and r.random() < 0.2 else None)
    spec = tmp_path / "bot.yaml"
    spec.write_text(f"kind: http\nurl: http://127.0.0.1:{bot.port}/chat\ntool_calls: $.tools\n")
    words = [PLANTED, endpoint.spec, spec, tmp_path / "a.db"]
    done = subprocess.run(
        [sys.executable, "-c", OPENED, *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "opened 1 []", done.stderr


def test_a_program_that_uvloop_cannot_start_for_want_of_files_is_a_fault_of_this_machine() -> None:
    uvloop = pytest.importorskip("uvloop")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)

    async def started() -> None:
        pipe = asyncio.subprocess.PIPE
        lowest = os.dup(0)
        os.close(lowest)
        resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, hard))
        try:
            await asyncio.create_subprocess_exec(sys.executable, stdin=pipe, stdout=pipe)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    loop = asyncio.Runner(loop_factory=uvloop.new_event_loop)
    with loop as runner, pytest.raises(OSError) as raised:  # noqa: PT011
        runner.run(started())
    assert local_fault(raised.value) is not None
