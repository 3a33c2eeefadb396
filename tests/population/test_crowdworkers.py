"""The shipped crowdworkers are counted from the official data, by person."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from scipy.stats import chi2_contingency, ks_2samp, spearmanr

from simulate.files.conditions import fits
from simulate.models.tokens import tokens_in
from simulate.population import Attributes, Population, load_population
from simulate.population.joint import ranks
from simulate.reference.importers.persuasionforgood import FURTHER, SURVEY, YOUNGEST, load_folder
from tests.human_data import OFFICIAL, needs_official

TRAITS = ("extraversion", "agreeableness", "conscientiousness", "openness", "neuroticism")


@pytest.mark.parametrize("trait", TRAITS)
def test_a_crowdworker_is_compared_with_most_and_most_are_what_is_said(trait: str) -> None:
    attribute = load_population("crowdworkers").attributes[trait]
    said: Counter[str] = Counter()
    for value, count in attribute.counts.items():
        said[attribute.in_words(value)] += int(count)
    assert list(attribute.words.values()) == ["less", "as", "more"]
    assert 0.25 < said["less"] / 751 < 0.5
    assert 0.25 < said["more"] / 751 < 0.5


def test_half_of_the_crowdworkers_are_put_in_at_most_forty_tokens() -> None:
    people = load_population("crowdworkers").sample(1000, 0)
    assert np.median([tokens_in(person.prose) for person in people]) <= 40


def test_each_attribute_that_is_told_makes_the_prose_another() -> None:
    population = load_population("crowdworkers")
    first = {name: (a.values or ("",))[0] for name, a in population.attributes.items()}
    told = population.in_words(first)
    for name in SURVEY.values():
        other = {**first, name: (population.attributes[name].values or ("",))[-1]}
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
def crowdworkers() -> Population:
    return load_population("crowdworkers")


@pytest.fixture(scope="module")
def people() -> dict[str, list[Attributes]]:
    """Return the survey answers of each person, by role."""
    if not (OFFICIAL / "full_info.csv").is_file():
        pytest.skip("the PersuasionForGood data are not here")
    columns = {**SURVEY, **FURTHER}
    found: dict[str, dict[str, Attributes]] = {"persuader": {}, "persuadee": {}}
    for dialogue in load_folder(OFFICIAL):
        for role, answers in dialogue.attributes.items():
            if set(SURVEY) <= set(answers) and float(answers["age"]) >= YOUNGEST:
                told = {name: answers.get(column) for column, name in columns.items()}
                rounded = {n: round(v, 2) if isinstance(v, float) else v for n, v in told.items()}
                found[role].setdefault(dialogue.participants[role], rounded)
    return {role: list(each.values()) for role, each in found.items()}


@pytest.mark.parametrize("name", [*SURVEY.values(), *FURTHER.values()])
def test_each_count_is_one_of_people(
    people: dict[str, list[Attributes]], crowdworkers: Population, name: str
) -> None:
    attribute = crowdworkers.attributes[name]
    if attribute.counts:
        assert attribute.counts == Counter(person[name] for person in people["persuadee"])
    for row in attribute.given:
        meant = [
            person
            for person in people["persuadee"]
            if all(fits(person[parent], condition) for parent, condition in row.when.items())
        ]
        assert row.counts == Counter(person[name] for person in meant), row.label


def test_they_number_as_many_as_the_file_says(
    people: dict[str, list[Attributes]], crowdworkers: Population
) -> None:
    assert crowdworkers.n == len(people["persuadee"]) == 751


def test_attributes_correlate_as_among_the_people(
    people: dict[str, list[Attributes]], crowdworkers: Population
) -> None:
    names = [n for n, a in crowdworkers.attributes.items() if not a.given]
    of = {
        name: ranks(crowdworkers.attributes[name], [p[name] for p in people["persuadee"]])
        for name in names
    }
    counted = spearmanr(np.array([of[name] for name in names]).T).statistic
    stated = np.zeros_like(counted)
    for row in crowdworkers.correlations:
        i, j = (names.index(name) for name in row.between)
        stated[i, j] = stated[j, i] = row.rank
    off = np.abs(counted - stated)[np.triu_indices(len(names), 1)]
    assert off.max() < 0.0351  # those below .04 with two decimals are left out
    assert off[np.abs(stated)[np.triu_indices(len(names), 1)] > 0].max() < 0.0051


def test_a_sample_has_the_means_and_the_correlations_that_are_stated(
    crowdworkers: Population,
) -> None:
    sample = crowdworkers.sample(20_000, 3)
    agreeable = [float(str(p.attributes["agreeableness"])) for p in sample]
    assert np.mean(agreeable) == pytest.approx(4.00, abs=0.02)
    names = [n for n, a in crowdworkers.attributes.items() if not a.given]
    drawn = np.array(
        [ranks(crowdworkers.attributes[n], [p.attributes[n] for p in sample]) for n in names]
    )
    found = np.asarray(spearmanr(drawn.T).statistic)
    off = [
        found[names.index(row.between[0]), names.index(row.between[1])] - row.rank
        for row in crowdworkers.correlations
    ]
    assert np.sqrt(np.mean(np.square(off))) < 1.2 / np.sqrt(len(sample))
    assert max(map(abs, off)) < 4 / np.sqrt(len(sample))


@needs_official
def test_persuaders_are_no_other_population_than_persuadees(
    people: dict[str, list[Attributes]],
) -> None:
    p_values = []
    for name in SURVEY.values():
        sides = [[person[name] for person in people[role]] for role in people]
        if isinstance(sides[0][0], str):
            levels = sorted({str(value) for side in sides for value in side})
            p_values.append(chi2_contingency([[s.count(v) for v in levels] for s in sides]).pvalue)
        else:
            persuader, persuadee = (np.array(side, float) for side in sides)
            p_values.append(ks_2samp(persuader, persuadee).pvalue)
    assert min(p_values) > 0.09
