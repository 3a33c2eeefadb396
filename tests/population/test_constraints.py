"""Constraints hold of everybody, and one that nobody meets is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from simulate.errors import PopulationError
from simulate.population import Population, load_population

ATTRIBUTES = {
    "age": {"kind": "integer", "counts": {10: 1, 20: 1, 30: 1, 40: 1}},
    "schooling": {"kind": "integer", "counts": {0: 1, 8: 1, 20: 1}},
    "job": {"kind": "category", "counts": {"no": 1, "yes": 1}},
}


def under(*require: str, **more: Any) -> Population:
    data = {"population": "p", "attributes": ATTRIBUTES, "require": list(require), **more}
    return Population.model_validate(data)


@pytest.mark.parametrize("sampling", ["random", "sobol"])
def test_constraints_hold_of_everybody(sampling: str) -> None:
    for person in under(
        "age - schooling >= 6", "job == 'no' or age > 15", sampling=sampling
    ).sample(500, 1):
        age, schooling, job = person.attributes.values()
        assert int(str(age)) - int(str(schooling)) >= 6
        assert job == "no" or int(str(age)) > 15


def test_who_meets_the_constraints_stays_who_it_was() -> None:
    free, bound = under().sample(200, 1), under("age > 10").sample(200, 1)
    for one, other in zip(free, bound, strict=True):
        assert one.attributes == other.attributes or one.attributes["age"] == 10


def test_the_rest_is_drawn_anew_by_the_marginals_that_are_left() -> None:
    drawn = [p.attributes["age"] for p in under("age > 10").sample(9000, 2)]
    for age in (20, 30, 40):
        # The standard error is √(2/9 / 9000) = .005.
        assert drawn.count(age) / 9000 == pytest.approx(1 / 3, abs=0.02)


def test_a_rare_constraint_is_met_whoever_else_is_drawn() -> None:
    rare = {"a": {"kind": "integer", "counts": {0: 499, 1: 1}}}
    data = {"population": "p", "attributes": rare, "require": ["a == 1"]}
    population = Population.model_validate(data)
    assert {p.attributes["a"] for p in population.sample(30, 0)} == {1}
    assert population.person("p-0007", 0) == population.sample(7, 0)[6]


def test_the_acceptance_of_each_constraint_is_known() -> None:
    assert under("age > 10", "job == 'no'").acceptance == pytest.approx(
        [0.75, 0.5, 0.375], abs=0.01
    )


@pytest.mark.parametrize(
    ("require", "rule"),
    [
        (["age > 40"], r"^require\.0: “age > 40” is met by none of 4,096 people"),
        (["age > 20", "age < 30"], r"^require: none of 4,096 people meets all .* 50\.0%, 50\.0%"),
        (["wage > 1"], r"^require\.0: “wage” is no attribute; there are: age, schooling, job"),
        (["age"], r"^require\.0: “age” gives “.*; it must be true or false"),
        (["1 == 1"], r"^require\.0: “1 == 1” reads no attribute"),
        (["age >"], r"^require\.0, template line 1"),
        (["age > job"], r"^require\.0: '>' not supported"),
        (["age ** 2 > 1"], r"^require\.0, .*“\*\*” is not allowed"),
        (["age }} {{ age"], r"^require\.0: .* it must be true or false"),
    ],
)
def test_a_constraint_that_is_none_or_that_nobody_meets_is_refused(
    require: list[str], rule: str
) -> None:
    with pytest.raises(PopulationError, match=rule):
        under(*require).check()


def test_the_line_of_a_constraint_that_nobody_meets_is_told(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(
        "population: p\nattributes:\n  age: {kind: integer, counts: {1: 1}}\nrequire:\n"
        "- age > 0\n- age > 1\n"
    )
    with pytest.raises(PopulationError, match=r"p\.yaml:6: require\.1: “age > 1” is met by none"):
        load_population(path)


def test_rows_of_a_table_that_break_a_constraint_are_never_drawn() -> None:
    rows = [{"id": str(i), "attributes": {"age": i}} for i in range(30)]
    table = Population.model_validate(
        {"population": "t", "personas": rows, "require": ["age >= 18"]}
    )
    assert {p.attributes["age"] for p in table.sample(24, 0)} == set(range(18, 30))
    assert all(p.id.endswith("#2") for p in table.sample(24, 0)[12:])
