"""Rank correlations of a population come out as stated, or are refused with the nearest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulate.errors import PopulationError
from simulate.population import Population, load_population
from simulate.population.correlation import spearman
from simulate.population.joint import ranks

TRAIT = {"kind": "number", "counts": {1: 3, 2: 10, 3: 30, 4: 40, 5: 17}}
SKEWED = {"kind": "ordinal", "counts": {"no": 90, "yes": 10}}
LEVELS = {"kind": "ordinal", "counts": {"low": 52, "middle": 37, "high": 11}}


def people(attributes: dict[str, Any], *stated: tuple[str, str, float], **more: Any) -> Population:
    rows = [{"between": [a, b], "rank": rank} for a, b, rank in stated]
    data = {"population": "p", "attributes": attributes, "correlations": rows, **more}
    return Population.model_validate(data)


def achieved(population: Population, a: str, b: str, n: int = 40_000, seed: int = 0) -> float:
    drawn = population.sample(n, seed)
    columns = (
        ranks(population.attributes[name], [p.attributes[name] for p in drawn]) for name in (a, b)
    )
    return spearman(*columns)


@pytest.mark.parametrize(
    ("one", "other", "rank"),
    [
        (LEVELS, TRAIT, 0.33),
        (SKEWED, SKEWED, 0.6),
        (SKEWED, {"kind": "category", "counts": {"f": 50, "m": 50}}, -0.2),
        (TRAIT, {"kind": "number", "distribution": {"name": "expon"}}, -0.5),
        (
            {"kind": "integer", "distribution": {"name": "poisson", "parameters": {"mu": 0.5}}},
            {"kind": "number", "distribution": {"name": "norm"}},
            0.7,
        ),
    ],
)
def test_a_rank_correlation_comes_out_as_stated(
    one: dict[str, Any], other: dict[str, Any], rank: float
) -> None:
    # The standard error is at most 1/√40,000 = .005.
    assert achieved(people({"a": one, "b": other}, ("a", "b", rank)), "a", "b") == pytest.approx(
        rank, abs=0.016
    )


def test_pairs_that_are_not_named_are_not_correlated() -> None:
    population = people({"a": TRAIT, "b": TRAIT, "c": TRAIT}, ("a", "b", 0.5))
    assert achieved(population, "a", "c") == pytest.approx(0, abs=0.016)


def test_a_correlation_that_cannot_be_reached_is_refused_with_the_nearest() -> None:
    with pytest.raises(PopulationError, match=r"^correlations.0.rank: -0.5 .*nearest is -0.111"):
        people({"a": SKEWED, "b": SKEWED}, ("a", "b", -0.5)).check()


def test_the_nearest_that_is_told_can_be_reached() -> None:
    people({"a": SKEWED, "b": SKEWED}, ("a", "b", -0.111)).check()


def test_a_correlation_that_would_not_come_out_as_stated_is_refused() -> None:
    # Two binaries of 10 % have φ = .989 where their scores correlate by .9999.
    with pytest.raises(PopulationError, match=r"0\.995 between a and b .* nearest .* is 0\.988"):
        people({"a": SKEWED, "b": SKEWED}, ("a", "b", 0.995)).sample(1)


def test_the_line_of_a_correlation_that_cannot_be_reached_is_told(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(
        "population: p\nattributes:\n  a: {kind: ordinal, counts: {x: 9, y: 1}}\n"
        "  b: {kind: ordinal, counts: {x: 9, y: 1}}\ncorrelations:\n"
        "- between: [a, b]\n  rank: -0.5\n"
    )
    with pytest.raises(PopulationError, match=r"p\.yaml:7: correlations\.0\.rank: -0\.5 between"):
        load_population(path)


def test_correlations_that_miss_each_other_by_rounding_are_moved_to_fit() -> None:
    """With .50 and .50, three continuous attributes can have −.447 at the least."""
    number = {"kind": "number", "distribution": {"name": "norm"}}
    stated = [("a", "b", 0.50), ("b", "c", 0.50), ("a", "c", -0.45)]
    population = people(dict.fromkeys("abc", number), *stated)
    assert 0 < population.synthetic.joint.copula.moved < 0.005
    for a, b, rank in stated:
        assert achieved(population, a, b) == pytest.approx(rank, abs=0.02)


def test_correlations_that_contradict_each_other_are_refused_with_the_nearest() -> None:
    stated = [("a", "b", 0.9), ("b", "c", 0.9), ("a", "c", -0.9)]
    number = {"kind": "number", "distribution": {"name": "norm"}}
    with pytest.raises(PopulationError, match=r"^correlations: .* a–c -0.900 → -0"):
        people(dict.fromkeys("abc", number), *stated).check()


INCOME = {
    "kind": "number",
    "given": [
        {"when": {"level": "low"}, "counts": {10: 5, 20: 3, 30: 1}},
        {"when": {"level": ["middle", "high"]}, "counts": {20: 1, 30: 4, 60: 5}},
    ],
}


def test_what_is_given_others_correlates_as_stated_too() -> None:
    attributes = {"level": LEVELS, "income": INCOME, "age": TRAIT}
    stated = [("age", "income", 0.3), ("age", "level", -0.2)]
    population = people(attributes, *stated)
    for a, b, rank in stated:
        assert achieved(population, a, b) == pytest.approx(rank, abs=0.018)


def test_a_conditional_table_holds_whatever_its_attribute_is_correlated_with() -> None:
    attributes = {"level": LEVELS, "income": INCOME, "age": TRAIT}
    drawn = people(attributes, ("age", "income", 0.3), ("age", "level", -0.2)).sample(20_000, 0)
    low = [p.attributes["income"] for p in drawn if p.attributes["level"] == "low"]
    # The standard error of a share is at most √(.25 / 10,000) = .005.
    assert low.count(10) / len(low) == pytest.approx(5 / 9, abs=0.02)


def test_what_a_conditional_table_leaves_no_room_for_is_refused() -> None:
    attributes = {"level": LEVELS, "income": INCOME, "age": TRAIT}
    with pytest.raises(PopulationError, match=r"^correlations.0.rank: 0.95 .*nearest is about"):
        people(attributes, ("age", "income", 0.95)).check()


def test_an_attribute_is_not_correlated_with_what_it_is_given() -> None:
    with pytest.raises(ValueError, match=r"correlations.0.between: “income” is given “level”"):
        people({"level": LEVELS, "income": INCOME}, ("level", "income", 0.3))


@pytest.mark.parametrize("n", [1, 3, 20, 500])
def test_a_person_does_not_depend_on_who_is_drawn_beside_it(n: int) -> None:
    population = people(
        {"a": TRAIT, "b": LEVELS, "c": {"kind": "number", "distribution": {"name": "norm"}}},
        ("a", "b", 0.3),
        ("b", "c", 0.3),
        ("a", "c", 0.3),
    )
    assert population.sample(n, 1) == population.sample(1000, 1)[:n]
    assert population.person("p-0001", 1) == population.sample(1, 1)[0]


def test_columns_of_a_sample_are_spread_as_their_marginals() -> None:
    drawn = people({"a": TRAIT, "b": TRAIT}, ("a", "b", 0.5)).sample(20_000, 3)
    for name in "ab":
        shares = np.bincount([int(str(p.attributes[name])) for p in drawn])[1:] / 20_000
        # The standard error of a share is at most .0035.
        assert shares == pytest.approx([0.03, 0.1, 0.3, 0.4, 0.17], abs=0.014)
