from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from simulate.statistics.distances import DISTANCES, SQUARED
from simulate.statistics.resampling import Known, Side
from simulate.statistics.rows import Rows
from simulate.statistics.squared_distance import (
    FEWEST_EFFECTIVE,
    features,
    score_limits,
    squared_distance,
)
from simulate.statistics.support import Support

LEVELS = Support.of_levels(3)
WORDS = Support.of_levels(3, "nominal")


def side(support: Support, rows: Rows) -> Side:
    return Side.of(support, rows)


def test_d2_of_known_distributions_is_half_the_squared_energy_distance_of_scaled_codes() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.integers(0, 9, 40) / 4, rng.integers(0, 9, 60) / 4
    support = Support.of_numbers(np.concatenate([x, y]), np.linspace(0, 2, 9), 2.0)
    found = DISTANCES[SQUARED].function(support.mass(x), support.mass(y), support)
    assert float(found) == pytest.approx(stats.energy_distance(x / 2, y / 2) ** 2 / 2)


def test_d2_of_words_is_the_squared_l2_distance_of_their_shares() -> None:
    p, q = np.array([0.5, 0.5, 0.0]), np.array([0.2, 0.3, 0.5])
    found = float(DISTANCES[SQUARED].function(p, q, WORDS))
    assert found == pytest.approx(0.3**2 + 0.2**2 + 0.5**2)


@pytest.mark.parametrize("support", [LEVELS, WORDS], ids=["ordered", "nominal"])
def test_d2_is_unbiased_over_every_sample_of_three_personas(support: Support) -> None:
    q = np.array([0.2, 0.3, 0.5])
    stated = [np.array([1.0, 0, 0]), np.array([0.2, 0.5, 0.3]), np.array([0.0, 0.1, 0.9])]
    chance = [0.5, 0.3, 0.2]
    truth = sum(c * p for c, p in zip(chance, stated, strict=True))
    mean = 0.0
    for drawn in itertools.product(range(3), repeat=3):
        rows = Rows.of(
            np.tile(np.arange(3.0), 3),
            shares=np.concatenate([stated[i] for i in drawn]),
            row=np.repeat(np.arange(3), 3),
        )
        found = squared_distance(side(support, rows), Known(support, q))
        assert found is not None
        mean += found * float(np.prod([chance[i] for i in drawn]))
    true = float(DISTANCES[SQUARED].function(np.asarray(truth), q, support))
    assert mean == pytest.approx(true)


def test_d2_is_unbiased_over_samples_of_both_sides() -> None:
    p, q = np.array([0.6, 0.1, 0.3]), np.array([0.2, 0.3, 0.5])
    mean = 0.0
    for ours in itertools.product(range(3), repeat=2):
        for theirs in itertools.product(range(3), repeat=3):
            found = squared_distance(
                *(side(LEVELS, Rows.of(np.array(codes, dtype=float))) for codes in (ours, theirs))
            )
            assert found is not None
            mean += found * float(np.prod(p[list(ours)]) * np.prod(q[list(theirs)]))
    assert mean == pytest.approx(float(DISTANCES[SQUARED].function(p, q, LEVELS)))


def test_one_persona_gives_no_d2() -> None:
    one = side(LEVELS, Rows.of([0.0, 2.0], clusters=[0, 0]))
    assert squared_distance(one, Known(LEVELS, np.full(3, 1 / 3))) is None


def test_one_persona_with_all_the_weight_gives_no_d2() -> None:
    for rest in (-np.inf, np.log(1e-9)):
        rows = Rows.of([0.0, 2.0], log_weights=[0.0, rest])
        assert squared_distance(side(LEVELS, rows), Known(LEVELS, np.full(3, 1 / 3))) is None


@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.floats(0.1, 3), st.integers(0, 3)), min_size=4, max_size=12
    )
)
def test_d2_is_that_of_the_sum_over_pairs_of_personas(
    values: list[tuple[int, float, int]],
) -> None:
    values = [*values, (0, 1.0, 0), (1, 1.0, 1), (2, 1.0, 2), (2, 1.0, 3)]
    codes = np.array([v for v, _, _ in values], dtype=float)
    weights = np.array([w for _, w, _ in values])
    clusters = np.array([c for _, _, c in values])
    q = np.array([0.2, 0.3, 0.5])
    ours = side(LEVELS, Rows.of(codes, log_weights=np.log(weights), clusters=clusters))
    own = np.zeros((4, 3))
    np.add.at(own, (clusters, codes.astype(int)), weights)
    totals, phi = own.sum(axis=1), features(own, LEVELS)
    if totals.sum() ** 2 < FEWEST_EFFECTIVE * (totals**2).sum():
        assert squared_distance(ours, Known(LEVELS, q)) is None
        return
    gram = phi @ phi.T
    pairs = float(gram.sum() - np.trace(gram)) / float(totals.sum() ** 2 - (totals**2).sum())
    human = features(q, LEVELS)
    expected = pairs + human @ human - 2 * phi.sum(axis=0) / totals.sum() @ human
    assert squared_distance(ours, Known(LEVELS, q)) == pytest.approx(float(expected), abs=1e-9)


def test_score_limits_are_where_the_estimate_is_t_standard_errors_off() -> None:
    value, variance, slope, t = 0.05, 0.0004, 0.02, 2.0
    below, above = (float(x) for x in score_limits(value, variance, slope, t))
    for limit in (value - below, value + above):
        error = np.sqrt(variance + slope * max(limit, 0.0))
        assert abs(limit - value) == pytest.approx(t * error)
