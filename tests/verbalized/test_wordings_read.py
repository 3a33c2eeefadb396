"""The seven wordings: each number is read into the weight that it means."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulate.errors import ParseError
from simulate.verbalized import (
    WORDINGS,
    MethodSpec,
    ReplyDistribution,
    Wording,
    WordingName,
    parse_distribution,
)
from tests.verbalized.recorded import PERSON, play, stated

WHAT_FIVE_TO_ONE_LOOKS_LIKE: dict[WordingName, tuple[float, float]] = {
    "implicit": (0.5, 0.1),
    "explicit": (0.5, 0.1),
    "relative": (5 / 6, 1 / 6),
    "percentage": (50, 10),
    "confidence": (0.5, 0.1),
    "perplexity": (2, 10),
    "nll": (math.log(2), math.log(10)),
}


@pytest.mark.parametrize("name", WORDINGS)
def test_five_to_one_gives_the_same_weights_in_every_wording(name: WordingName) -> None:
    field = WORDINGS[name].field
    likely, unlikely = WHAT_FIVE_TO_ONE_LOOKS_LIKE[name]
    answer = stated(("Yes.", likely), ("No.", unlikely), field=field)
    distribution, asks = play(MethodSpec(name="vs", k=2, wording=name), PERSON, [answer])
    assert distribution.weights.tolist() == pytest.approx([5 / 6, 1 / 6])
    assert distribution.parse == "clean"
    assert f'"{field}"' in asks[0].messages[0]["content"]
    assert WORDINGS[name].request in asks[0].messages[0]["content"]


def weights_of(wording: Wording, numbers: list[float]) -> list[float]:
    responses = [{"text": f"t{i}", wording.field: n} for i, n in enumerate(numbers)]
    text = json.dumps({"responses": responses})
    weights: list[float] = parse_distribution(text, wording=wording).weights.tolist()
    return weights


@given(st.lists(st.floats(0, 1e300), min_size=1, max_size=20))
def test_log_likelihoods_of_any_size_give_weights_that_sum_to_one(numbers: list[float]) -> None:
    weights = weights_of(WORDINGS["nll"], numbers)
    assert sum(weights) == pytest.approx(1)
    assert max(weights) == weights[numbers.index(min(numbers))]


@given(st.lists(st.floats(0, 30), min_size=1, max_size=20), st.floats(0, 1e6))
def test_only_differences_of_log_likelihoods_matter(numbers: list[float], shift: float) -> None:
    shifted = weights_of(WORDINGS["nll"], [n + shift for n in numbers])
    assert shifted == pytest.approx(weights_of(WORDINGS["nll"], numbers), abs=1e-6)


@given(st.lists(st.floats(1, 1e308), min_size=1, max_size=20))
def test_perplexity_is_the_exponential_of_the_log_likelihood(numbers: list[float]) -> None:
    logs = [math.log(n) for n in numbers]
    assert weights_of(WORDINGS["perplexity"], numbers) == pytest.approx(
        weights_of(WORDINGS["nll"], logs), abs=1e-9
    )


@given(st.lists(st.floats(0.01, 99), min_size=2, max_size=20).filter(lambda n: max(n) > 1))
def test_percentages_are_a_hundredth_of_fractions(numbers: list[float]) -> None:
    fractions = [n / 100 for n in numbers]
    assert weights_of(WORDINGS["percentage"], numbers) == pytest.approx(
        weights_of(WORDINGS["implicit"], fractions)
    )


@given(st.sampled_from(sorted(WORDINGS)), st.data())
def test_the_likelier_candidate_never_weighs_less(name: WordingName, data: st.DataObject) -> None:
    wording = WORDINGS[name]
    numbers = data.draw(
        st.lists(
            st.floats(max(wording.minimum, 0.001), wording.maximum or 1e6), min_size=2, max_size=8
        ).filter(lambda n: wording.scale != "percent" or max(n) > 1)
    )
    weights = weights_of(wording, numbers)
    order = sorted(range(len(numbers)), key=lambda i: wording.log_weight(numbers[i]))
    ordered = [weights[i] for i in order]
    assert ordered == pytest.approx(sorted(ordered), abs=1e-12)


def test_a_log_likelihood_too_large_for_a_probability_still_weighs() -> None:
    assert weights_of(WORDINGS["nll"], [10_000, 10_000]) == [0.5, 0.5]


@pytest.mark.parametrize("name", ["implicit", "percentage", "confidence"])
def test_zeros_throughout_are_refused(name: WordingName) -> None:
    with pytest.raises(ParseError, match="all stated probabilities are zero"):
        weights_of(WORDINGS[name], [0, 0])


@pytest.mark.parametrize(
    ("name", "number", "rule"),
    [
        ("perplexity", 0.5, "perplexity must be a finite number ≥ 1"),
        ("nll", -0.1, "it must be ≥ 0"),
        ("percentage", 101, "probability must be ≤ 100"),
        ("confidence", 1000, "the confidence 1000 is above 1"),
    ],
)
def test_a_number_off_the_scale_is_refused_with_the_rule(
    name: WordingName, number: float, rule: str
) -> None:
    with pytest.raises(ParseError, match=rule):
        weights_of(WORDINGS[name], [number])


@pytest.mark.parametrize("numbers", [[0.6, 0.4], [1, 0], [0.5, 0.5, 1]])
def test_percentages_that_may_be_fractions_are_refused(numbers: list[float]) -> None:
    with pytest.raises(ParseError, match="fractions or percentages"):
        weights_of(WORDINGS["percentage"], numbers)


@pytest.mark.parametrize(
    ("asked", "given_instead"),
    [
        ("nll", "probability"),
        ("implicit", "nll"),
        ("implicit", "perplexity"),
        ("implicit", "percentage"),
        ("implicit", "logprob"),
        ("perplexity", "nll"),
        ("perplexity", "probability"),
        ("percentage", "nll"),
    ],
)
def test_a_field_of_another_scale_is_refused(asked: WordingName, given_instead: str) -> None:
    text = json.dumps(stated(("Yes.", 2), ("No.", 10), field=given_instead))
    with pytest.raises(ParseError, match=f"has no “{WORDINGS[asked].field}”"):
        parse_distribution(text, wording=WORDINGS[asked])


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("implicit", "likelihood"),
        ("confidence", "probability"),
        ("percentage", "percent"),
        ("perplexity", "PPL"),
        ("nll", "negative log-likelihood"),
    ],
)
def test_another_name_on_the_same_scale_is_read_and_marked(asked: WordingName, name: str) -> None:
    wording = WORDINGS[asked]
    likely, unlikely = WHAT_FIVE_TO_ONE_LOOKS_LIKE[asked]
    text = json.dumps(stated(("Yes.", likely), ("No.", unlikely), field=name))
    read = parse_distribution(text, wording=wording)
    assert read.weights.tolist() == pytest.approx([5 / 6, 1 / 6])
    assert read.parse == "repaired"


@pytest.mark.parametrize("name", ["perplexity", "nll"])
def test_weights_of_what_is_no_probability_are_not_called_so(name: WordingName) -> None:
    text = json.dumps(stated(("Yes.", 2), ("No.", 10), field=name))
    read = parse_distribution(text, wording=WORDINGS[name])
    assert [c.probability for c in read.candidates] == [None, None]
    assert read.mass is None


def rounds(wording: WordingName, *batches: list[Any]) -> ReplyDistribution:
    field = WORDINGS[wording].field
    answers = [stated(*((f"t{n}", n) for n in batch), field=field) for batch in batches]
    spec = MethodSpec(name="vs-multi", k=2 * len(batches), rounds=len(batches), wording=wording)
    return play(spec, PERSON, answers)[0]


def test_the_scale_is_that_of_all_rounds_of_a_distribution() -> None:
    read = rounds("confidence", [1, 0], [30, 20])
    assert [c.probability for c in read.candidates] == [0.01, 0, 0.3, 0.2]
    assert read.parse == "repaired"


@pytest.mark.parametrize(
    ("wording", "batches"),
    [
        ("confidence", ([30, 20], [0.3, 0.2])),
        ("confidence", ([0.3, 0.2], [30, 20])),
        ("confidence", (["30%", "20%"], [0.3, 0.2])),
        ("percentage", ([60, 40], [0.6, 0.4])),
    ],
)
def test_a_round_on_another_scale_is_asked_for_again(wording: WordingName, batches: Any) -> None:
    with pytest.raises(AssertionError, match="asked for more"):
        rounds(wording, *batches)


def test_vs_multi_asks_as_vs_does_unless_told_otherwise() -> None:
    assert MethodSpec(name="vs-multi").worded() is WORDINGS["implicit"]
    assert MethodSpec(name="vs-multi").worded(1) is WORDINGS["confidence"]
    assert MethodSpec(name="vs-multi", wording="explicit").worded() is WORDINGS["explicit"]
