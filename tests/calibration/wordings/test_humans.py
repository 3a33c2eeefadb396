from __future__ import annotations

from pathlib import Path

import pytest

from simulate.calibration.wordings.humans import humans_of, language_of, people_to_choose_by
from simulate.errors import ReferenceDataError
from simulate.reference.split import split_of
from tests.reference.test_released import release

GAVE = {f"d{i}": i / 10 for i in range(12)}
SELECTED = {
    dialogue: gave for dialogue, gave in GAVE.items() if split_of(f"of-{dialogue}") == "select"
}


def test_outcomes_of_a_release_are_those_of_persons_on_the_select_side(tmp_path: Path) -> None:
    found = humans_of(release(tmp_path, GAVE), "donation", None, "persuadee")
    assert 0 < len(SELECTED) < len(GAVE)
    assert found.split
    assert found.reference.values.tolist() == sorted(SELECTED.values())
    assert "on the select side of" in found.told


def test_a_reference_that_names_nobody_is_used_whole_and_that_is_said() -> None:
    found = humans_of("persuasionforgood-donations", "donation", None, "persuadee")
    assert (found.split, found.reference.n) == (False, 982)
    assert "nothing of it is left untouched" in found.told


def test_the_people_of_a_release_who_are_simulated_are_on_the_select_side(tmp_path: Path) -> None:
    people = people_to_choose_by(release(tmp_path, GAVE))
    assert people is not None
    assert {row.id for row in people.personas} == set(SELECTED)
    assert people_to_choose_by("crowdworkers") is None


def test_how_humans_talk_is_measured_on_the_select_side_where_there_are_texts(
    tmp_path: Path,
) -> None:
    file, split = language_of(release(tmp_path, GAVE), ["persuadee"])
    assert split
    assert file.reference("persuadee.words_per_turn").n == len(SELECTED)
    file, split = language_of("persuasionforgood-language", ["persuadee"])
    assert not split
    with pytest.raises(ReferenceDataError, match="neither texts nor language measures of seller"):
        language_of("persuasionforgood-language", ["seller"])
