"""Agreement beyond chance."""

from __future__ import annotations

from functools import cache
from math import comb

import numpy as np
import pytest

from simulate.statistics.chance_agreement import (
    ChanceCorrected,
    ac1_of,
    chance_corrected,
    kappa_of,
)

N = 12


@cache
def tables() -> list[tuple[np.ndarray, int, tuple[ChanceCorrected, ChanceCorrected]]]:
    """Return all tables of N pairs, each with how many orders give it, and what it says."""
    found = []
    for a in range(N + 1):
        for b in range(N + 1 - a):
            for c in range(N + 1 - a - b):
                counts = np.array([[a, b], [c, N - a - b - c]], float)
                ways = comb(N, a) * comb(N - a, b) * comb(N - a - b, c)
                found.append((counts, ways, chance_corrected(counts)))
    return found


def test_where_one_label_is_rare_kappa_and_ac1_are_as_published() -> None:
    # Gwet 2008, the paradox: 118 of 125 pairs agree.
    kappa, ac1 = chance_corrected(np.array([[118.0, 5.0], [2.0, 0.0]]))
    assert kappa.value == pytest.approx(-0.0234, abs=1e-4)
    assert ac1.value == pytest.approx(0.9408, abs=1e-4)


def test_a_judge_who_says_one_thing_of_all_agrees_by_chance() -> None:
    kappa, _ = chance_corrected(np.array([[95.0, 0.0], [5.0, 0.0]]))
    assert kappa.value == 0


def test_where_both_say_one_and_the_same_kappa_is_not_defined() -> None:
    kappa, ac1 = chance_corrected(np.array([[9.0, 0.0], [0.0, 0.0]]))
    assert kappa.value is None
    assert ac1.value == 1


def test_without_a_pair_there_is_no_number() -> None:
    for found in chance_corrected(np.zeros((2, 2))):
        assert (found.value, found.interval, found.n) == (None, None, 0)


def test_an_interval_has_a_width_where_all_agree() -> None:
    for found in chance_corrected(np.array([[15.0, 0.0], [0.0, 5.0]])):
        assert found.value == 1
        assert found.interval is not None
        assert found.interval[0] < 0.95
        assert found.interval[1] == 1


@pytest.mark.parametrize(("share", "right"), [(0.5, 0.9), (0.2, 0.9), (0.2, 0.7)])
def test_intervals_hold_the_truth_as_often_as_they_say(share: float, right: float) -> None:
    truth = np.array([[(1 - share) * right, (1 - share) * (1 - right)], [0, 0]])
    truth[1] = [share * (1 - right), share * right]
    values, held = (float(kappa_of(truth)), float(ac1_of(truth))), np.zeros(2)
    for counts, ways, found in tables():
        probability = ways * float(np.prod(truth**counts))
        for i, each in enumerate(found):
            low, high = each.interval or (0.0, 0.0)
            held[i] += probability * (low <= values[i] <= high)
    assert (held > 0.9).all()
    assert (held < 0.995).all()
