"""A design says who meets which cells; its factors are assigned, drawn or measured."""

from typing import Any

import pytest
from pydantic import ValidationError

from simulate.scenario import Scenario, cells_called

TWO: dict[str, Any] = {"low": {}, "high": {}}
AGES = {"age": {"young": {"below": 60}, "old": {"at_least": 60}}}
TALK: dict[str, Any] = {
    "scenario": "talk",
    "speakers": {"bot": {"plays": "assistant"}, "ada": {"plays": "user"}},
}


def scenario(design: dict[str, Any], names: str = "abcd", **changes: Any) -> Scenario:
    conditions = dict.fromkeys(names, TWO)
    return Scenario.model_validate({**TALK, "conditions": conditions, "design": design, **changes})


def test_without_a_design_a_scenario_is_dumped_as_before() -> None:
    assert "design" not in scenario({}).model_dump(mode="json")


def test_a_scenario_with_a_design_survives_being_written_and_read() -> None:
    told = {"between": ["a"], "strata": {"age": {"old": {"at_least": 60}}}, "fraction": ["d = a*b"]}
    first = scenario(told)
    assert Scenario.model_validate(first.model_dump(mode="json")) == first


def test_strata_are_the_last_factor_of_each_cell() -> None:
    found = scenario({"strata": AGES}, "a")
    assert [cell.label for cell in found.cells()] == [
        "low+young",
        "low+old",
        "high+young",
        "high+old",
    ]
    assert [(each.name, each.kind) for each in found.factors] == [
        ("a", "within"),
        ("age", "stratum"),
    ]


def test_each_factor_says_what_it_is_and_how_likely_its_levels_were() -> None:
    factors = scenario({"between": ["a"], "random": ["d"]}).factors
    assert [each.kind for each in factors] == ["between", "within", "within", "random"]
    assert [each.probability for each in factors] == [0.5, None, None, 0.5]


def test_cells_share_personas_where_no_factor_between_persons_differs() -> None:
    design = scenario({"between": ["a"], "random": ["d"]}).design
    here = {"a": "low", "b": "low", "d": "low"}
    assert design.shares_personas(here, {**here, "b": "high"})
    assert not design.shares_personas(here, {**here, "a": "high"})
    assert not design.shares_personas(here, {**here, "d": "high"})
    assert design.fixed(here) == {"a": "low", "b": "low"}


@pytest.mark.parametrize(
    ("value", "stratum"),
    [(59.9, "young"), (60, "old"), ("61", "old"), (None, None), ("unknown", None), (True, None)],
)
def test_a_person_is_in_the_stratum_that_holds_its_value(value: Any, stratum: str | None) -> None:
    told = {"strata": AGES}
    found = scenario(told).design.strata_of({"age": value})
    assert found == (None if stratum is None else (stratum,))


def test_a_stratum_may_be_one_value_or_several() -> None:
    design = scenario({"strata": {"vote": {"left": ["red", "green"], "right": "blue"}}}).design
    assert [design.strata_of({"vote": v}) for v in ("green", "blue", "none")] == [
        ("left",),
        ("right",),
        None,
    ]


def test_a_half_fraction_has_half_of_the_cells_each_level_equally_often() -> None:
    cells = scenario({"fraction": "half"}).cells()
    assert len(cells) == 8
    assert [cell.index for cell in cells] == list(range(8))
    for name in "abcd":
        assert sum(cell.levels[name] == "high" for cell in cells) == 4


def test_a_generator_names_conditions_by_letter_or_by_name() -> None:
    by_letter, by_name = (scenario({"fraction": [g]}) for g in ("D = ABC", "d = a * b * c"))
    assert [c.label for c in by_letter.cells()] == [c.label for c in by_name.cells()]
    other = scenario({"fraction": ["D = -ABC"]})
    assert not {c.label for c in other.cells()} & {c.label for c in by_name.cells()}


def test_resolution_and_aliases_are_those_of_the_textbook() -> None:
    # Box, Hunter and Hunter 2005, table 6.22: 2^(5-2), D = AB, E = AC.
    part = scenario({"fraction": ["D = AB", "E = AC"]}, "abcde")
    fraction = part.design.fraction_of(part.conditions)
    assert fraction is not None
    assert fraction.resolution == 3
    assert {"".join(sorted(word)) for word in fraction.words} == {"abd", "ace", "bcde"}
    aliases = {"".join(sorted(each)) for each in fraction.aliases("a")}
    assert aliases == {"bd", "ce", "abcde"}
    assert any("a and b × d and c × e" in each for each in fraction.sentences())


