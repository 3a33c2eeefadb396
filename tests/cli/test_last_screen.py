"""What a run ends in."""

import re
from io import StringIO
from pathlib import Path

import pytest

from simulate.cli.last_screen import print_last_screen
from simulate.comparison.answer import first_look, with_sentences
from simulate.runfile import open_run
from simulate.terminal.safe_console import SafeConsole
from tests.conftest import Command
from tests.endpoint import Serve
from tests.made_runs import MakeRun

GAVE = [0.0, 0.3, 0.5, 0.5, 1.0, 2.0]
ENDING = ["7 dialogues completed, 1 failed", "failed 1 ×: model: gone", "Run file: a.db"]


@pytest.fixture
def cli(cli: Command, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run a command where a terminal has 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")
    return cli


def screens(path: Path, *widths: int) -> list[str]:
    """Return what a run ends in, at each width."""
    told = []
    with open_run(path) as run:
        found = with_sentences(first_look(run), run, draws=200)
        for width in widths:
            console = SafeConsole(width=width, record=True, file=StringIO())
            print_last_screen(found, run, console, ENDING)
            told.append(console.export_text())
    return told


def screen(path: Path) -> str:
    """Return what a run ends in, at 80 columns."""
    return screens(path, 80)[0]


@pytest.mark.parametrize("cells", [1, 5])
def test_it_is_one_screen_whatever_the_width_and_the_cells(
    make_run: MakeRun, cells: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    levels: dict[str, dict[str, str]] = {f"level-{i}": {} for i in range(cells)}
    make_run(dict.fromkeys(levels, GAVE * 6), conditions={"way": levels})
    monkeypatch.chdir(tmp_path)
    narrow, usual, wide, widest = (
        each.splitlines() for each in screens(Path("run.db"), 60, 80, 109, 200)
    )
    assert max(len(narrow), len(usual)) + len(ENDING) <= 24
    assert max(len(wide), len(widest)) + len(ENDING) <= 30
    assert max(map(len, usual)) <= 80


def test_its_numbers_are_those_of_the_answer(make_run: MakeRun) -> None:
    path = make_run({"vs": GAVE, "direct": GAVE[:4]})
    told = " ".join(screen(path).split())
    with open_run(path) as run:
        found = with_sentences(first_look(run), run, draws=200)
    assert all(sentence in told for sentence in found.sentences)
    assert "humans, n = 982" in told
    assert "50%" in told


def test_cells_for_which_there_is_no_room_are_counted(make_run: MakeRun) -> None:
    levels: dict[str, dict[str, str]] = {f"level-{i}": {} for i in range(9)}
    path = make_run(dict.fromkeys(levels, GAVE), conditions={"way": levels})
    assert re.search(r"… and \d more cells", screen(path))


def test_of_several_outcomes_each_is_told_and_the_first_is_drawn(
    cli: Command, serve: Serve
) -> None:
    code, out, err = cli("run", "dictator", "--model", serve().spec, "-n", 2, "--out", "a.db")
    assert code == 0, err
    assert "no comparison" not in err
    assert "given" in out
    assert "gift" in out
    assert len((out + err).splitlines()) <= 30


def test_a_run_that_was_stopped_says_so_first_and_how_to_go_on(cli: Command, serve: Serve) -> None:
    words = ["--model", serve().spec, "-n", 3, "--concurrency", 1, "--budget-tokens", 6_000]
    code, out, err = cli("run", "donation", *words, "--out", "a.db")
    assert code == 130
    assert out.startswith("Unfinished run: ")
    assert "--out a.db --resume" in err


def test_a_run_without_humans_ends_with_its_bars_and_where_all_numbers_are(
    make_run: MakeRun,
) -> None:
    told = screen(make_run({"vs": GAVE, "direct": GAVE}, fields={"compare": {}}))
    assert "the scenario names no human data" in told
    assert "simulate summary" in told
    assert "humans, n" not in told


def test_what_a_model_wrote_does_nothing_there(make_run: MakeRun) -> None:
    told = screen(make_run({"vs": GAVE}, conditions={"m": {"vs": {}}}, text="\x1b[31mred"))
    assert "\x1b" not in told
