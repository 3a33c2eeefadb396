import json
import math
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulate.errors import PopulationError
from simulate.population import Population, load_population

SMALL: dict[str, Any] = {
    "population": "small",
    "attributes": {
        "age": {"kind": "integer", "counts": {20: 1, 40: 2, 60: 1}},
        "mood": {"kind": "ordinal", "counts": {"low": 1, "high": 1}},
        "sex": {"kind": "category", "counts": {"f": 1, "m": 1, "x": 1}},
    },
}


def small(**changes: Any) -> Population:
    return Population.model_validate({**SMALL, **changes})


def test_a_sample_has_the_marginals_of_the_population() -> None:
    ages = Counter(p.attributes["age"] for p in small().sample(4000, 1))
    assert {k: v / 4000 for k, v in ages.items()} == pytest.approx(
        {20: 0.25, 40: 0.5, 60: 0.25}, abs=0.03
    )


def test_a_sample_has_the_rank_correlations_of_the_population() -> None:
    from scipy.stats import spearmanr

    steps = dict.fromkeys(range(100), 1)
    population = Population.model_validate(
        {
            "population": "two",
            "attributes": {
                "a": {"kind": "integer", "counts": steps},
                "b": {"kind": "integer", "counts": steps},
            },
            "correlations": [{"between": ["a", "b"], "rank": -0.6}],
        }
    )
    people = population.sample(4000, 3)
    a, b = (np.array([float(str(p.attributes[name])) for p in people]) for name in "ab")
    found = spearmanr(a, b)
    assert found.statistic == pytest.approx(-0.6, abs=0.03)


def test_a_person_depends_on_the_seed_and_not_on_the_size_of_the_sample() -> None:
    assert small().sample(3, 1) == small().sample(10, 1)[:3]
    assert small().sample(10, 1) != small().sample(10, 2)


def test_the_prose_is_rendered_from_the_attributes() -> None:
    population = small(prose="{{ age }}, {{ words.mood }}")
    person = population.sample(1, 0)[0]
    assert person.prose == f"{person.attributes['age']}, {person.attributes['mood']}"


def test_words_for_a_number_hold_up_to_and_including_their_limit() -> None:
    population = load_population("crowdworkers")
    openness = population.attributes["openness"]
    words = list(openness.words.values())
    assert openness.in_words(3.4) == words[0]
    assert openness.in_words(3.6) == words[1]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"attributes": {}}, "either attributes"),
        ({"personas": [{"id": "a"}]}, "either attributes"),
        ({"correlations": [{"between": ["age", "x"], "rank": 0.1}]}, "no attribute"),
        ({"correlations": [{"between": ["age", "sex"], "rank": 0.1}]}, "category"),
        ({"correlations": [{"between": ["age", "age"], "rank": 0.1}]}, "one attribute"),
        (
            {
                "attributes": {n: {"kind": "integer", "counts": {1: 1, 2: 1}} for n in "ab"},
                "correlations": [
                    {"between": ["a", "b"], "rank": 0.1},
                    {"between": ["b", "a"], "rank": 0.2},
                ],
            },
            "stands there twice",
        ),
        ({"attributes": {"id": SMALL["attributes"]["age"]}}, "must not be called id"),
        ({"attributes": {"a": {"kind": "integer", "counts": {2: 1, 1: 1}}}}, "increasing"),
        ({"attributes": {"a": {"kind": "number", "counts": {"x": 1}}}}, "must be numbers"),
        ({"attributes": {"a": {"kind": "number", "counts": {math.nan: 1}}}}, "must be numbers"),
        (
            {"attributes": {"a": {"kind": "number", "counts": {1: 1}, "words": {"x": "y"}}}},
            "the values of words of kind number must be numbers",
        ),
        ({"attributes": {"a": {"kind": "ordinal", "counts": {"x": math.inf}}}}, "finite"),
        ({"attributes": {"a": {"kind": "ordinal", "counts": {"x": 0}}}}, "not all be zero"),
    ],
)
def test_a_population_that_breaks_a_rule_is_refused(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        small(**changes)


def test_correlations_that_contradict_each_other_are_refused() -> None:
    attributes = {n: {"kind": "integer", "counts": {1: 1, 2: 1}} for n in "abc"}
    pairs = [(["a", "b"], 0.9), (["b", "c"], 0.9), (["a", "c"], -0.9)]
    population = Population.model_validate(
        {
            "population": "three",
            "attributes": attributes,
            "correlations": [{"between": b, "rank": r} for b, r in pairs],
        }
    )
    with pytest.raises(PopulationError, match="nobody can have all of these"):
        population.sample(1, 0)


def test_an_error_in_a_population_file_names_file_and_line(tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    file.write_text("population: p\nattributes:\n  age:\n    kind: colour\n    counts: {1: 1}\n")
    with pytest.raises(PopulationError, match=r"p\.yaml:4: attributes\.age\.kind"):
        load_population(file)


@pytest.mark.parametrize("name", ["crowdworkers", "customers", "adversarial"])
def test_a_population_that_a_run_file_holds_has_the_same_people(name: str) -> None:
    population = load_population(name)
    held = Population.stored(json.loads(json.dumps(population.model_dump(mode="json"))))
    assert held.sample(20, 1) == population.sample(20, 1)
