import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulate.errors import EmptyDistributionError, InputError
from simulate.verbalized import Candidate, ReplyDistribution

PROBABILITIES = st.none() | st.floats(0, 1)
CANDIDATES = st.builds(Candidate, st.text(min_size=1), PROBABILITIES, st.booleans())
WEIGHTS = st.floats(0, 1e6, allow_subnormal=True)


@st.composite
def distributions(draw: st.DrawFn) -> ReplyDistribution:
    rows = st.tuples(CANDIDATES, WEIGHTS)
    drawn = draw(st.lists(rows, min_size=1, max_size=8).filter(lambda r: any(w for _, w in r)))
    candidates = tuple(candidate for candidate, _ in drawn)
    flat = ReplyDistribution.equally_weighted(candidates, draw(st.sampled_from(["clean"])))
    given_weights = iter(weight for _, weight in drawn)
    return flat.reweight(lambda _: next(given_weights))


def three() -> ReplyDistribution:
    stated = (Candidate("no", 0.1), Candidate("yes", 0.6, ends=True), Candidate("hm", 0.1))
    return ReplyDistribution.from_probabilities(stated, "repaired")


@given(distributions())
def test_what_is_stored_is_read_back_the_same(d: ReplyDistribution) -> None:
    assert ReplyDistribution.from_dict(d.to_dict()) == d
    assert ReplyDistribution.from_dict(json.loads(json.dumps(d.to_dict()))) == d


def test_what_the_command_line_prints_is_read_too() -> None:
    printed = {"candidates": [{"text": "a", "probability": 0.2, "weight": 1}], "chosen": 0}
    assert ReplyDistribution.from_dict(printed).texts == ("a",)


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        ([], "an object"),
        ({}, "candidates"),
        ({"candidates": []}, "candidates"),
        ({"candidates": "ab"}, "candidates"),
        ({"candidates": ["a"]}, r"candidates\[0\]: must have"),
        ({"candidates": [{"text": "", "weight": 1}]}, r"candidates\[0\].text"),
        ({"candidates": [{"text": 3, "weight": 1}]}, r"candidates\[0\].text"),
        ({"candidates": [{"text": "a"}]}, r"candidates\[0\].weight"),
        ({"candidates": [{"text": "a", "weight": True}]}, r"candidates\[0\].weight"),
        ({"candidates": [{"text": "a", "weight": math.nan}]}, r"candidates\[0\].weight"),
        ({"candidates": [{"text": "a", "weight": 10**400}]}, r"candidates\[0\].weight"),
        ({"candidates": [{"text": "a", "weight": "1"}]}, r"candidates\[0\].weight"),
        ({"candidates": [{"text": "a", "weight": -1}]}, r"candidates\[0\].weight"),
        ({"candidates": [{"text": "a", "weight": 0.5}]}, "sum to 1"),
        ({"candidates": [{"text": "a", "weight": 1, "ends": 1}]}, "ends"),
        ({"candidates": [{"text": "a", "weight": 1, "probability": "x"}]}, "probability"),
        ({"candidates": [{"text": "a", "weight": 1}], "parse": "fine"}, "parse"),
    ],
)
def test_what_is_no_stored_distribution_is_refused_in_one_line(stored: object, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        ReplyDistribution.from_dict(stored)
    assert "\n" not in str(caught.value)


@given(distributions(), st.integers(0, 20), st.integers(0, 50))
def test_a_sample_is_a_function_of_its_seed_and_grows_at_its_end(
    d: ReplyDistribution, n: int, seed: int
) -> None:
    drawn = d.sample(n, seed=seed)
    assert len(drawn) == n
    assert all(item.weight > 0 for item in drawn)
    assert d.sample(n + 3, seed=seed)[:n] == drawn


def test_a_sample_is_with_replacement_and_by_weight() -> None:
    drawn = three().sample(4_000, seed=1)
    shares = {text: sum(item.text == text for item in drawn) / 4_000 for text in three().texts}
    assert shares == pytest.approx({"no": 0.125, "yes": 0.75, "hm": 0.125}, abs=0.03)
    with pytest.raises(ValueError, match="n must be 0 or more"):
        three().sample(-1)


@given(distributions())
def test_the_argmax_is_the_first_of_the_heaviest(d: ReplyDistribution) -> None:
    assert d.argmax() == d.items[d.draw(0.5, "mode")]


def test_a_mapped_distribution_keeps_weights_and_what_was_stated() -> None:
    mapped = three().map(lambda item: f"{item.text}!" if item.weight > 0.5 else "no!")
    assert mapped.texts == ("no!", "yes!", "no!")
    assert mapped.weights.tolist() == three().weights.tolist()
    assert [c.probability for c in mapped.candidates] == [0.1, 0.6, 0.1]
    assert mapped.merged().weights == pytest.approx([0.25, 0.75])
    with pytest.raises(ValueError, match="the text of “no” became empty"):
        three().map(lambda _: "")


@given(distributions(), st.floats(0, 1))
def test_a_filter_normalises_what_it_keeps(d: ReplyDistribution, least: float) -> None:
    kept = [item for item in d.items if item.weight >= least]
    if not math.fsum(item.weight for item in kept) > 0:
        with pytest.raises(EmptyDistributionError, match="none of positive weight is left"):
            d.filter(lambda item: item.weight >= least)
        return
    found = d.filter(lambda item: item.weight >= least)
    total = math.fsum(item.weight for item in kept)
    assert found.texts == tuple(item.text for item in kept)
    assert found.weights == pytest.approx([item.weight / total for item in kept])


def test_new_weights_are_normalised_in_the_order_of_the_candidates() -> None:
    found = three().reweight(lambda item: len(item.text))
    assert found.texts == ("no", "yes", "hm")
    assert found.weights == pytest.approx(np.array([2, 3, 2]) / 7)
    assert found.parse == "repaired"
    assert found.mass == three().mass


@pytest.mark.parametrize("weight", [-1.0, math.nan, math.inf])
def test_a_new_weight_that_is_none_is_refused_by_its_candidate(weight: float) -> None:
    with pytest.raises(ValueError, match="the weight of “no” is"):
        three().reweight(lambda _: weight)
    with pytest.raises(ValueError, match="all weights are 0"):
        three().reweight(lambda _: 0)


def test_markdown_shows_the_heaviest_first_and_how_many_more_there_are() -> None:
    assert three().to_markdown(1).splitlines() == [
        "| weight | stated | candidate |",
        "| --- | --- | --- |",
        "| 0.750 | 0.600 | <code>yes</code> (ends) |",
        "",
        "2 more",
    ]


@given(distributions())
def test_no_text_breaks_out_of_its_cell(d: ReplyDistribution) -> None:
    lines = d.to_markdown().splitlines()
    assert len(lines) == 2 + len(d)
    assert all(line.count("|") == 4 and line.isprintable() for line in lines)
