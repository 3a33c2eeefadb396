"""Conditional tables: drawn by row, in any order, and refused where a row is missing."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from simulate.errors import PopulationError
from simulate.population import Population, load_population

EDUCATION = {"kind": "ordinal", "counts": {"low": 60, "high": 40}}
AGE = {"kind": "number", "distribution": {"name": "uniform", "bounds": [0, 1]}}


def given(*rows: Any, **others: Any) -> Population:
    table = [{"when": when, "counts": counts} for when, counts in rows]
    attributes = {"income": {"kind": "ordinal", "given": table}, **others}
    return Population.model_validate({"population": "p", "attributes": attributes})


def test_each_row_of_a_table_has_its_own_shares() -> None:
    population = given(
        ({"education": "low"}, {1: 80, 2: 20}),
        ({"education": "high"}, {1: 30, 2: 70}),
        education=EDUCATION,
    )
    drawn = Counter(
        (p.attributes["education"], p.attributes["income"]) for p in population.sample(20_000, 1)
    )
    found = {key: count / 20_000 for key, count in drawn.items()}
    # The standard error of a share is at most .0035.
    assert found == pytest.approx(
        {("low", 1): 0.48, ("low", 2): 0.12, ("high", 1): 0.12, ("high", 2): 0.28}, abs=0.014
    )


def test_tables_may_be_given_what_is_given_others_and_stand_in_any_order() -> None:
    population = given(
        ({"education": "low", "job": "yes"}, {1: 1, 2: 0}),
        ({"education": "low", "job": "no"}, {1: 0, 2: 1}),
        ({"education": "high", "job": ["no", "yes"]}, {1: 0, 2: 1}),
        job={
            "kind": "category",
            "given": [
                {"when": {"education": "low"}, "counts": {"yes": 1, "no": 1}},
                {"when": {"education": "high"}, "counts": {"yes": 1}},
            ],
        },
        education=EDUCATION,
    )
    for person in population.sample(500, 0):
        told = person.attributes
        assert list(told) == ["income", "job", "education"]
        assert (told["income"] == 1) == (told["education"] == "low" and told["job"] == "yes")


def test_ranges_of_a_continuous_attribute_have_rows() -> None:
    population = given(
        ({"age": {"below": 0.25}}, {1: 1, 2: 0}),
        ({"age": {"at_least": 0.25}}, {1: 0, 2: 1}),
        age=AGE,
    )
    for person in population.sample(500, 0):
        assert (person.attributes["income"] == 1) == (float(str(person.attributes["age"])) < 0.25)


LOW, HIGH = ({"education": "low"}, {1: 1, 2: 1}), ({"education": "high"}, {1: 1, 2: 1})


@pytest.mark.parametrize(
    ("rows", "others", "rule"),
    [
        ([LOW], {"education": EDUCATION}, "given: no row is for education “high”"),
        ([LOW, HIGH, LOW], {"education": EDUCATION}, "given.2.when: education “low” is met by giv"),
        (
            [LOW, ({"education": "hihg"}, {1: 1})],
            {"education": EDUCATION},
            "given.1.when.educ.*nob",
        ),
        ([LOW, HIGH], {}, "“education” is no attribute"),
        ([({"income": 1}, {1: 1})], {}, "“income” is the attribute itself"),
        (
            [LOW, ({"education": "high"}, {1: 0})],
            {"education": EDUCATION},
            "given.1.counts must not",
        ),
        ([LOW, ({"education": "high"}, {})], {"education": EDUCATION}, "given.1: give counts or"),
        ([LOW, ({"job": 1}, {1: 1})], {"education": EDUCATION}, "given.1.when: each row must name"),
        ([LOW, ({"education": "high"}, {2: 1, 1: 1})], {"education": EDUCATION}, "the same order"),
        ([({"age": {"below": 0.3}}, {1: 1})], {"age": AGE}, "no row is for age “0.3”"),
        ([({"age": 0.3}, {1: 1})], {"age": AGE}, "age is continuous: give a range"),
        (
            [({"age": {"at_most": 0.3}}, {1: 1}), ({"age": {"at_least": 0.3}}, {1: 1})],
            {"age": AGE},
            "age “0.3” is met by given.0, too",
        ),
    ],
)
def test_a_table_that_is_not_whole_is_refused(
    rows: list[Any], others: dict[str, Any], rule: str
) -> None:
    with pytest.raises(ValueError, match=rule):
        given(*rows, **others)


def test_attributes_that_are_given_each_other_are_refused() -> None:
    education = {"kind": "ordinal", "given": [{"when": {"income": [1, 2]}, "counts": {"low": 1}}]}
    with pytest.raises(ValueError, match=r"in a circle: .* → "):
        given(LOW, education=education)


def test_a_row_that_is_missing_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(
        "population: p\nattributes:\n  sex: {kind: category, counts: {f: 1, m: 1}}\n  pay:\n"
        "    kind: ordinal\n    given:\n    - {when: {sex: f}, counts: {1: 1}}\n"
    )
    with pytest.raises(PopulationError, match=r"p\.yaml:6: attributes\.pay\.given: no row is for"):
        load_population(path)
