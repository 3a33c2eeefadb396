from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Command

SCENARIO = """
scenario: gift
speakers:
  asker: {plays: assistant, instructions: Ask.}
  giver: {plays: user, method: vs}
turns: {first: asker, maximum: 1}
outcomes:
  gift: {kind: yesno, asked: {speaker: giver, question: Do you give?}}
"""
REPLIES = [("Why?", 0.5), ("No.", 0.2), ("Yes.", 0.15), ("Well.", 0.1), ("Hm.", 0.05)]
MODEL = [
    {"when": "Do you give", "answers": [{"responses": [
        {"value": "yes", "probability": 0.4}, {"value": "no", "probability": 0.6}]}]},
    {"when": "your turn|Not part|Now write|Do not settle", "answers": [{"responses": [
        {"text": text, "ends": False, "probability": p} for text, p in REPLIES]}]},
    "Would you?",
]  # fmt: skip


@pytest.fixture
def words(tmp_path: Path) -> list[str]:
    (tmp_path / "gift.yaml").write_text(SCENARIO)
    (tmp_path / "model.json").write_text(json.dumps(MODEL))
    named = ["wordings", str(tmp_path / "gift.yaml"), "--model", f"scripted:{tmp_path}/model.json"]
    return [*named, "--out", str(tmp_path / "w.db"), "--repeats", "2", "-n", "3"]


def test_the_command_says_what_a_comparison_would_take(command: Command, words: list[str]) -> None:
    code, out, _ = command(*words, "--template", "1", "--template", "2", "--dry-run")
    assert code == 0
    assert "6 dialogues, about 18 calls" in out
    assert "Further calls: 36 for known truths, 0 for the next act." in out
    code, out, _ = command(*words, "--template", "1", "--template", "2", "--dry-run", "--json")
    assert json.loads(out)["known_truths"] == {"calls": 36}


def test_the_command_prints_the_sentence_the_table_and_what_it_is_of(
    command: Command, words: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    figure = tmp_path / "wordings.png"
    code, out, err = command(*words, "--template", "1", "--template", "2", "--figure", figure)
    assert code == 0, err
    assert "no difference is shown between version-1 and version-2" in " ".join(out.split())
    assert "6 tokens" in out
    assert all(len(line) <= 80 for line in out.splitlines())
    assert "asking about two dice" in err
    assert figure.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ((), "--template: 0 given, and 2 to 10 are compared"),
        (("--template", "1", "--template", "2", "--margin", "x"), "--margin x: write CRITERION=X"),
    ],
)
def test_bad_input_is_one_line_and_calls_nobody(
    command: Command, words: list[str], tmp_path: Path, more: tuple[str, ...], told: str
) -> None:
    code, out, err = command(*words, *more)
    assert (code, out) == (2, "")
    assert told in err
    assert len(err.strip().splitlines()) == 1
    assert not (tmp_path / "w.db").exists()
