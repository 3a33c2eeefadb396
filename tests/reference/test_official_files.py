from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from simulate.errors import ReferenceDataError
from simulate.population import load_population
from simulate.reference import open_reference
from simulate.reference.file import Measured
from simulate.reference.importers.persuasionforgood import (
    IMPORTER,
    TOPIC,
    HumanDialogue,
    load_folder,
    people_of,
)
from simulate.reference.importing import Importing
from simulate.reference.people import write_people
from simulate.reference.transcripts import write_transcripts
from tests.human_data import OFFICIAL, needs_official


@pytest.fixture(scope="module")
def dialogues() -> list[HumanDialogue]:
    return load_folder(OFFICIAL)


@needs_official
def test_all_1017_dialogues_are_read_with_both_sides(dialogues: list[HumanDialogue]) -> None:
    assert len(dialogues) == 1017
    assert all(set(d.participants) == {"persuader", "persuadee"} for d in dialogues)
    assert all(len(d.turns) >= 2 for d in dialogues)


@needs_official
def test_300_dialogues_have_acts_and_217_an_intended_donation(
    dialogues: list[HumanDialogue],
) -> None:
    assert sum(any(t.acts for t in d.turns) for d in dialogues) == 300
    assert sum(d.intended is not None for d in dialogues) == 217


@needs_official
def test_a_missing_survey_answer_is_absent(dialogues: list[HumanDialogue]) -> None:
    assert all(v != "" for d in dialogues for side in d.attributes.values() for v in side.values())
    assert 5 <= sum("income" not in d.attributes["persuadee"] for d in dialogues) <= 10


@needs_official
def test_each_person_comes_once_with_the_first_talk_they_had(
    dialogues: list[HumanDialogue], tmp_path: Path
) -> None:
    people = people_of(dialogues)
    assert people is not None
    records = [dialogue.record() for dialogue in dialogues]
    write_transcripts(records, tmp_path / "talks.jsonl")
    write_people(people, tmp_path / "talks.jsonl", tmp_path / "people.yaml")
    read = load_population(tmp_path / "people.yaml").sample(people.n or 0, 0)
    by_id = {dialogue.id: dialogue for dialogue in dialogues}
    assert len(read) == len({by_id[p.id].participants["persuadee"] for p in read}) == 751
    for person in read:
        assert len(person.talk) == len(by_id[person.id].turns)
        assert person.prose.startswith(f"You are {person.attributes['age']}, a ")


@needs_official
@pytest.mark.timeout(300)
def test_the_shipped_counts_are_those_of_the_official_files() -> None:
    counted = IMPORTER(Importing(OFFICIAL)).file
    shipped = [
        measured
        for name in ("persuasionforgood-donations", "persuasionforgood-language")
        for measured in open_reference(name).measured
        if not measured.variable.name.endswith(".semantic")
    ]
    assert [m.variable for m in shipped] == [m.variable for m in counted.measured]
    for ours, theirs in zip(shipped, counted.measured, strict=True):
        assert np.array_equal(ours.values, theirs.values)
        assert np.array_equal(ours.counts, theirs.counts)
        assert ours.groups == theirs.groups


@needs_official
def test_people_talk_as_the_shipped_counts_say(dialogues: list[HumanDialogue]) -> None:
    file = open_reference("persuasionforgood-language")

    def of(name: str) -> Measured:
        return file.variable(name)

    def mean(name: str) -> float:
        return float(np.average(of(name).values, weights=of(name).counts))

    said = [[t.text for t in d.turns if t.speaker == "persuadee"] for d in dialogues]
    assert mean("persuadee.words_per_turn") == pytest.approx(13.5, abs=0.05)
    lower = [np.mean([next(filter(str.isalnum, t), "").islower() for t in own]) for own in said]
    assert mean("persuadee.lower_case_starts") == pytest.approx(np.mean(lower), abs=0.002)
    assert mean("persuadee.lower_case_starts") == pytest.approx(0.185, abs=0.001)
    assert mean("persuadee.missing_end_stops") == pytest.approx(0.288, abs=0.001)
    named = [re.search(TOPIC, " ".join(t.text for t in d.turns[:2])) for d in dialogues]
    early = of("both.topic_turn").values < 2
    assert of("both.topic_turn").counts[early].sum() == sum(map(bool, named))
    assert np.median(np.repeat(of("both.topic_turn").values, of("both.topic_turn").counts)) == 2
    assert (of("both.topic_turn").missing, of("persuadee.topic_turn").missing) == (1, 46)
    assert (of("both.turns").values.min(), of("both.turns").values.max()) == (7, 30)


def test_a_folder_without_the_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReferenceDataError, match="give the folder of the official release"):
        load_folder(tmp_path)


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    (tmp_path / "full_info.csv").write_text("B2,B3,B4\nd,u,1\n")
    with pytest.raises(ReferenceDataError, match="column B6 is missing"):
        load_folder(tmp_path)


def small(folder: Path, donation: str = "0.5", role: str = "1") -> Path:
    folder.joinpath("full_info.csv").write_text(
        f"B2,B3,B4,B6,age.x\nd1,u1,0,0.0,30\nd1,u2,{role},{donation},\n"
    )
    folder.joinpath("full_dialog.csv").write_text(
        ",Unit,Turn,B4,B2\n0,One.,0,0,d1\n1,Two.,0,0,d1\n2,Three?,0,1,d1\n"
    )
    return folder


def test_sentences_of_one_turn_are_joined(tmp_path: Path) -> None:
    (dialogue,) = load_folder(small(tmp_path))
    assert [(t.speaker, t.text) for t in dialogue.turns] == [
        ("persuader", "One. Two."),
        ("persuadee", "Three?"),
    ]


def test_a_donation_that_is_no_number_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReferenceDataError, match="column B6: “half” is not a number"):
        load_folder(small(tmp_path, donation="half"))


def test_a_role_that_is_neither_0_nor_1_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReferenceDataError, match="column B4: “2” is neither 0 nor 1"):
        load_folder(small(tmp_path, role="2"))