def test_of_a_fraction_effects_that_are_no_aliases_are_orthogonal() -> None:
    part = scenario({"fraction": ["D = AB", "E = AC"]}, "abcde")
    signs = [{n: 1 if c.levels[n] == "high" else -1 for n in "abcde"} for c in part.cells()]
    assert sum(each["a"] * each["b"] for each in signs) == 0
    assert sum(each["a"] * each["b"] * each["d"] for each in signs) == len(signs) == 8


@pytest.mark.parametrize(
    ("design", "why"),
    [
        ({"between": ["e"]}, "design.between: there is no condition “e”; there are: a, b, c, d"),
        ({"between": ["a", "a"]}, "design.between: “a” stands there twice"),
        ({"random": ["e"]}, "design.random: there is no condition “e”"),
        ({"between": ["a"], "random": ["a"]}, "design.random: “a” is between persons, too"),
        ({"block": ["sex"]}, "design.block: nothing is assigned"),
        (
            {"between": ["a"], "block": ["sex"], "assignment": "simple"},
            "design.block: simple assignment has no blocks",
        ),
        (
            {"between": ["a"], "block": ["sex", "sex"]},
            "design.block: “sex” stands there twice",
        ),
        ({"strata": {"a": {"x": "1"}}}, "design.strata.a: a condition has the name"),
        (
            {"strata": {"age": {"young": {"below": 60}, "old": {"at_least": 50}}}},
            "design.strata.age: a person could be in both “young” and “old”",
        ),
        (
            {"strata": {"age": {"young": {"below": 60}, "fifty": [50]}}},
            "could be in both “young” and “fifty”",
        ),
        ({"strata": {"age": {"old": {"above": 5, "at_least": 4}}}}, "one of above and at_least"),
        ({"fraction": ["D"]}, "design.fraction: “D” is no generator; write one such as D = ABC"),
        ({"fraction": ["D = AX"]}, "names “X”, which is no condition of two levels"),
        ({"fraction": ["D = AB", "D = BC"]}, "design.fraction: “d” is made by one generator"),
        ({"fraction": ["D = AB", "C = BD"]}, "design.fraction: “c”|design.fraction: “d”"),
        ({"fraction": ["D = A"]}, "resolution II: the main effects of a and d"),
        ({"fraction": ["D = AA"]}, "names a condition twice"),
        ({"fraction": ["D = ABC"], "random": ["d"]}, "names “d”, which is no condition of two"),
    ],
)
def test_a_design_that_cannot_be_is_refused_with_its_field(
    design: dict[str, Any], why: str
) -> None:
    with pytest.raises(ValidationError, match=why):
        scenario(design)


def test_a_half_of_two_conditions_is_refused() -> None:
    with pytest.raises(ValidationError, match="half needs three conditions"):
        scenario({"fraction": "half"}, "ab")


def test_a_planned_contrast_of_a_cell_that_a_fraction_leaves_out_is_refused() -> None:
    cells = ["low+low+low+low", "high+high+high+high"]
    with pytest.raises(ValidationError, match=r"no cell “low.*” \(the fraction leaves it out"):
        scenario({"fraction": ["D = -ABC"]}, contrasts={"c": {"cells": cells, "meaning": "m"}})


def test_some_levels_stand_for_all_cells_that_have_them() -> None:
    cells = scenario({"strata": AGES}, "ab").cells()
    assert [c.label for c in cells_called("a=low+old", cells)] == ["low+low+old", "low+high+old"]
    assert len(cells_called("young", cells)) == 4
    assert cells_called("low", cells) == ()
    assert cells_called("low+low+old", cells) == (cells[1],)


def test_the_levels_of_an_option_leave_the_rest_of_the_design() -> None:
    whole = scenario({"between": ["a", "b"], "random": ["d"], "block": ["sex"]})
    less = whole.with_conditions({"a": whole.conditions["a"]})
    assert (less.design.between, less.design.random, less.design.block) == (["a"], [], ["sex"])
