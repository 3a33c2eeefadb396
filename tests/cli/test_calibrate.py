"""`simulate calibrate` on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from simulate import ScriptedModel, calibrate_sync
from tests.calibration.invented_talks import invented, states
from tests.conftest import Command


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> str:
    return invented(tmp_path_factory.mktemp("release"), 43, turns=4)


@pytest.fixture(scope="module")
def walk(release: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("walk") / "walk.db"
    calibrate_sync(
        reference=release,
        model=ScriptedModel(states()),
        out=out,
        dialogues=43,
        turns=1,
        roles=["persuadee"],
        asks=["act", "outcome"],
    )
    return out


def test_a_dry_run_says_how_many_calls_there_are(command: Command, release: str) -> None:
    words = ("calibrate", "--reference", release, "--dialogues", "10", "--turns", "1")
    code, out, _ = command(*words, "--dry-run")
    assert code == 0
    # An act and a text of each role, and the donation of the persuadee.
    assert (
        out == "20 turns of 20 people in 10 dialogues: 50 calls, repairs and retries not counted\n"
    )
    code, out, _ = command(*words, "--dry-run", "--json", "--history", "paraphrased")
    assert json.loads(out)["calls"] == 2 * 50 + 10


def test_a_finished_walk_is_told_within_80_columns(
    command: Command, release: str, walk: Path, tmp_path: Path
) -> None:
    fitted = tmp_path / "map.json"
    code, out, err = command("calibrate", walk, "--reference", release, "--map", fitted)
    assert code == 0
    assert out.startswith("act of persuadee: Brier ")
    assert "nothing of dialogues" in " ".join(out.split())
    assert max(map(len, out.splitlines())) <= 80
    assert json.loads(fitted.read_text())["what"] == "act"
    assert f"Map: {fitted}" in err


def test_the_json_says_what_it_is_of(command: Command, release: str, walk: Path) -> None:
    code, out, _ = command("calibrate", walk, "--reference", release, "--json")
    found = json.loads(out)
    assert code == 0
    assert [part["what"] for part in found["parts"]] == ["act", "donation"]
    assert "one step ahead" in found["of"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "name human dialogues: --reference"),
        (("--reference", "moblab-dictator"), "has no texts of dialogues"),
        (("--reference", "RELEASE", "--dialogues", "4"), "take more dialogues"),
        (("WALK", "--reference", "RELEASE", "--dry-run"), "WALK is assessed as it is"),
        (("WALK", "--reference", "RELEASE", "--margin", "2"), "margin is 2, it must be between"),
        (
            ("WALK", "--reference", "RELEASE", "--map", "new.json", "--map-of", "mood"),
            "a map of mood: was not forecast; there are: act:persuadee, donation:persuadee",
        ),
        (("WALK", "--reference", "RELEASE", "--map", "WALK"), "is there already"),
        (("WALK", "--reference", "RELEASE", "--map", "WALK", "--force"), "is a run file, which no"),
        (("WALK", "--reference", "RELEASE", "--figure", "curve.doc"), "must end with .png"),
        (
            ("--reference", "RELEASE", "--role", "persuadee", "--model", "m@https://a.example/v1"),
            "--share-human-data",
        ),
    ],
)
def test_what_cannot_be_is_one_line_and_exit_code_2(
    command: Command, release: str, walk: Path, words: tuple[str, ...], message: str
) -> None:
    named = {"RELEASE": release, "WALK": str(walk)}
    code, out, err = command("calibrate", *(named.get(word, word) for word in words))
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1
