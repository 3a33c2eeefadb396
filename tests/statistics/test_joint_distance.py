"""The distance of outcomes given a trait."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from simulate.statistics.joint_distance import JointDistance, joint_distance
from simulate.statistics.resampling import Side
from simulate.statistics.rows import Floats, Rows
from simulate.statistics.support import Support

GIFTS = np.array([0, 0.5, 1, 2])
SUPPORT = Support.of_numbers(GIFTS, np.linspace(0, 2, 21), 2.0)
MEAN, KIND = np.array([0.5, 0.25, 0.15, 0.1]), np.array([0.2, 0.3, 0.2, 0.3])
SHARES = {"women": 0.6, "men": 0.4}


MakeSide = Callable[[int, Floats, np.random.Generator], Side]


def drawn(n: int, shares: Floats, rng: np.random.Generator) -> Side:
    return Side.of(SUPPORT, Rows.of(rng.choice(GIFTS, n, p=shares)))


def stated(n: int, shares: Floats, rng: np.random.Generator) -> Side:
    own = rng.dirichlet(6 * shares, n)
    row = np.repeat(np.arange(n), len(GIFTS))
    return Side.of(SUPPORT, Rows.of(np.tile(GIFTS, n), shares=own.ravel(), row=row))


def found(sides: dict[str, tuple[Side, Side]], seed: int = 0) -> JointDistance:
    return joint_distance(sides, SHARES, np.random.default_rng(seed), draws=100)


def test_it_is_the_mean_over_levels_by_their_shares_of_half_the_squared_energy_distance() -> None:
    rng = np.random.default_rng(1)
    sides, expected = {}, 0.0
    for level, shares in (("women", MEAN), ("men", KIND)):
        a, b = rng.choice(GIFTS, 40, p=shares), rng.choice(GIFTS, 60, p=MEAN)
        sides[level] = Side.of(SUPPORT, Rows.of(a)), Side.of(SUPPORT, Rows.of(b))
        plain = stats.energy_distance(a, b) ** 2 / 2 / 2
        # The pairs of a person with itself, which the plain distance holds, are left out.
        for x in (a, b):
            gaps = np.abs(x[:, None] - x[None, :]).sum() / 2 / 2
            plain += gaps / len(x) ** 2 - gaps / (len(x) * (len(x) - 1))
        expected += SHARES[level] * plain
    assert found(sides).value == pytest.approx(expected)


@pytest.mark.parametrize("side", [drawn, stated])
def test_equal_people_have_0_on_average_however_they_are_asked(side: MakeSide) -> None:
    rng = np.random.default_rng(2)
    values = []
    for _ in range(300):
        sides = {level: (side(20, MEAN, rng), drawn(25, MEAN, rng)) for level in SHARES}
        values.append(found(sides).value)
    error = np.std(values) / len(values) ** 0.5  # type: ignore[arg-type]
    assert abs(np.mean(values)) < 3 * error  # type: ignore[arg-type]


def test_the_interval_covers_where_women_and_men_have_changed_places() -> None:
    rng = np.random.default_rng(3)
    gap = np.cumsum(MEAN - KIND)[:-1]
    true = float(gap**2 @ np.diff(GIFTS)) / 2
    covered = 0
    for trial in range(100):
        sides = {
            "women": (drawn(50, KIND, rng), drawn(200, MEAN, rng)),
            "men": (drawn(50, MEAN, rng), drawn(200, KIND, rng)),
        }
        ends = found(sides, trial).interval
        assert ends is not None
        covered += ends[0] <= true <= ends[1]
    assert covered > 91


def test_a_level_with_one_person_is_left_out_and_one_with_few_gives_no_interval() -> None:
    rng = np.random.default_rng(4)
    whole = drawn(50, MEAN, rng), drawn(50, MEAN, rng)
    one = found({"women": whole, "men": (drawn(1, MEAN, rng), drawn(50, MEAN, rng))})
    assert (one.covered, list(one.levels)) == (0.6, ["women"])
    assert one.value == one.levels["women"]
    few = found({"women": whole, "men": (drawn(29, MEAN, rng), drawn(50, MEAN, rng))})
    assert (few.interval, few.covered) == (None, 1.0)
    assert found({"women": (drawn(1, MEAN, rng), whole[1])}).value is None
