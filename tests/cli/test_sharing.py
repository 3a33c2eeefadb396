"""Commands that would send texts of people elsewhere end before a call, and name both."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from simulate.comparison.api import compare_talk
from simulate.errors import InputError
from simulate.population import load_population
from tests.conftest import Command
from tests.made_runs import write_run

ELSEWHERE = "m@https://models.example/v1"
TURNS = [{"speaker": "ada", "text": "Hello."}]


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SIMULATE_REFERENCES", str(tmp_path / "references"))
    Path("people.csv").write_text("id,age\nann,30\nbob,40\n")
    dialogue = {"dialogue": "1", "turns": TURNS, "outcomes": {}, "label": "fail"}
    Path("talks.jsonl").write_text(json.dumps(dialogue) + "\n")
    pair = {"prompt": "Say hi", "chosen": "Hi", "rejected": "Bye"}
    Path("pairs.jsonl").write_text(json.dumps(pair) + "\n")


COMMANDS = {
    "the people of population people": (
        ("run", "donation", "-n", "1", "--population", "people.csv", "--model", ELSEWHERE),
    ),
    "the dialogues of talks.jsonl": (
        ("reference", "import", "transcripts", "talks.jsonl", "--embeddings", ELSEWHERE),
    ),
    "the labelled dialogues of talks.jsonl": (
        (
            "stress",
            "support-refund",
            "--validate",
            "stays-polite=talks.jsonl",
            "--model",
            ELSEWHERE,
        ),
    ),
    "the texts of pairs.jsonl": (("typicality", "pairs.jsonl", "--model", ELSEWHERE),),
}


@pytest.mark.parametrize(
    ("what", "words"), [(what, words) for what, each in COMMANDS.items() for words in each]
)
def test_a_command_refuses_to_send_what_people_gave(
    command: Command, what: str, words: tuple[str, ...]
) -> None:
    code, out, err = command(*words)
    assert (code, out) == (2, "")
    assert f"{what} would be sent to m@https://models.example/v1" in err
    assert "--share-human-data REASON" in err
    assert len([line for line in err.splitlines() if "would be sent" in line]) == 1
    code, _, err = command(*words, "--share-human-data", " ")
    assert (code, "the reason is empty" in err) == (2, True)


def test_embeddings_of_a_run_of_people_and_of_any_export_need_a_reason() -> None:
    people = load_population("people.csv")
    run = write_run(Path("a.db"), {"vs": [1.0], "direct": [1.0]}, population=people)
    for sample, what in ((run, "people of population people"), ("talks.jsonl", "dialogues of ta")):
        with pytest.raises(InputError, match=f"the {what}.* would be sent to m"):
            compare_talk(sample, "persuasionforgood-language", embeddings=ELSEWHERE)
