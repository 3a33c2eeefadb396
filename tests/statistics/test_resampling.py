from __future__ import annotations

import numpy as np
import pytest

from simulate.statistics.resampling import Side
from simulate.statistics.rows import Rows
from simulate.statistics.support import MOST_ATOMS
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


def test_a_redraw_takes_one_value_per_persona_by_its_chance() -> None:
    codes, units = np.array([0.0, 2.0, 0.0, 1.0]), np.array([0, 0, 1, 1])
    support = AMOUNT.common_support(codes)
    side = Side.of(support, Rows.of(codes, shares=[0.25, 0.75, 0.5, 0.5], row=units))
    masses = side.mass + side.redraw_noise(4000, np.random.default_rng(10))
    assert set(np.round(masses.ravel(), 9)) == {0.0, 0.5, 1.0}
    assert masses.mean(axis=0) == pytest.approx([0.375, 0.25, 0.375], abs=0.02)


def test_redraws_of_many_personas_keep_their_variance() -> None:
    count = 20_000
    rows = Rows.of(
        np.tile([0.0, 2.0], count),
        shares=np.full(2 * count, 0.5),
        row=np.repeat(np.arange(count), 2),
    )
    side = Side.of(AMOUNT.common_support(rows.values), rows)
    noise = side.redraw_noise(2000, np.random.default_rng(11))
    assert np.std(noise[:, 0]) == pytest.approx(0.5 / np.sqrt(count), rel=0.08)


def test_single_values_that_are_moved_to_a_target_are_multinomial_samples_of_it() -> None:
    rows = Rows.of([0.0, 0.0, 1.0, 2.0] * 25, log_weights=[1e-12] + [0.0] * 99)
    side = Side.of(AMOUNT.common_support(rows.values), rows)
    assert not side.simple
    target = np.array([0.2, 0.5, 0.3])
    found = side.resampled_as(target, 6000, np.random.default_rng(12))
    assert found.mean(axis=0) == pytest.approx(target, abs=0.01)
    assert np.var(found, axis=0) == pytest.approx(target * (1 - target) / 100, rel=0.12)


def test_values_that_are_moved_to_a_target_stay_alike_within_a_persona() -> None:
    personas = 60
    codes = np.repeat(np.random.default_rng(13).choice([0.0, 1.0, 2.0], personas), 5)
    side, _ = sides((codes, np.repeat(np.arange(personas), 5)), alone(codes))
    target = np.array([0.2, 0.5, 0.3])
    found = side.resampled_as(target, 4000, np.random.default_rng(14))
    assert np.var(found, axis=0) == pytest.approx(target * (1 - target) / personas, rel=0.25)


def test_the_effective_number_of_personas_is_that_of_kish() -> None:
    sizes = [100] + [1] * 40
    codes, units = np.zeros(140), np.repeat(np.arange(41), sizes)
    side, _ = sides((codes, units), alone(codes))
    assert side.effective == pytest.approx(140**2 / (100**2 + 40))


def test_a_coarser_support_keeps_the_order_of_points_that_nobody_holds() -> None:
    codes = np.linspace(0, 2, 3000)
    support = AMOUNT.common_support(codes)
    held = support.mass(codes[2000:])
    coarse, _ = support.coarsened(held, held)
    assert coarse.size <= MOST_ATOMS
    assert np.all(np.diff(coarse.points) > 0)
