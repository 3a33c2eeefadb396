"""Sobol points, strata and quotas: even samples that can grow."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulate.errors import PopulationError
from simulate.population import Population, load_population

ATTRIBUTES = {
    "sex": {"kind": "category", "counts": {"f": 51, "m": 49}},
    "education": {"kind": "ordinal", "counts": {"low": 50, "middle": 35, "high": 15}},
    "age": {"kind": "integer", "distribution": {"name": "uniform", "bounds": [18, 80],
            "parameters": {"loc": 17.5, "scale": 63}}},
}  # fmt: skip


def sampled(sampling: Any, **more: Any) -> Population:
    stated = [{"between": ["education", "age"], "rank": -0.3}]
    data = {"population": "p", "attributes": ATTRIBUTES, "correlations": stated, **more}
    return Population.model_validate({**data, "sampling": sampling})


def table(sampling: Any, rows: list[dict[str, Any]]) -> Population:
    people = [{"id": str(i), "attributes": row} for i, row in enumerate(rows)]
    return Population.model_validate({"population": "t", "personas": people, "sampling": sampling})


STATED = [
    {"when": {"sex": "f", "age": {"below": 40}}, "share": 1},
    {"when": {"sex": "f", "age": {"at_least": 40}}, "share": 1},
    {"when": {"sex": "m"}, "share": 2},
]
QUOTAS = {
    "sex": {"f": 1, "m": 1},
    "age": [
        {"when": {"below": 30}, "share": 30},
        {"when": {"at_least": 30, "below": 60}, "share": 50},
        {"when": {"at_least": 60}, "share": 20},
    ],
}
WAYS = ["random", "sobol", {"strata": ["sex", "education"]}, {"strata": STATED}, {"quotas": QUOTAS}]


@pytest.mark.parametrize("sampling", WAYS)
def test_the_first_people_of_a_larger_sample_are_the_smaller_one(sampling: Any) -> None:
    population = sampled(sampling)
    large = population.sample(300, 2)
    assert all(population.sample(n, 2) == large[:n] for n in (1, 7, 100))
    assert len({p.id for p in large}) == 300
    assert population.sample(20, 3) != large[:20]


@pytest.mark.parametrize("sampling", WAYS[2:])
def test_strata_choose_among_people_and_change_none(sampling: Any) -> None:
    everybody = {p.id: p for p in sampled("random").sample(2000, 2)}
    assert all(everybody[p.id] == p for p in sampled(sampling).sample(200, 2))


def test_sobol_points_meet_margins_far_better_than_chance() -> None:
    drawn = sampled("sobol").sample(512, 1)
    for name, shares in (("sex", [0.51, 0.49]), ("education", [0.5, 0.35, 0.15])):
        found = Counter(p.attributes[name] for p in drawn)
        counts = np.array([found[v] for v in ATTRIBUTES[name]["counts"]])
        # By chance the standard error of a count is about 11.
        assert np.abs(counts - 512 * np.array(shares)).max() < 4


@pytest.mark.parametrize("n", [10, 60, 500])
def test_proportional_strata_have_their_shares_in_a_sample_of_any_size(n: int) -> None:
    people = sampled({"strata": ["sex", "education"]})
    for seed in range(5):
        drawn = people.sample(n, seed)
        found = Counter((p.attributes["sex"], p.attributes["education"]) for p in drawn)
        for sex, s in (("f", 0.51), ("m", 0.49)):
            for education, e in (("low", 0.5), ("middle", 0.35), ("high", 0.15)):
                assert abs(found[sex, education] - n * s * e) < 2.5


def test_strata_as_stated_have_these_shares() -> None:
    drawn = sampled({"strata": STATED}).sample(400, 0)
    found = Counter((p.attributes["sex"], int(str(p.attributes["age"])) < 40) for p in drawn)
    assert found["f", True] == pytest.approx(100, abs=2)
    assert found["f", False] == pytest.approx(100, abs=2)


@pytest.mark.parametrize("n", [20, 100, 600])
def test_quotas_hold_for_each_attribute_by_itself(n: int) -> None:
    people = sampled({"quotas": QUOTAS})
    for seed in range(3):
        drawn = people.sample(n, seed)
        women = sum(p.attributes["sex"] == "f" for p in drawn)
        young = sum(int(str(p.attributes["age"])) < 30 for p in drawn)
        old = sum(int(str(p.attributes["age"])) >= 60 for p in drawn)
        assert women == pytest.approx(n / 2, abs=3)
        assert young == pytest.approx(0.3 * n, abs=4)
        assert old == pytest.approx(0.2 * n, abs=4)


def test_each_place_of_a_stratified_sample_has_the_chances_of_the_population() -> None:
    people = table({"strata": ["sex"]}, [{"sex": "f"}] * 9 + [{"sex": "m"}])
    for place in (0, 1, 4):
        drawn = [people.sample(place + 1, seed)[-1].attributes["sex"] for seed in range(800)]
        # The standard error is √(.09 / 800) = .011.
        assert drawn.count("m") / 800 == pytest.approx(0.1, abs=0.035)


def test_quotas_of_a_table_draw_people_again_where_it_has_too_few() -> None:
    people = table({"quotas": {"sex": {"f": 1, "m": 1}}}, [{"sex": "f"}] * 9 + [{"sex": "m"}])
    drawn = people.sample(12, 0)
    assert Counter(p.attributes["sex"] for p in drawn) == {"f": 6, "m": 6}
    assert {p.id for p in drawn if p.attributes["sex"] == "m"} == {
        "9",
        *(f"9#{i}" for i in range(2, 7)),
    }


def test_who_is_in_no_group_is_not_drawn() -> None:
    drawn = sampled({"quotas": {"education": {"low": 1, "high": 1, "middle": 0}}}).sample(50, 0)
    assert {p.attributes["education"] for p in drawn} == {"low", "high"}


@pytest.mark.parametrize(
    ("sampling", "rule"),
    [
        ({"strata": ["sexe"]}, r"sampling.strata.0: “sexe” is no attribute; there are: sex, educ"),
        ({"quotas": {"sexe": {"f": 1}}}, r"sampling.quotas.sexe: “sexe” is no attribute"),
        ({"strata": ["sex"], "quotas": QUOTAS}, "strata: give strata or quotas, not both"),
        ({"strata": ["sex", "sex"]}, "strata.1: stands there twice"),
        ({"quotas": {"sex": {"f": 0}}}, "quotas.sex: the shares must not all be zero"),
        ("halton", "points"),
    ],
)
def test_sampling_that_says_nothing_is_refused(sampling: Any, rule: str) -> None:
    with pytest.raises(ValueError, match=rule):
        sampled(sampling)


@pytest.mark.parametrize(
    ("sampling", "rule"),
    [
        (
            {"strata": [*STATED, {"when": {"age": {"above": 80}}, "share": 1}]},
            r"^sampling.strata.3: nobody of 32,768 people is in the group “age > 80”",
        ),
        ({"quotas": {"sex": {"f": 1, "x": 1}}}, r"^sampling.quotas.sex: nobody .* group “x”"),
        (
            {"strata": [{"when": {"sex": "f"}, "share": 1}, {"when": {"age": 20}, "share": 1}]},
            r"^sampling.strata.1: somebody can be in the strata “sex f” and “age 20”",
        ),
    ],
)
def test_strata_that_are_empty_or_overlap_are_refused(sampling: Any, rule: str) -> None:
    with pytest.raises(PopulationError, match=rule):
        sampled(sampling).check()


def test_a_continuous_attribute_makes_no_strata_by_itself() -> None:
    height = {"kind": "number", "distribution": {"name": "norm"}}
    data = {"population": "p", "attributes": {"h": height}, "sampling": {"strata": ["h"]}}
    with pytest.raises(PopulationError, match=r"^sampling.strata: 32,768 combinations of h; at"):
        Population.model_validate(data).check()


def test_quotas_that_do_not_go_together_are_refused() -> None:
    rows = [{"sex": "f", "job": "yes"}] * 5 + [{"sex": "m", "job": "no"}] * 5
    people = table({"quotas": {"sex": {"f": 1, "m": 1}, "job": {"yes": 9, "no": 1}}}, rows)
    with pytest.raises(PopulationError, match="none of 50,000 people fits what is open, sex"):
        people.sample(100, 0)


def test_an_empty_stratum_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(
        "population: p\nattributes:\n  sex: {kind: category, counts: {f: 1, m: 1}}\nsampling:\n"
        "  strata:\n  - {when: {sex: f}, share: 1}\n  - {when: {sex: x}, share: 1}\n"
    )
    with pytest.raises(PopulationError, match=r"p\.yaml:7: sampling\.strata\.1: nobody of"):
        load_population(path)
