import csv
import math
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulate.errors import PopulationError
from simulate.models.tokens import tokens_in
from simulate.population import Population, load_population
from tests.human_data import OFFICIAL, needs_official

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


TRAITS = ("extraversion", "agreeableness", "conscientiousness", "openness", "neuroticism")


@pytest.mark.parametrize("trait", TRAITS)
def test_a_crowdworker_is_compared_with_most_and_most_are_what_is_said(trait: str) -> None:
    attribute = load_population("crowdworkers").attributes[trait]
    said: Counter[str] = Counter()
    for value, count in attribute.counts.items():
        said[attribute.in_words(value)] += int(count)
    assert list(attribute.words.values()) == ["less", "as", "more"]
    assert 0.25 < said["less"] / 1007 < 0.5
    assert 0.25 < said["more"] / 1007 < 0.5


def test_half_of_the_crowdworkers_are_put_in_at_most_forty_tokens() -> None:
    people = load_population("crowdworkers").sample(1000, 0)
    assert np.median([tokens_in(person.prose) for person in people]) <= 40


def test_each_attribute_of_a_crowdworker_makes_the_prose_another() -> None:
    population = load_population("crowdworkers")
    first = {name: next(iter(a.counts)) for name, a in population.attributes.items()}
    told = population.in_words(first)
    for name, attribute in population.attributes.items():
        other = {**first, name: list(attribute.counts)[-1]}
        assert population.in_words(other) != told, name


@pytest.mark.parametrize(
    "values", [(1.0,) * 5, (5.0,) * 5, (3.4, 4.0, 4.0, 3.8, 2.4), (5, 1, 4, 1, 5)]
)
def test_a_crowdworker_is_said_to_be_more_or_less_than_most_in_one_sentence(
    values: tuple[float, ...],
) -> None:
    population = load_population("crowdworkers")
    person = population.sample(1, 0)[0].attributes
    prose = population.in_words({**person, **dict(zip(TRAITS, values, strict=True))})
    assert all(prose.count(w) == 1 for w in ("outgoing", "trusting", "organised", "open to ideas"))
    assert prose.endswith((" than most.", " as most."))
    assert ("less" in prose or "more" in prose) == ("than most" in prose)
    assert ("; as " in prose) == ("as most" in prose)


@pytest.fixture(scope="module")
def persuadees() -> list[dict[str, str]]:
    if not (OFFICIAL / "full_info.csv").is_file():
        pytest.skip("the PersuasionForGood data are not here")
    with (OFFICIAL / "full_info.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["B4"] == "1"]
    return [r for r in rows if r["age.x"] and r["open.x"] and float(r["age.x"]) >= 18]


COLUMNS = {
    "age": "age.x",
    "sex": "sex.x",
    "education": "edu.x",
    "income": "income.x",
    "ideology": "ideology.x",
    "openness": "open.x",
    "conscientiousness": "conscientious.x",
    "extraversion": "extrovert.x",
    "agreeableness": "agreeable.x",
    "neuroticism": "neurotic.x",
}


@pytest.mark.parametrize("attribute", COLUMNS)
def test_the_crowdworkers_are_counted_from_the_official_data(
    persuadees: list[dict[str, str]], attribute: str
) -> None:
    shipped = load_population("crowdworkers").attributes[attribute]
    kind = type(next(iter(shipped.counts)))
    column = [row[COLUMNS[attribute]] for row in persuadees]
    counted = Counter(v if kind is str else kind(float(v)) for v in column)
    assert dict(counted) == shipped.counts


def test_the_crowdworkers_correlate_as_in_the_official_data(
    persuadees: list[dict[str, str]],
) -> None:
    from scipy.stats import spearmanr

    population = load_population("crowdworkers")
    places = {
        name: {str(v): i for i, v in enumerate(population.attributes[name].counts)}
        for name in ("education", "ideology")
    }

    def ranks(name: str) -> Any:
        column = [row[COLUMNS[name]] for row in persuadees]
        return np.array([places[name][v] if name in places else float(v) for v in column])

    for row in population.correlations:
        a, b = row.between
        assert row.rank == pytest.approx(spearmanr(ranks(a), ranks(b)).statistic, abs=0.0051)


def test_the_crowdworkers_number_as_many_as_the_file_says(
    persuadees: list[dict[str, str]],
) -> None:
    assert load_population("crowdworkers").n == len(persuadees) == 1007


@needs_official
def test_persuaders_are_no_other_population_than_persuadees() -> None:
    from scipy.stats import chi2_contingency, ks_2samp

    with (OFFICIAL / "full_info.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["age.x"] and row["open.x"]]
    p_values = []
    for name in COLUMNS.values():
        sides = [[row[name] for row in rows if row["B4"] == role] for role in "01"]
        if name in ("sex.x", "edu.x", "ideology.x"):
            levels = sorted({*sides[0], *sides[1]})
            p_values.append(chi2_contingency([[s.count(v) for v in levels] for s in sides]).pvalue)
        else:
            persuader, persuadee = (np.array(side, float) for side in sides)
            p_values.append(ks_2samp(persuader, persuadee).pvalue)
    assert len(p_values) * min(p_values) > 0.05
