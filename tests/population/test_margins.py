"""A table of people is raked to the margins of a population."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from simulate.errors import PopulationError
from simulate.population import Population, load_population

ROWS = [
    {"sex": sex, "age": age}
    for sex, age, count in [("f", "23", 30), ("f", "61", 10), ("m", "35", 15), ("m", "70", 5)]
    for _ in range(count)
]
AGES = [{"when": {"below": 40}, "share": 60}, {"when": {"at_least": 40}, "share": 40}]


def people(margins: Any, rows: list[dict[str, Any]] = ROWS) -> Population:
    table = [{"id": str(i), "attributes": row} for i, row in enumerate(rows)]
    return Population.model_validate({"population": "t", "personas": table, "margins": margins})


def test_people_are_drawn_by_weights_that_meet_the_margins() -> None:
    drawn = people({"sex": {"f": 51, "m": 49}, "age": AGES}).sample(1000, 0)
    women = sum(p.attributes["sex"] == "f" for p in drawn)
    young = sum(int(str(p.attributes["age"])) < 40 for p in drawn)
    assert women == pytest.approx(510, abs=5)
    assert young == pytest.approx(600, abs=5)


def test_a_group_without_a_share_is_never_drawn() -> None:
    drawn = people({"sex": {"f": 1, "m": 0}}).sample(100, 0)
    assert Counter(p.attributes["sex"] for p in drawn) == {"f": 100}


def test_weights_that_people_have_are_where_raking_begins() -> None:
    table = [{"id": "a", "weight": 3, "attributes": {"sex": "f"}},
             {"id": "b", "weight": 1, "attributes": {"sex": "f"}},
             {"id": "c", "attributes": {"sex": "m"}}]  # fmt: skip
    data = {"population": "t", "personas": table, "margins": {"sex": {"f": 50, "m": 50}}}
    found = {row.id: row.weight for row in Population.model_validate(data).rows}
    assert found == pytest.approx({"a": 1.875, "b": 0.625, "c": 2.5})


@pytest.mark.parametrize(
    ("margins", "rule"),
    [
        ({"sex": {"f": 1, "m": 1, "x": 1}}, r"^margins.sex: nobody of 60 people is “x”"),
        ({"sex": {"f": 1}}, r"^margins.sex: persona “40” has “m”, which is in no group"),
        ({"sex": {"f": 0, "m": 0}}, r"^margins.sex: the shares must not all be zero"),
        (
            {"age": [{"when": {"below": 70}, "share": 1}, {"when": {"above": 60}, "share": 1}]},
            r"^margins.age: “61” is of the groups “< 70” and “> 60”, too; of persona “30”",
        ),
    ],
)
def test_margins_that_a_table_cannot_have_are_refused(margins: Any, rule: str) -> None:
    with pytest.raises(PopulationError, match=rule):
        people(margins).check()


def test_margins_that_contradict_each_other_are_refused() -> None:
    rows = [{"sex": "f", "job": "no"}] * 5 + [{"sex": "m", "job": "yes"}] * 5
    with pytest.raises(PopulationError, match=r"^margins: no weights .* sex and job together"):
        people({"sex": {"f": 1, "m": 1}, "job": {"no": 9, "yes": 1}}, rows).check()


def test_somebody_without_a_value_is_named() -> None:
    with pytest.raises(PopulationError, match=r"^margins.sex: persona “60” has no value"):
        people({"sex": {"f": 1, "m": 1}}, [*ROWS, {"sex": None}]).check()


@pytest.mark.parametrize(
    ("margins", "rule"),
    [
        ("{sexe: {f: 1}}", r"p\.yaml:3: margins\.sexe: is no column of the table; there are: sex"),
        (
            "{sex: {f: 1, x: 1}}",
            r"p\.yaml:3: margins\.sex: persona “t-0002” \(.*:3\) has “m”",
        ),
    ],
)
def test_wrong_margins_are_told_with_their_line(tmp_path: Path, margins: str, rule: str) -> None:
    (tmp_path / "t.csv").write_text("sex,age\nf,1\nm,2\n")
    path = tmp_path / "p.yaml"
    path.write_text(f"population: p\ntable: t.csv\nmargins: {margins}\n")
    with pytest.raises(PopulationError, match=rule):
        load_population(path)


def test_margins_are_for_tables() -> None:
    sex = {"kind": "category", "counts": {"f": 1, "m": 1}}
    data = {"population": "p", "attributes": {"sex": sex}, "margins": {"sex": {"f": 1}}}
    with pytest.raises(ValueError, match="margins: are for a table of people"):
        Population.model_validate(data)
