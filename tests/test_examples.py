import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from simulate.runfile import open_run
from simulate.runfile.tables import write_tables
from simulate.scenario.frozen import read_frozen
from tests.conftest import Command

EXAMPLES = Path(__file__).parents[1] / "examples"
PRINTED = {
    "analyse": r"16 dialogues of 8 people(.|\n)+cell_method\[T\.vs\] +-?\d\.\d{4}  se \d\.\d{4}",
    "compare_with_humans": r"vs +n +5  distance \d\.\d{3} USD",
    "own_human_data": r"vs +mean \d\.\d\d, KS \d\.\d\d",
    "own_model": r"0\.90  Polly!\n0\.10  Cracker!",
    "own_scenario": r"You are \d+ years old and (.|\n)+vs: \d × accepts = True",
    "questionnaire": r"-0001: \d\.\d before the letter, \d\.\d after it",
    "read_a_run": r"▶ 0\.\d\d \w+",
    "run_scenario": r"6 dialogues completed, 0 failed, \d+ calls",
    "stress_test_a_bot": r"promises-nothing: [1-9]\d* of 10 dialogues fail",
    "verbalize": r"0\.50  .+\n(.|\n)+entropy 1\.03 nats",
    "words_and_deeds": r"says-what-it-did: 4 of 4 (.|\n)+ → failed: the order is older",
    "watch_a_run": r"stopped: the budget of 3,000 tokens(.|\n)+finished: 4 completed",
}


@pytest.fixture(autouse=True)
def _canned_answers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SIMULATE_MODEL", f"scripted:{EXAMPLES / 'answers.yaml'}")
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "argv", ["example"])


@pytest.mark.parametrize("name", PRINTED)
def test_an_example_runs_and_prints_its_result(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="__main__")
    assert re.search(PRINTED[name], capsys.readouterr().out)


def test_the_example_of_a_test_passes_in_pytest() -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir=."]
    ended = subprocess.run(
        [*command, str(EXAMPLES / "test_a_bot.py")], capture_output=True, text=True, check=False
    )
    assert "1 passed" in ended.stdout


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed")
def test_r_finds_what_statsmodels_finds(capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(EXAMPLES / "analyse.py"), run_name="__main__")
    people, *ours = capsys.readouterr().out.splitlines()[:3]
    [run] = Path("runs").glob("*.db")
    with open_run(run) as file:
        write_tables(file, Path("tables"))
    model = "outcome_donation_expected ~ cell_method"
    command = ["Rscript", "--vanilla", str(EXAMPLES / "analyse.R"), "tables", model]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    there, *theirs = ended.stdout.splitlines()
    assert there == people
    numbers = [[float(n) for n in re.findall(r"-?\d+\.\d+", line)] for line in ours + theirs]
    assert numbers[2:] == [pytest.approx(each, abs=1.1e-4) for each in numbers[:2]]


def test_the_shipped_experiment_fits_its_frozen_plan_and_is_reported(command: Command) -> None:
    plan = EXAMPLES / "attitude.plan.yaml"
    words = ("run", EXAMPLES / "attitude.yaml", "--plan", plan, "--report", "attitude.html")
    code, _, err = command(*words, "--out", "run.yaml")  # whatever a run file is called
    assert (code, "8 dialogues completed, 0 failed" in err) == (0, True)
    page = Path("attitude.html").read_text("utf-8")
    assert read_frozen(plan).sha256 in page
    assert "GUIDE-LLM" in page


def test_the_multiverse_is_played_and_drawn(command: Command) -> None:
    code, out, _ = command("multiverse", EXAMPLES / "multiverse.yaml", "--dry-run")
    assert (code, "12 universes from 2 runs" in out) == (0, True)
    text = (EXAMPLES / "multiverse.yaml").read_text("utf-8").replace("n: 60", "n: 4")
    Path("multiverse.yaml").write_text(text, "utf-8")
    shutil.copy(EXAMPLES / "gift.yaml", "gift.yaml")
    words = ("multiverse", "multiverse.yaml", "--figure", "gifts.svg", "--model")
    code, out, err = command(*words, f"scripted:{EXAMPLES / 'answers.yaml'}", "--out", "gifts")
    assert code == 0, err
    assert "charity − stranger in mean given (points), over 4 of 12 declared" in " ".join(
        out.split()
    )
    assert "50 are needed" in out
    assert Path("gifts.svg").read_bytes().startswith(b"<?xml")


def test_every_example_is_tested_and_listed() -> None:
    names = {path.stem for path in EXAMPLES.glob("*.py")}
    assert names == {*PRINTED, "test_a_bot"}
    readme = (EXAMPLES / "README.md").read_text("utf-8")
    assert set(re.findall(r"\((\w+)\.py\)", readme)) == names
