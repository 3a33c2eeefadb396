from __future__ import annotations

import numpy as np
import pytest

from simulate.statistics.resampling import Side
from simulate.statistics.rows import Rows
from tests.statistics.sides import AMOUNT, alone, sides


def test_a_multinomial_resample_has_the_variance_of_the_mean() -> None:
    codes = np.random.default_rng(5).choice([0.0, 1.0, 2.0], 400)
    side, _ = sides(alone(codes), alone(codes))
    means = side.resampled(4000, np.random.default_rng(6)) @ side.support.points
    assert np.std(means) == pytest.approx(np.std(codes) / 20, rel=0.05)


def test_personas_are_resampled_and_not_dialogues() -> None:
    values = np.random.default_rng(7).choice([0.0, 2.0], 100)
    codes, units = np.repeat(values, 4), np.repeat(np.arange(100), 4)
    side, _ = sides((codes, units), alone(codes))
    means = side.resampled(4000, np.random.default_rng(8)) @ side.support.points
    assert np.std(means) == pytest.approx(np.std(values) / 10, rel=0.05)


def test_random_groups_keep_the_variance_of_many_personas() -> None:
    rng = np.random.default_rng(9)
    values = np.repeat(rng.choice([0.0, 2.0], 20_000), 2)
    side, _ = sides((values, np.repeat(np.arange(20_000), 2)), alone(values[:50]))
    means = side.resampled(2000, rng) @ side.support.points
    assert np.std(means) == pytest.approx(1 / np.sqrt(20_000), rel=0.08)


def test_a_thinned_side_draws_by_weight_one_value_per_persona() -> None:
    codes, units = np.array([0.0, 2.0, 0.0, 1.0]), np.array([0, 0, 1, 1])
    support = AMOUNT.common_support(codes)
    side = Side.of(support, Rows.of(codes, shares=[0.25, 0.75, 0.5, 0.5], row=units))
    rng = np.random.default_rng(10)
    drawn = np.array([side.thinned(rng)[0] for _ in range(4000)])
    assert drawn.shape == (4000, 2)
    assert np.mean(support.points[drawn[:, 0]]) == pytest.approx(1.5, abs=0.05)
    assert np.mean(support.points[drawn[:, 1]]) == pytest.approx(0.5, abs=0.05)
