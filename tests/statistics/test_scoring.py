"""Scores: closed forms, numeric integration, propriety, and fairness to few answers."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import multinomial

from simulate.statistics.rows import Floats, Indices
from simulate.statistics.scoring import (
    brier,
    crps,
    energy_score,
    log_score,
    ranked_probability,
    subsampled,
)

CODES = np.array([0.0, 0.5, 2.0, 3.0])
_SHARES = arrays(np.float64, 4, elements=st.floats(0.01, 1)).map(lambda x: x / x.sum())

Score = Callable[[Floats, Indices], Floats]
SCORES: dict[str, Score] = {
    "Brier": brier,
    "RPS": ranked_probability,
    "RPS, a level outside": partial(ranked_probability, outside=True),
    "log score": partial(log_score, floor=0.0),
    "CRPS": lambda stated, happened: crps(stated, CODES, CODES[happened]),
}


def expected(score: Score, stated: Floats, truth: Floats) -> float:
    """Return the expectation of a score, all levels enumerated."""
    return float(truth @ score(np.tile(stated, (4, 1)), np.arange(4)))


@pytest.mark.parametrize("score", SCORES.values(), ids=list(SCORES))
@settings(max_examples=40, deadline=None, derandomize=True)
@given(truth=_SHARES, stated=_SHARES)
def test_nobody_expects_less_than_who_states_what_is_true(
    score: Score, truth: Floats, stated: Floats
) -> None:
    assert expected(score, truth, truth) <= expected(score, stated, truth) + 1e-12


def test_scores_have_their_closed_forms() -> None:
    stated, happened = np.array([[0.7, 0.2, 0.1]] * 3), np.arange(3)
    assert brier(stated, happened) == pytest.approx([0.14, 1.14, 1.34])
    assert ranked_probability(stated, happened) == pytest.approx([0.05, 0.25, 0.65])
    assert log_score(stated, happened, 0.0) == pytest.approx(-np.log([0.7, 0.2, 0.1]))
    assert log_score(np.array([[1.0, 0.0]]), np.array([1]), 0.02) == pytest.approx(-np.log(0.01))


def test_a_level_outside_the_order_is_as_far_from_either_end() -> None:
    ends = np.array([[1.0, 0, 0, 0], [0, 0, 1.0, 0]])
    none = np.array([3, 3])
    found = ranked_probability(ends, none, outside=True)
    assert found[0] == pytest.approx(found[1])
    assert ranked_probability(np.eye(4)[[3]], np.array([3]), outside=True)[0] == 0


def test_crps_is_the_integral_that_defines_it() -> None:
    stated, value = np.array([0.4, 0.1, 0.2, 0.3]), 1.2
    x = np.linspace(-1, 4, 200_001)
    below = (stated[:, None] * (CODES[:, None] <= x)).sum(axis=0)
    integral = ((below - (x >= value)) ** 2).mean() * 5
    assert crps(stated[None], CODES, np.array([value]))[0] == pytest.approx(integral, abs=1e-4)


@pytest.mark.parametrize("name", ["Brier", "RPS", "CRPS"])
def test_fair_scores_of_frequencies_expect_what_the_distribution_itself_does(name: str) -> None:
    truth, answers = np.array([0.5, 0.2, 0.2, 0.1]), 3
    counts = np.array([c for c in itertools.product(range(4), repeat=4) if sum(c) == answers])
    chances = multinomial(answers, truth).pmf(counts)
    many = np.full(len(counts), answers)
    fair: Callable[[Indices], Floats] = {
        "Brier": lambda happened: brier(counts / answers, happened, many),
        "RPS": lambda happened: ranked_probability(counts / answers, happened, many),
        "CRPS": lambda happened: crps(counts / answers, CODES, CODES[happened], many),
    }[name]
    for level in range(4):
        of_truth = SCORES[name](truth[None], np.array([level]))[0]
        assert chances @ fair(np.full(len(counts), level)) == pytest.approx(of_truth)


def test_frequencies_of_one_answer_have_no_fair_score() -> None:
    assert np.isnan(brier(np.eye(2)[[0]], np.array([1]), np.array([1]))).all()


def _distances(texts: Floats, said: Floats) -> tuple[Floats, Floats]:
    apart = np.linalg.norm(texts[:, :, None] - texts[:, None], axis=3)
    return np.linalg.norm(texts - said[:, None], axis=2), apart


def test_the_fair_energy_score_of_a_few_draws_expects_that_of_their_distribution() -> None:
    points = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 2.0]])
    share, said = np.array([0.5, 0.3, 0.2]), np.array([1.0, 1.0])
    whole = energy_score(share[None], *_distances(points[None], said[None]), fair=False)[0]
    drawn = np.array(list(itertools.product(range(3), repeat=3)))
    chances = share[drawn].prod(axis=1)
    weights = np.full(drawn.shape, 1 / 3)
    distances = _distances(points[drawn], np.tile(said, (len(drawn), 1)))
    assert chances @ energy_score(weights, *distances, fair=True) == pytest.approx(whole)
    assert chances @ energy_score(weights, *distances, fair=False) > whole + 0.05


def test_the_energy_score_on_the_line_is_the_crps() -> None:
    stated = np.array([[0.4, 0.1, 0.2, 0.3]])
    distances = _distances(CODES[None, :, None], np.array([[1.2]]))
    assert energy_score(stated, *distances, fair=False) == pytest.approx(
        crps(stated, CODES, np.array([1.2]))
    )


def test_places_without_a_text_count_for_nothing_and_one_text_has_no_fair_score() -> None:
    weights = np.array([[0.5, 0.5, 0.0], [1.0, 0.0, 0.0]])
    to_truth = np.array([[1.0, 3.0, np.nan], [2.0, np.nan, np.nan]])
    between = np.full((2, 3, 3), np.nan)
    between[0, :2, :2] = [[0, 2], [2, 0]]
    between[1, 0, 0] = 0
    assert energy_score(weights, to_truth, between, fair=False).tolist() == [1.5, 2.0]
    fair = energy_score(weights, to_truth, between, fair=True)
    assert fair[0] == 1.0
    assert np.isnan(fair[1])


def test_equal_k_takes_texts_at_random_and_leaves_shorter_lists() -> None:
    weights = np.tile([0.4, 0.3, 0.2, 0.1], (4000, 1))
    found = subsampled(weights, 2, np.random.default_rng(1))
    assert ((found > 0).sum(axis=1) == 2).all()
    assert found.sum(axis=1) == pytest.approx(1)
    assert (found > 0).mean(axis=0) == pytest.approx(0.5, abs=0.04)
    short = subsampled(np.array([[0.0, 0.6, 0.4]]), 2, np.random.default_rng(1))
    assert short.tolist() == [[0.0, 0.6, 0.4]]
