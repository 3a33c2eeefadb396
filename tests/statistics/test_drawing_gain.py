"""The expected TV of draws in closed form, and what the gain of drawing can tell."""

from __future__ import annotations

import itertools
from math import factorial, prod

import numpy as np
import pytest

from simulate.statistics.drawing_gain import Masses, drawing_gain, expected_tv

URN, OFF = np.array([0.5, 0.3, 0.2]), np.array([0.3, 0.3, 0.4])


def test_the_expected_tv_is_the_mean_over_all_counts() -> None:
    n, found = 4, 0.0
    for counts in itertools.product(range(n + 1), repeat=3):
        if sum(counts) == n:
            ways = factorial(n) / prod(factorial(c) for c in counts)
            chance = ways * prod(float(p) ** c for p, c in zip(OFF, counts, strict=True))
            found += chance * float(np.abs(np.array(counts) / n - URN).sum()) / 2
    assert expected_tv(OFF, URN, n) == pytest.approx(found)


def test_draws_from_the_truth_of_a_fair_coin_are_off_by_the_mean_deviation() -> None:
    # E|Bin(4, ½) − 2| = 3/4
    assert expected_tv(np.full(2, 0.5), np.full(2, 0.5), 4) == pytest.approx(3 / 16)


def test_the_gain_is_the_answers_distance_less_the_expected_one_of_draws() -> None:
    found = drawing_gain(np.array([URN, OFF]), np.array([6, 2, 2]), URN, np.random.default_rng(0))
    assert found.direct == pytest.approx(0.1)
    assert found.drawn == pytest.approx(expected_tv((URN + OFF) / 2, URN, 10))
    assert found.value == found.direct - found.drawn
    assert found.interval is not None
    assert found.interval[0] < found.value < found.interval[1]


def said(direct: Masses, stated: Masses, q: Masses, trials: int = 120) -> tuple[float, float]:
    """Return how often drawing is called better and worse at n = 50, with five that are stated."""
    rng, better, worse = np.random.default_rng(3), 0, 0
    for _ in range(trials):
        found = drawing_gain(
            rng.dirichlet(60 * stated, size=5), rng.multinomial(50, direct).astype(float), q, rng
        )
        assert found.interval is not None
        better += found.interval[0] > 0
        worse += found.interval[1] < 0
    return better / trials, worse / trials


def test_drawing_from_what_is_wrong_by_a_fifth_is_called_worse() -> None:
    better, worse = said(URN, OFF, URN)
    assert better == 0
    assert worse >= 0.4


def test_drawing_from_the_truth_is_called_better_than_wrong_answers() -> None:
    better, worse = said(OFF, URN, URN)
    assert better >= 0.4
    assert worse == 0


@pytest.mark.parametrize("q", [URN, np.array([0.97, 0.03])], ids=["urn", "rare"])
def test_answers_as_the_stated_distribution_are_rarely_called_either(q: Masses) -> None:
    better, worse = said(q, q, q)
    assert better + worse <= 0.06
