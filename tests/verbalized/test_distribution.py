import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulate.errors import ParseError
from simulate.verbalized import Candidate, ReplyDistribution

probabilities = st.lists(st.floats(0, 1, allow_subnormal=True), min_size=1, max_size=30).filter(any)
units = st.floats(0, 1, exclude_max=True)


def distribution(*stated: float | None, texts: str | None = None) -> ReplyDistribution:
    names = texts or "abcdefghijklmnopqrstuvwxyzABCDEFGH"
    candidates = tuple(Candidate(t, p) for t, p in zip(names, stated, strict=False))
    return ReplyDistribution.from_probabilities(candidates)


@given(probabilities)
def test_weights_are_the_stated_probabilities_normalised(stated: list[float]) -> None:
    weights = distribution(*stated).weights
    assert weights.sum() == pytest.approx(1)
    assert weights == pytest.approx(np.array(stated) / sum(stated), abs=1e-9)


@given(probabilities)
def test_mass_is_the_sum_of_the_stated_probabilities(stated: list[float]) -> None:
    assert distribution(*stated).mass == pytest.approx(sum(stated))


def test_all_zero_probabilities_are_refused() -> None:
    with pytest.raises(ParseError, match="all stated probabilities are zero"):
        distribution(0, 0)


@pytest.mark.parametrize("bad", [-0.1, math.nan, math.inf, None])
def test_a_probability_that_is_no_number_from_zero_up_is_refused(bad: float | None) -> None:
    with pytest.raises(ParseError, match="finite numbers ≥ 0"):
        distribution(0.5, bad)


def test_an_empty_distribution_is_refused() -> None:
    with pytest.raises(ParseError, match="empty"):
        ReplyDistribution.from_probabilities(())


def test_tiny_probabilities_do_not_underflow() -> None:
    assert distribution(5e-324, 5e-324).weights == pytest.approx([0.5, 0.5])


@given(probabilities, units)
def test_a_draw_by_probability_never_takes_a_candidate_of_weight_zero(
    stated: list[float], u: float
) -> None:
    d = distribution(*stated)
    assert d.weights[d.draw(u)] > 0


@given(probabilities, units)
def test_a_draw_by_probability_inverts_the_cumulative_weights(
    stated: list[float], u: float
) -> None:
    d = distribution(*stated)
    index = d.draw(u)
    below = float(d.weights[:index].sum())
    assert below <= u + 1e-9
    assert u <= below + float(d.weights[index]) + 1e-9


def test_many_draws_by_probability_have_the_weights_as_frequencies() -> None:
    d = distribution(0.5, 0.3, 0.2)
    drawn = [d.draw(u) for u in np.linspace(0, 1, 10_000, endpoint=False)]
    assert np.bincount(drawn) / 10_000 == pytest.approx(d.weights, abs=1e-3)


def test_a_uniform_draw_gives_each_candidate_the_same_chance() -> None:
    d = distribution(0.9, 0.1, 0.0)
    drawn = [d.draw(u, "uniform") for u in np.linspace(0, 1, 3000, endpoint=False)]
    assert np.bincount(drawn).tolist() == [1000, 1000, 1000]


@given(units)
def test_the_mode_is_the_heaviest_candidate_whatever_u_is(u: float) -> None:
    assert distribution(0.2, 0.5, 0.5).draw(u, "mode") == 1


@pytest.mark.parametrize("u", [-0.1, 1.0, math.nan])
def test_a_draw_refuses_u_outside_its_range(u: float) -> None:
    with pytest.raises(ValueError, match=r"u must lie in \[0, 1\)"):
        distribution(1).draw(u)


def test_the_entropy_of_equal_weights_is_the_logarithm_of_their_number() -> None:
    assert distribution(0.2, 0.2, 0.2, 0.2).entropy() == pytest.approx(math.log(4))


def test_the_effective_size_of_equal_weights_is_their_number() -> None:
    assert distribution(0.2, 0.2, 0.2).effective_size() == pytest.approx(3)


def test_a_certain_reply_has_no_entropy() -> None:
    assert distribution(1, 0).entropy() == 0


@given(probabilities, st.floats(0.05, 20))
def test_tempering_keeps_the_order_of_the_weights(stated: list[float], t: float) -> None:
    d = distribution(*stated)
    hot = d.tempered(t).weights
    assert hot.sum() == pytest.approx(1)
    for i, j in zip(*np.triu_indices(len(stated), 1), strict=True):
        if d.weights[i] > d.weights[j]:
            assert hot[i] >= hot[j]


def test_tempering_at_one_changes_nothing() -> None:
    assert distribution(0.5, 0.3).tempered(1).weights == pytest.approx([0.625, 0.375])


def test_tempering_follows_its_formula() -> None:
    assert distribution(0.8, 0.2).tempered(2).weights == pytest.approx(
        np.sqrt([0.8, 0.2]) / np.sqrt([0.8, 0.2]).sum()
    )


@pytest.mark.parametrize("t", [0, -1, math.inf])
def test_tempering_refuses_a_temperature_that_is_not_positive(t: float) -> None:
    with pytest.raises(ValueError, match="temperature"):
        distribution(1).tempered(t)


def test_truncation_keeps_the_tail_and_normalises_it() -> None:
    tail = distribution(0.6, 0.3, 0.1).truncated(below=0.5)
    assert tail.texts == ("b", "c")
    assert tail.weights == pytest.approx([0.75, 0.25])


def test_truncation_below_one_keeps_a_certain_reply() -> None:
    assert distribution(1).truncated(below=1).texts == ("a",)


def test_an_empty_tail_is_refused_with_advice() -> None:
    with pytest.raises(ParseError, match="choose a larger threshold"):
        distribution(0.5, 0.5).truncated(below=0.1)


@pytest.mark.parametrize("below", [0, 1.5])
def test_truncation_refuses_a_threshold_outside_its_range(below: float) -> None:
    with pytest.raises(ValueError, match="below must lie in"):
        distribution(1).truncated(below=below)


def test_merging_joins_equal_texts_and_adds_their_probabilities() -> None:
    merged = distribution(0.2, 0.3, 0.1, texts="aba").merged()
    assert merged.texts == ("a", "b")
    assert [c.probability for c in merged.candidates] == pytest.approx([0.3, 0.3])
    assert merged.weights == pytest.approx([0.5, 0.5])


@given(probabilities)
def test_merging_keeps_the_total_weight_and_mass(stated: list[float]) -> None:
    d = distribution(*stated, texts="abca" * 10)
    assert d.merged().weights.sum() == pytest.approx(1)
    assert d.merged().mass == pytest.approx(d.mass)


def test_candidates_without_probabilities_weigh_alike() -> None:
    d = ReplyDistribution.equally_weighted((Candidate("a"), Candidate("b")))
    assert d.weights.tolist() == [0.5, 0.5]
    assert d.mass is None


def test_distributions_with_the_same_content_are_equal() -> None:
    assert distribution(0.5, 0.5) == distribution(0.5, 0.5)
    assert distribution(0.5, 0.5) != distribution(0.5, 0.4)


def test_weights_that_do_not_sum_to_one_are_a_fault_of_the_caller() -> None:
    with pytest.raises(ValueError, match="sum to 1"):
        ReplyDistribution((Candidate("a"),), np.array([0.5]))
