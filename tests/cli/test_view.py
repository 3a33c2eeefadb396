import re
import sqlite3
import subprocess
import sys
from pathlib import Path
from shutil import copyfile

import pytest

from tests.conftest import AsJson, Command
from tests.runfile.small_run import make_small_run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_small_run(tmp_path_factory.mktemp("view") / "donation.db")


@pytest.fixture(autouse=True)
def _own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    monkeypatch.delenv("TEXTUAL_DRIVER", raising=False)


def test_without_a_terminal_one_line_says_what_to_use_instead(run: Path, command: Command) -> None:
    code, _, error = command("view", run)
    assert code == 2
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
    run: Path, command: Command, words: tuple[str, ...], says: str
) -> None:
    code, _, error = command("view", *(run if word == "RUN" else word for word in words))
    assert code == 2
    assert says in error


def test_where_a_run_is_not_there_the_newest_beside_it_is_named(
    run: Path, command: Command
) -> None:
    for words in (("view",), ("summary",), ("compare",)):
        _, _, error = command(*words, run.with_name("nowhere.db"))
        assert "the newest is “" in error
        assert run.name in error


def test_a_file_that_is_no_run_and_a_newer_schema_are_refused(
    run: Path, tmp_path: Path, command: Command
) -> None:
    other, newer = tmp_path / "other.db", tmp_path / "newer.db"
    other.write_text("not a run")
    copyfile(run, newer)
    with sqlite3.connect(newer) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    for path, says in ((other, "is not a run file"), (newer, "update simulate to open it")):
        code, _, error = command("view", path)
        assert code == 2
        assert says in error


def test_a_scenario_that_this_version_cannot_read_is_said(
    run: Path, tmp_path: Path, command: Command
) -> None:
    old = tmp_path / "old.db"
    copyfile(run, old)
    with sqlite3.connect(old) as connection:
        connection.execute("UPDATE meta SET value = '{}' WHERE key = 'scenario'")
    connection.close()
    code, _, error = command("view", old, "--json")
    assert code == 2
    assert "open it with the version that" in error


def test_json_lists_the_runs_of_a_folder(run: Path, as_json: AsJson) -> None:
    found = as_json("view", run.parent, "--screen", "runs")
    assert [Path(str(r["path"])).name for r in found["runs"]] == ["donation.db"]


def test_json_of_no_runs_at_all_is_an_empty_list(tmp_path: Path, as_json: AsJson) -> None:
    assert as_json("view", tmp_path)["runs"] == []


def test_json_has_the_dialogues_of_a_filter_in_their_order(run: Path, as_json: AsJson) -> None:
    found = as_json("view", run, "--filter", "cell:vs", "--sort", "tokens", "--descending")
    rows = found["dialogues"]
    tokens = [row["prompt_tokens"] + row["completion_tokens"] for row in rows]
    assert tokens == sorted(tokens, reverse=True)
    assert {row["cell"] for row in rows} == {"vs"}


def test_json_has_a_transcript_with_candidates(run: Path, as_json: AsJson) -> None:
    found = as_json("view", run, "--dialogue", "1")
    turns = found["turns"]
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
    run: Path, as_json: AsJson, screen: str, key: str
) -> None:
    assert as_json("view", run, "--screen", screen)[key]


def test_json_of_one_turn_has_its_prompt(run: Path, as_json: AsJson) -> None:
    found = as_json("view", run, "--screen", "prompt", "--dialogue", "1", "--turn", "1")
    assert [call["turn"] for call in found["calls"]] == [1]


def test_markdown_of_a_dialogue_goes_to_stdout(run: Path, command: Command) -> None:
    code, out, _ = command("view", run, "--dialogue", "1", "--markdown")
    assert code == 0
    assert out.startswith("# Dialogue 1 of donation.db")


@pytest.mark.parametrize("screen", ["runs", "transcript", "failures", "prompt", "help"])
def test_a_picture_is_drawn_without_a_terminal(
    run: Path, tmp_path: Path, screen: str, command: Command
) -> None:
    out = tmp_path / "picture.svg"
    words = ("view", run, "--dialogue", "1", "--turn", "1", "--screen", screen)
    code, told, error = command(*words, "--screenshot", out, "--size", "100x30")
    assert (code, told) == (0, "")
    assert error.endswith(f"wrote {out}\n")
    assert out.read_text("utf-8").startswith("<svg")


def test_a_picture_can_be_text(run: Path, tmp_path: Path, command: Command) -> None:
    out = tmp_path / "picture.txt"
    assert command("view", run, "--screenshot", out, "--size", "80x24")[0] == 0
    assert "Dialogues · 16" in out.read_text("utf-8")


def test_the_keys_are_listed_with_how_to_change_them(command: Command) -> None:
    code, out, _ = command("view", "--keys")
    assert code == 0
    assert "app.quit: q" in out
    assert "view.yaml" in out


def test_bad_settings_are_refused_with_their_file(
    run: Path, tmp_path: Path, command: Command
) -> None:
    path = tmp_path / "settings" / "simulate" / "view.yaml"
    path.parent.mkdir(parents=True)
    path.write_text("keys: {app.fly: q}\n")
    code, _, error = command("view", run, "--screenshot", tmp_path / "x.svg")
    assert code == 2
    assert "app.fly" in error


def test_run_beside_the_screen_needs_a_terminal_too(command: Command) -> None:
    for more, says in (((), "needs a terminal"), (("--json",), "give one of them")):
        code, _, error = command("run", "donation", "--view", *more)
        assert code == 2
        assert says in error


def test_what_is_asked_as_json_imports_no_textual(run: Path) -> None:
    code = (
        "import sys\nfrom simulate.cli import main\n"
        "try:\n    main(['view', sys.argv[1], '--json'])\n"
        "except SystemExit as e:\n    assert not e.code\n"
        "sys.exit(3 if 'textual' in sys.modules else 0)"
    )
    words = [sys.executable, "-c", code, str(run)]
    assert subprocess.run(words, check=False, stdout=subprocess.DEVNULL).returncode == 0


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--screen", "tree", "--html", "."], "is a folder|cannot be written"),
        (["--screen", "tree", "--json", "--outcome", "no"], "there are: donation"),
        (["--json", "--dialogue", "\udcff"], "has no dialogue"),
    ],
)
def test_what_cannot_be_written_or_named_is_one_line(
    small_run: Path, command: Command, words: list[str], why: str
) -> None:
    code, _, err = command("view", str(small_run), *words)
    assert (code, err.count("\n")) == (2, 1)
    assert re.search(why, err)
    assert "fault of simulate" not in err
