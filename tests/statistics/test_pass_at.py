"""pass@N against enumeration of all that could be drawn."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from math import comb

import numpy as np
import pytest

from simulate.statistics.pass_at import pass_at, pass_within

Replies = Sequence[Sequence[bool]]


def counted(lists: Replies) -> tuple[np.ndarray, np.ndarray]:
    return np.array([sum(each) for each in lists]), np.array([len(each) for each in lists])


def enumerated(lists: Replies, whole: int, rest: int) -> float:
    """Return the share of all ways to draw lists, and replies of one more, with a right reply."""
    hits = ways = 0.0
    for order in itertools.permutations(range(len(lists)), whole + (rest > 0)):
        first = any(any(lists[i]) for i in order[:whole])
        last = lists[order[-1]] if rest else ()
        drawn = list(itertools.combinations(last, min(rest, len(last))))
        hits += sum(first or any(each) for each in drawn) / len(drawn)
        ways += 1
    return hits / ways


@pytest.mark.parametrize("n", range(1, 8))
def test_of_single_replies_it_is_the_estimator_of_chen(n: int) -> None:
    for right in range(6):
        lists = [[i < right] for i in range(7)]
        expected = 1 - comb(7 - right, n) / comb(7, n)
        assert pass_at(*counted(lists), n) == pytest.approx(expected)
        assert enumerated(lists, n, 0) == pytest.approx(expected)


LISTS: list[Replies] = [
    [[True, False, False], [False, False, False], [False, True, True], [False, False, False]],
    [[False] * 3] * 4,
    [[True] * 3] * 2 + [[False] * 3],
    [[True, False], [False], [False, False, True, False], [False, False, False]],
]


@pytest.mark.parametrize("lists", LISTS)
@pytest.mark.parametrize(("whole", "rest"), [(0, 1), (0, 2), (1, 0), (1, 2), (2, 1), (3, 0)])
def test_of_lists_it_is_the_share_of_all_draws(lists: Replies, whole: int, rest: int) -> None:
    found = pass_at(*counted(lists), whole, rest)
    if whole + (rest > 0) > len(lists):
        assert found is None
    else:
        assert found == pytest.approx(enumerated(lists, whole, rest))


def test_it_is_unbiased_for_fresh_lists() -> None:
    """The mean over all samples of three lists is what two fresh lists and one reply give."""
    kinds = [([False, False], 0.5), ([True, False], 0.3), ([True, True], 0.2)]
    mean = sum(
        float(np.prod([p for _, p in sample]))
        * (pass_at(*counted([each for each, _ in sample]), 2, 1) or 0.0)
        for sample in itertools.product(kinds, repeat=3)
    )
    assert mean == pytest.approx(1 - 0.5 * 0.5 * (0.5 + 0.3 * 0.5))


def test_between_two_numbers_of_lists_it_is_on_the_line() -> None:
    right, sizes = counted(LISTS[0])
    one, two = pass_at(right, sizes, 1), pass_at(right, sizes, 2)
    assert one is not None
    assert two is not None
    assert pass_within(right, sizes, 1.25) == pytest.approx(0.75 * one + 0.25 * two)
    assert pass_within(right, sizes, 4.0) == pass_at(right, sizes, 4)


@pytest.mark.parametrize("lists", [0.9, 4.1])
def test_less_than_one_list_and_more_than_there_are_have_no_value(lists: float) -> None:
    assert pass_within(*counted(LISTS[0]), lists) is None
