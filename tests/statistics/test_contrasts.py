from __future__ import annotations

import numpy as np
import pytest

from simulate.statistics.contrasts import Contrast, squared_contrast
from simulate.statistics.distances import DISTANCES, SQUARED
from simulate.statistics.resampling import Known, Masses, Side
from simulate.statistics.rows import Rows
from simulate.statistics.squared_distance import squared_distance
from simulate.statistics.support import Support

LEVELS = Support.of_levels(3)
SHARES = np.array([0.5, 0.3, 0.2])
PAIR = np.array([1.0, -1.0])


def contrast(
    cells: list[list[int]], reference: Side | Known, weights: Masses | None = None
) -> Contrast:
    found = squared_contrast(
        np.stack([np.eye(3)[codes] for codes in cells]),
        PAIR,
        reference,
        weights=weights,
        draws=400,
        confidence=0.95,
        rng=np.random.default_rng(0),
    )
    assert found is not None
    return found


def test_a_weighted_contrast_is_the_difference_of_the_weighted_distances() -> None:
    rng = np.random.default_rng(1)
    codes, weights = rng.integers(0, 3, (2, 12)), rng.random((2, 12)) + 0.1
    people = Side.of(LEVELS, Rows.of(rng.integers(0, 3, 50).astype(float)))
    expected = [
        squared_distance(Side.of(LEVELS, Rows.of(c.astype(float), log_weights=np.log(w))), people)
        for c, w in zip(codes, weights, strict=True)
    ]
    assert expected[0] is not None
    assert expected[1] is not None
    found = contrast(codes.tolist(), people, weights)
    assert found.value == pytest.approx(expected[0] - expected[1], abs=1e-11)


def test_personas_of_no_weight_leave_the_interval_as_it_is_without_them() -> None:
    rng = np.random.default_rng(2)
    codes = rng.integers(0, 3, (2, 200))
    weights = np.repeat([[1.0] * 100 + [0.0] * 100], 2, axis=0)
    known = Known(LEVELS, SHARES)
    whole = contrast(codes.tolist(), known, weights)
    part = contrast(codes[:, :100].tolist(), known)
    assert whole.value == pytest.approx(part.value)
    assert whole.interval is not None
    assert whole.interval == pytest.approx(part.interval, abs=0.006)


def test_distances_that_differ_by_rounding_alone_are_equal() -> None:
    """To say 0 or 2 always is equally far from a symmetric distribution."""
    found = contrast([[0] * 60, [2] * 60], Known(LEVELS, np.array([0.3, 0.4, 0.3])))
    assert found.value == 0
    assert found.interval is not None
    assert found.interval[0] <= 0 <= found.interval[1]


@pytest.mark.parametrize("whose", ["personas", "people"])
def test_one_person_with_more_than_a_tenth_of_the_weight_leaves_no_interval(whose: str) -> None:
    uneven = np.ones(100)
    uneven[0] = 15
    codes = (np.arange(100) % 3).tolist()
    rows = Rows.of(np.array(codes, dtype=float), log_weights=np.log(uneven))
    people = Side.of(LEVELS, rows) if whose == "people" else Known(LEVELS, SHARES)
    weights = np.stack([uneven, np.ones(100)]) if whose == "personas" else None
    found = contrast([codes, codes[::-1]], people, weights)
    assert (found.interval, found.p) == (None, None)


@pytest.mark.parametrize("second", ["constant", "other"])
def test_the_interval_covers_where_nearly_all_personas_answer_alike(second: str) -> None:
    """A bootstrap of personas alone covered .70: what 3 % of people say is often not in 40."""
    rng, human = np.random.default_rng(4), Known(LEVELS, SHARES)
    shares = np.array([[0.97, 0.0, 0.03], [0.0, 0.97, 0.03]])
    sampled = (True, second == "other")
    if second == "constant":
        shares[1] = [1.0, 0.0, 0.0]
    d2 = DISTANCES[SQUARED].function(shares, SHARES, LEVELS)
    covered, trials = 0, 150
    for _ in range(trials):
        masses = np.stack([np.eye(3)[rng.choice(3, 40, p=each)] for each in shares])
        found = squared_contrast(
            masses, PAIR, human, sampled=sampled, draws=199, confidence=0.95, rng=rng
        )
        assert found is not None
        assert found.interval is not None
        covered += found.interval[0] <= d2[0] - d2[1] <= found.interval[1]
    assert covered / trials >= 0.95
