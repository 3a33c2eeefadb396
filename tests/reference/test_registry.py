from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from simulate.errors import ReferenceDataError
from simulate.reference import (
    Measured,
    ReferenceFile,
    Variable,
    load,
    names,
    open_reference,
    read,
    save,
)


def file(name: str = "mine") -> ReferenceFile:
    measured = Measured(
        Variable("gave", "amount", "EUR", (0.0, 3.0), description="What they gave."),
        np.array([0.0, 1.0, 9.0]),
        np.array([4, 2, 1]),
        groups=((0.0, 0.0),),
        missing=5,
        persons={"p1": 1.0, "p2": 9.0},
    )
    return ReferenceFile(name, "Mine", "a survey", "CC0-1.0", (measured,))


def test_the_shipped_references_are_known_by_name() -> None:
    assert {"persuasionforgood-donations", "persuasionforgood-language"} <= set(names())


def test_every_shipped_reference_has_source_licence_and_n() -> None:
    for name in names():
        found = open_reference(name)
        assert found.source
        assert found.licence
        assert all(measured.n > 0 for measured in found.measured)


def test_shipped_references_hold_no_persona_and_no_text() -> None:
    for name in names():
        found = open_reference(name)
        assert found.transcripts is None
        assert all(not measured.persons for measured in found.measured)


def test_a_saved_reference_is_read_back_as_it_was(own_home: Path) -> None:
    found = read(save(file(), own_home / "mine.json"))
    assert found.measured[0].variable == file().measured[0].variable
    assert found.measured[0].counts.tolist() == [4, 2, 1]
    assert found.measured[0].groups == ((0.0, 0.0),)
    assert found.measured[0].persons == {"p1": 1.0, "p2": 9.0}


def test_an_imported_reference_is_known_by_name(own_home: Path) -> None:
    save(file(), own_home / "mine.json")
    assert "mine" in names()
    assert load("mine").n == 6


def test_a_reference_may_be_named_by_its_file(tmp_path: Path) -> None:
    assert load(str(save(file(), tmp_path / "elsewhere.json"))).n == 6


def test_persons_are_cleaned_by_the_same_rule(own_home: Path) -> None:
    save(file(), own_home / "mine.json")
    assert load("mine").persons == {"p1": 1.0}
    assert load("mine", cleaning="clip").persons == {"p1": 1.0, "p2": 3.0}


def test_the_outcomes_name_picks_the_variable() -> None:
    assert load("persuasionforgood-donations", "pledge").variable.name == "pledge"
    assert load("persuasionforgood-donations", "anything").variable.name == "donation"


def test_a_variable_may_be_named_after_a_slash() -> None:
    assert load("persuasionforgood-donations/pledge").variable.name == "pledge"


def test_an_unknown_reference_is_refused_with_those_there_are() -> None:
    with pytest.raises(
        ReferenceDataError, match=r"no reference “nobody”; known: .*persuasionforgood-donations"
    ):
        load("nobody")


def test_an_unknown_variable_is_refused_with_those_there_are() -> None:
    with pytest.raises(ReferenceDataError, match="has no variable “mood”; it has: donation"):
        load("persuasionforgood-donations/mood")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "not a readable reference file"),
        ("{}", '"format" must be "simulate-reference/1"'),
        (json.dumps({"format": "simulate-reference/1"}), "field 'name' is missing"),
    ],
)
def test_a_file_that_is_no_reference_is_refused(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "bad.json"
    path.write_text(content)
    with pytest.raises(ReferenceDataError, match=message):
        read(path)


def test_counts_below_one_are_refused(own_home: Path) -> None:
    path = save(file(), own_home / "mine.json")
    path.write_text(path.read_text().replace("[1.0, 2]", "[1.0, 0]"))
    with pytest.raises(ReferenceDataError, match="at least one dialogue each"):
        read(path)


def test_median_mode_and_mean_are_those_of_the_values(own_home: Path) -> None:
    save(file(), own_home / "mine.json")
    found = load("mine")
    assert [found.median, found.mode] == [0.0, 0.0]
    assert found.mean == pytest.approx(1 / 3)


def test_rows_hold_every_dialogue_once(own_home: Path) -> None:
    save(file(), own_home / "mine.json")
    rows = load("mine").rows()
    assert sorted(rows.values.tolist()) == [0.0] * 4 + [1.0] * 2
    assert rows.cluster_count == 5
