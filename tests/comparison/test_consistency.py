"""Whether users keep sounding like themselves: some who do, some who come to sound alike."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simulate.comparison.consistency import Consistency, consistency
from simulate.reference.importers.persuasionforgood import load_folder
from simulate.reference.transcripts import write_transcripts
from simulate.runfile.export_reader import DialogueExport
from tests.human_data import OFFICIAL, needs_official

Says = Callable[[int, int], str]


def record(person: int, says: Says, turns: int = 5, name: str = "user") -> dict[str, Any]:
    """Return a dialogue in which a person says something at each of its turns."""
    return {
        "dialogue": f"d{person}",
        "persona": {"id": f"p{person}"},
        "cell": {},
        "outcomes": {},
        "turns": [
            {"speaker": who, "text": says(person, place) if who == name else "And then?"}
            for place in range(turns)
            for who in ("bot", name)
        ],
    }


def found(path: Path, says: Says, people: int = 20, turns: int = 5) -> Consistency:
    write_transcripts([record(person, says, turns) for person in range(people)], path)
    (row,) = consistency(DialogueExport(path), speakers=["user"])
    return row


def habit(person: int, place: int) -> str:
    return f"{chr(97 + person) * 3} as ever {place}"


def test_who_keeps_to_its_words_is_always_recognized(tmp_path: Path) -> None:
    row = found(tmp_path / "r.jsonl", habit)
    assert row.share == 1.0
    assert [(at.place, at.dialogues) for at in row.by_place] == [(3, 20), (4, 20), (5, 20)]
    assert (row.change, row.interval) == (0.0, None)


def test_who_all_say_the_same_are_recognized_half_of_the_time(tmp_path: Path) -> None:
    assert found(tmp_path / "r.jsonl", lambda person, place: f"turn {place}").share == 0.5


def test_users_who_come_to_sound_alike_are_recognized_less(tmp_path: Path) -> None:
    row = found(
        tmp_path / "r.jsonl",
        lambda person, place: habit(person, place) if place < 3 or person % 4 == 0 else "Thanks.",
    )
    assert row.by_place[0].share == 1.0
    assert row.change == pytest.approx(-0.375, abs=0.1)
    assert row.change_interval is not None
    assert row.change_interval[1] < 0


def test_dialogues_of_two_turns_have_nothing_to_be_recognized(tmp_path: Path) -> None:
    row = found(tmp_path / "r.jsonl", habit, turns=2)
    assert (row.personas, row.share, row.by_place) == (0, None, ())


def test_dialogues_of_one_persona_are_not_set_against_each_other(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    same = [record(i, habit) | {"persona": {"id": "p"}} for i in range(3)]
    write_transcripts(same, path)
    (row,) = consistency(DialogueExport(path), speakers=["user"])
    assert (row.personas, row.share) == (1, None)


@needs_official
def test_people_are_recognized_more_often_than_not(tmp_path: Path) -> None:
    records = [dialogue.record() for dialogue in load_folder(OFFICIAL)][:150]
    write_transcripts([record(0, habit, name="persuadee")], tmp_path / "r.jsonl")
    people, _ = consistency(DialogueExport(tmp_path / "r.jsonl"), records, speakers=["persuadee"])
    assert people.name == "people"
    assert people.interval is not None
    assert people.interval[0] > 0.53
    assert people.share is not None
    assert people.share < 0.7
