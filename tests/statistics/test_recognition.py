"""Recognition among persons: pairs by enumeration, and intervals that hold what they say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from simulate.statistics.recognition import jackknife_interval, recognized


def by_hand(similarity: np.ndarray, persons: list[int]) -> float | None:
    pairs = [
        (own > other) + 0.5 * (own == other)
        for i, own in enumerate(np.diagonal(similarity))
        for j, other in enumerate(similarity[i])
        if persons[i] != persons[j]
    ]
    return float(np.mean(pairs)) if pairs else None


@given(
    arrays(np.int64, (5, 5), elements=st.integers(0, 3)),
    st.lists(st.integers(0, 3), min_size=5, max_size=5),
)
def test_the_share_is_that_of_pairs_of_different_persons_with_and_without_each(
    similarity: np.ndarray,
    persons: list[int],
) -> None:
    found = recognized(similarity.astype(float), np.array(persons), 4)
    expected = by_hand(similarity, persons)
    assert found.share == (None if expected is None else pytest.approx(expected))
    for person in range(4):
        kept = [i for i in range(5) if persons[i] != person]
        without = by_hand(similarity[np.ix_(kept, kept)], [persons[i] for i in kept])
        if expected is not None and without is not None:
            assert found.without[person] == pytest.approx(without)


def test_the_jackknife_of_a_mean_is_its_t_interval() -> None:
    from scipy import stats

    values = np.random.default_rng(1).normal(size=30)
    without = (values.sum() - values) / 29
    expected = stats.t.interval(0.95, 29, values.mean(), stats.sem(values))
    assert jackknife_interval(float(values.mean()), without) == pytest.approx(expected)


def test_values_that_do_not_differ_have_no_interval() -> None:
    assert jackknife_interval(0.5, np.full(30, 0.5)) is None


@pytest.mark.parametrize(("effect", "share"), [(0.0, 0.5), (0.5, 0.67)])
def test_the_interval_holds_the_expected_share_as_often_as_it_says(
    effect: float, share: float
) -> None:
    found = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        mean = effect * rng.normal(size=(25, 10))
        things, profiles = (mean + rng.normal(size=(25, 10)) for _ in range(2))
        one = recognized(things @ profiles.T, np.arange(25), 25)
        assert one.share is not None
        found.append((one.share, jackknife_interval(one.share, one.without)))
    expected = float(np.mean([value for value, _ in found]))
    assert expected == pytest.approx(share, abs=0.01)
    # Of 200 intervals that hold it .95 of the time, fewer than 181 do so once in a thousand.
    assert sum(i is not None and i[0] <= expected <= i[1] for _, i in found) >= 181
