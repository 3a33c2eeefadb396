import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import typer

from simulate.cli import live_run, main
from simulate.cli.live_run import Child, run_words
from simulate.runfile import open_run
from tests.cli.test_stop_signals import AS_ON_WINDOWS
from tests.endpoint import Serve
from tests.runfile.small_run import HERE

ANSWERS = [
    {"when": "You answer a question", "answers": [{"value": 1}]},
    {"when": "How much", "answers": [{"responses": [{"value": 1, "probability": 1}]}]},
    {"answers": ["A reply."]},
]


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "answers.json"
    path.write_text(json.dumps(ANSWERS))
    return path


def test_the_words_of_the_run_are_those_given_without_view_and_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found: list[list[str]] = []

    def note(context: typer.Context) -> None:
        found.append(run_words(context))

    monkeypatch.setattr(live_run, "view_beside", note)
    words = "run donation --view -n 3 --method vs --method direct --seed 7 --out x.db"
    with pytest.raises(SystemExit):
        main(words.split())
    assert found == [["donation", "--n=3", "--method=vs", "--method=direct", "--seed=7"]]


def test_a_run_in_a_process_of_its_own_writes_its_file(script: Path, tmp_path: Path) -> None:
    words = [str(HERE / "scenario.yaml"), "-n", "2", "--method", "direct"]
    child = Child([*words, "--model", f"scripted:{script}"], tmp_path / "out" / "run.db")
    assert child.wait_for_file()
    assert child.wait() == 0
    assert not child.running
    assert "2 dialogues completed" in child.told()
    with open_run(child.out) as run:
        assert run.counts()[0]["completed"] == 2
    child.forget_log()
    assert not child.log.exists()


def test_a_run_that_cannot_begin_says_why(tmp_path: Path) -> None:
    child = Child(["no-such-scenario"], tmp_path / "run.db")
    assert not child.wait_for_file()
    assert child.wait() == 2
    assert "there is no scenario" in child.told()
    child.forget_log()


BESIDE = """
import os, signal, sys
from pathlib import Path
from simulate.cli.live_run import Child

child = Child(sys.argv[2:], Path("a.db"))
assert child.wait_for_file()
if sys.argv[1] == "let go on":
    child.let_go_on()
elif sys.argv[1] == "stop":
    child.stop()
    sys.exit(child.wait())
print(child.number, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize(
    ("how", "platform"),
    [("stop", AS_ON_WINDOWS), ("die", AS_ON_WINDOWS), ("let go on", AS_ON_WINDOWS), ("die", "")],
)
def test_a_run_outlives_whoever_began_it_only_where_it_was_let_go_on(
    tmp_path: Path, serve: Serve, how: str, platform: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text(platform)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    endpoint = serve(delay_s=0.05)
    words = ["donation", "--model", endpoint.spec, "-n", "2", "--concurrency", "2"]
    begun = subprocess.run([sys.executable, "-c", BESIDE, how, *words], cwd=tmp_path, check=False)
    assert begun.returncode == (130 if how == "stop" else -signal.SIGKILL)
    log = next(tmp_path.glob("*.log"))
    deadline = time.monotonic() + 60
    while "Run file: a.db" not in (told := log.read_text("utf-8")):  # its last line
        assert time.monotonic() < deadline
        time.sleep(0.02)
    with open_run(tmp_path / "a.db") as file:
        completed = file.counts()[0].get("completed", 0)
    assert (completed == 2) is (how == "let go on")
    assert ("--out a.db --resume" in told) is (how != "let go on")


def test_stopping_what_has_ended_does_nothing(tmp_path: Path) -> None:
    child = Child(["no-such-scenario"], tmp_path / "run.db")
    child.wait()
    child.stop()
    child.forget_log()
