import json
import sqlite3
import subprocess
import sys
from pathlib import Path
from shutil import copyfile

import pytest

from simulate.cli import main
from tests.runfile.small_run import make_small_run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_small_run(tmp_path_factory.mktemp("view") / "donation.db")


@pytest.fixture(autouse=True)
def _own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    monkeypatch.delenv("TEXTUAL_DRIVER", raising=False)


def called(*words: object) -> int:
    """Call the command line and return its exit code."""
    try:
        main([str(word) for word in words])
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def data(capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, object]:
    assert called("view", *words, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert isinstance(found, dict)
    return found


def test_without_a_terminal_one_line_says_what_to_use_instead(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert called("view", run) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "needs a terminal" in error
    assert "--screenshot FILE.svg" in error


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("nowhere.db",), "there is no run file"),
        (("RUN", "--screen", "moon"), "no such screen"),
        (("RUN", "--dialogue", "99"), "has no dialogue “99”"),
        (("RUN", "--filter", "colour:red", "--json"), "no field “colour”"),
        (("RUN", "--sort", "colour", "--json"), "no column “colour”"),
        (("RUN", "--size", "big", "--screenshot", "x.svg"), "WIDTHxHEIGHT"),
        (("RUN", "--size", "1x1", "--screenshot", "x.svg"), "between 20x6"),
        (("RUN", "--screenshot", "x.png"), "must end in .svg or .txt"),
        (("RUN", "--theme", "pink", "--screenshot", "x.svg"), "no such theme"),
        (("RUN", "--markdown"), "needs a run and --dialogue"),
    ],
)
def test_bad_input_is_one_clear_line(
    run: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], says: str
) -> None:
    assert called("view", *(str(run) if word == "RUN" else word for word in words)) == 2
    error = capsys.readouterr().err
    assert says in error
    assert "Traceback" not in error


def test_a_file_that_is_no_run_and_a_newer_schema_are_refused(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other, newer = tmp_path / "other.db", tmp_path / "newer.db"
    other.write_text("not a run")
    copyfile(run, newer)
    with sqlite3.connect(newer) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    assert called("view", other) == called("view", newer) == 2
    error = capsys.readouterr().err
    assert "is not a run file" in error
    assert "update simulate to open it" in error


def test_a_scenario_that_this_version_cannot_read_is_said(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = tmp_path / "old.db"
    copyfile(run, old)
    with sqlite3.connect(old) as connection:
        connection.execute("UPDATE meta SET value = '{}' WHERE key = 'scenario'")
    connection.close()
    assert called("view", old, "--json") == 2
    assert "open it with the version that" in capsys.readouterr().err


def test_json_lists_the_runs_of_a_folder(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = data(capsys, run.parent, "--screen", "runs")
    assert [Path(str(r["path"])).name for r in found["runs"]] == ["donation.db"]  # type: ignore[attr-defined]


def test_json_of_no_runs_at_all_is_an_empty_list(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert data(capsys, tmp_path)["runs"] == []


def test_json_has_the_dialogues_of_a_filter_in_their_order(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = data(capsys, run, "--filter", "cell:vs", "--sort", "tokens", "--descending")
    rows = found["dialogues"]
    assert isinstance(rows, list)
    tokens = [row["prompt_tokens"] + row["completion_tokens"] for row in rows]
    assert tokens == sorted(tokens, reverse=True)
    assert {row["cell"] for row in rows} == {"vs"}


def test_json_has_a_transcript_with_candidates(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = data(capsys, run, "--dialogue", "1")
    turns = found["turns"]
    assert isinstance(turns, list)
    assert len(turns[1]["candidates"]) == 5
    assert turns[1]["effective_size"] > 1


@pytest.mark.parametrize(
    ("screen", "key"),
    [
        ("prompt", "calls"),
        ("persona", "attributes"),
        ("failures", "failures"),
        ("live", "totals"),
        ("distributions", "outcomes"),
        ("transcript", "turns"),
    ],
)
def test_whatever_a_screen_shows_can_be_had_as_json(
    run: Path, capsys: pytest.CaptureFixture[str], screen: str, key: str
) -> None:
    assert data(capsys, run, "--screen", screen)[key]


def test_json_of_one_turn_has_its_prompt(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = data(capsys, run, "--screen", "prompt", "--dialogue", "1", "--turn", "1")
    calls = found["calls"]
    assert isinstance(calls, list)
    assert [call["turn"] for call in calls] == [1]


def test_markdown_of_a_dialogue_goes_to_stdout(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert called("view", run, "--dialogue", "1", "--markdown") == 0
    assert capsys.readouterr().out.startswith("# Dialogue 1 of donation.db")


@pytest.mark.parametrize("screen", ["runs", "transcript", "failures", "prompt", "help"])
def test_a_picture_is_drawn_without_a_terminal(run: Path, tmp_path: Path, screen: str) -> None:
    out = tmp_path / "picture.svg"
    words = ("view", run, "--dialogue", "1", "--turn", "1", "--screen", screen)
    assert called(*words, "--screenshot", out, "--size", "100x30") == 0
    assert out.read_text("utf-8").startswith("<svg")


def test_a_picture_can_be_text(run: Path, tmp_path: Path) -> None:
    out = tmp_path / "picture.txt"
    assert called("view", run, "--screenshot", out, "--size", "80x24") == 0
    assert "Dialogues · 16" in out.read_text("utf-8")


def test_the_keys_are_listed_with_how_to_change_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert called("view", "--keys") == 0
    out = capsys.readouterr().out
    assert "app.quit: q" in out
    assert "view.yaml" in out


def test_bad_settings_are_refused_with_their_file(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "settings" / "simulate" / "view.yaml"
    path.parent.mkdir(parents=True)
    path.write_text("keys: {app.fly: q}\n")
    assert called("view", run, "--screenshot", tmp_path / "x.svg") == 2
    assert "app.fly" in capsys.readouterr().err


def test_run_beside_the_screen_needs_a_terminal_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert called("run", "donation", "--view") == 2
    assert "needs a terminal" in capsys.readouterr().err
    assert called("run", "donation", "--view", "--json") == 2
    assert "give one of them" in capsys.readouterr().err


def test_what_is_asked_as_json_imports_no_textual(run: Path) -> None:
    code = (
        "import sys\nfrom simulate.cli import main\n"
        "try:\n    main(['view', sys.argv[1], '--json'])\n"
        "except SystemExit as e:\n    assert not e.code\n"
        "sys.exit(3 if 'textual' in sys.modules else 0)"
    )
    words = [sys.executable, "-c", code, str(run)]
    assert subprocess.run(words, check=False, stdout=subprocess.DEVNULL).returncode == 0
