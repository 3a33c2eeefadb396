import json
from pathlib import Path

import pytest
import typer

from simulate.cli import live_run, main
from simulate.cli.live_run import Child, run_words
from simulate.runfile import open_run
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


def test_stopping_what_has_ended_does_nothing(tmp_path: Path) -> None:
    child = Child(["no-such-scenario"], tmp_path / "run.db")
    child.wait()
    child.stop()
    child.forget_log()
