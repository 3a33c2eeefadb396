"""Dialogues that people had, as turns with who said them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from simulate.errors import ReferenceDataError
from simulate.reference.human_talks import human_talks
from simulate.reference.importing import Importing, import_data
from tests.reference.test_released import release


def imported(folder: Path, *records: dict[str, Any]) -> str:
    """Import dialogues, and return the path of the reference."""
    said = folder / "said.jsonl"
    said.write_text("".join(json.dumps(each) + "\n" for each in records))
    return str(import_data("transcripts", Importing(said), out=folder / "mine.json"))


def turn(speaker: str, text: str) -> dict[str, str]:
    return {"speaker": speaker, "text": text}


def test_what_one_says_until_the_other_speaks_is_one_turn(tmp_path: Path) -> None:
    turns = [turn("a", "One."), turn("a", "Two."), turn("b", "Three."), turn("a", " ")]
    gave = {"gave": {"value": 1.0}}
    (talk,) = human_talks(imported(tmp_path, {"dialogue": "d", "turns": turns, "outcomes": gave}))
    assert [(t.speaker, t.text) for t in talk.turns] == [("a", "One. Two."), ("b", "Three.")]
    assert talk.outcomes == {"gave": 1.0}


def test_a_release_tells_who_both_people_are(tmp_path: Path) -> None:
    (talk,) = human_talks(release(tmp_path, {"d1": 0.5}))
    assert talk.people == {"persuader": "er", "persuadee": "of-d1"}
    assert talk.attributes["persuader"]["education"] == "Postgraduate"
    assert talk.attributes["persuadee"]["age"] == 30


def test_ids_of_people_by_speaker_become_pseudonyms_too(tmp_path: Path) -> None:
    who = {"a": {"id": "ann-7", "attributes": {"age": 30}}}
    imported(
        tmp_path,
        {
            "dialogue": "d",
            "turns": [turn("a", "One.")],
            "personas": who,
            "outcomes": {"gave": {"value": 1.0}},
        },
    )
    assert "ann-7" not in (tmp_path / "mine.dialogues.jsonl").read_text()


def test_a_reference_without_texts_is_refused() -> None:
    with pytest.raises(ReferenceDataError, match="has no texts of dialogues; import some"):
        human_talks("moblab-dictator")
