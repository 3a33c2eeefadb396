"""Shards on the command line."""

import json
from pathlib import Path

import pytest

from tests.conftest import AsJson, Command
from tests.engine.sharded import jsonl, study


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("shards")
    paths = [folder / f"{i}.db" for i in (1, 2, 3)]
    for i, path in enumerate(paths, start=1):
        study(path, f"{i}/3")
    return paths


def test_merge_says_what_is_there_what_is_missing_and_what_to_do(
    tmp_path: Path, shards: list[Path], command: Command, as_json: AsJson
) -> None:
    out = tmp_path / "all.db"
    code, data, told = command("merge", *shards[:2], "--out", out)
    assert (code, data) == (0, "")
    assert "8 left; 16 taken" in told
    assert "shard 3 of 3 is missing: the dialogues are planned; give them to another merge" in told
    found = as_json("merge", *shards, "--out", out)
    assert found["shards"] == {"of": 3, "merged": [1, 2, 3], "missing": [], "live": []}
    assert (found["dialogues"]["left"], found["dialogues"]["taken"]) == (0, 8)
    assert found["dialogues"]["completed"] + found["dialogues"]["failed"] == 24


def test_view_shows_shards_as_one_run_and_writes_nothing_beside_them(
    tmp_path: Path, shards: list[Path], as_json: AsJson, command: Command
) -> None:
    before = sorted(shards[0].parent.iterdir())
    assert len(as_json("view", *shards)["dialogues"]) == 24
    picture = tmp_path / "a.txt"
    assert command("view", *shards[:2], "--screenshot", picture)[0] == 0
    assert "1-and-1-more.db" in picture.read_text()
    assert sorted(shards[0].parent.iterdir()) == before


def test_commands_that_read_a_shard_say_that_it_is_a_part(
    tmp_path: Path, shards: list[Path], command: Command
) -> None:
    part = "this is shard 2 of 3, a part of the plan"
    assert part in " ".join(command("summary", shards[1])[1].split())
    code, lines, told = command("export", shards[1], "--format", "jsonl")
    assert (code, told[: len(part)]) == (0, part)
    assert len([json.loads(line) for line in lines.splitlines()]) == 8
    assert jsonl(shards[1]).count("\n") == 8
    command("report", shards[1], "--html", tmp_path / "a.html")
    assert "shard 2 of 3" in (tmp_path / "a.html").read_text()


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        (("run", "donation", "--shard", "0/4"), "shard 0/4: the first number must be from 1"),
        (("run", "donation", "--shard", "half"), "shard “half”: write I/N"),
        (("run", "donation", "-n", "2", "--shard", "3/3"), "make 2 shards at most"),
        (("run", "donation", "--shard", "0/4", "--dry-run"), "shard 0/4: the first number"),
        (("merge", "nowhere.db", "--out", "x.db"), "there is no run file “nowhere.db”"),
        (("view", "nowhere.db", "elsewhere.db"), "there is no run file “nowhere.db”"),
    ],
)
def test_bad_input_is_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: Command,
    words: tuple[str, ...],
    wrong: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, told = command(*words)
    assert (code, told.count("\n")) == (2, 1)
    assert wrong in told
    assert not list(tmp_path.iterdir())
