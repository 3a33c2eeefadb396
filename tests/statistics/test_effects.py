"""Effects on people against scipy and closed forms, and what their noise must not do."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from simulate.statistics.effects import (
    EffectEstimate,
    against_human,
    effect_line,
    fieller,
    group_mean,
    group_slope,
    paired_weights,
)
from simulate.statistics.rows import Floats, Rows

RNG = np.random.default_rng(5)


def difference(rows: Rows, first: Floats, second: Floats) -> EffectEstimate:
    a, b = group_mean(rows, first), group_mean(rows, second)
    assert a is not None
    assert b is not None
    return a - b


def of(value: float, error: float, people: float = 1e6) -> EffectEstimate:
    """Return an estimate with a given standard error."""
    return EffectEstimate(value, np.array([error]), people, 0.01)


def test_two_groups_of_different_people_have_the_standard_error_of_welch() -> None:
    a, b = RNG.normal(1, 1, 40), RNG.normal(0, 3, 55)
    rows = Rows.of(np.concatenate([a, b]))
    first = np.repeat([1.0, 0.0], [40, 55])
    found = difference(rows, first, 1 - first)
    welch = stats.ttest_ind(a, b, equal_var=False)
    assert found.value == pytest.approx(a.mean() - b.mean())
    assert found.value / found.standard_error == pytest.approx(welch.statistic)  # type: ignore[operator]


def test_the_same_people_in_both_groups_have_the_standard_error_of_pairs() -> None:
    a = RNG.normal(1, 1, 40)
    b = a + RNG.normal(0, 0.1, 40)
    rows = Rows.of(np.concatenate([a, b]), clusters=np.tile(np.arange(40), 2))
    first = np.repeat([True, False], 40)
    found = difference(rows, *paired_weights(rows, first, ~first))
    paired = stats.ttest_rel(a, b)
    assert found.value / found.standard_error == pytest.approx(paired.statistic)  # type: ignore[operator]
    ends = paired.confidence_interval(0.95)
    assert found.interval(0.95) == pytest.approx((ends.low, ends.high))


def test_a_person_who_lacks_one_group_is_left_out_of_pairs_and_others_weigh_alike_in_both() -> None:
    # Person 0 has two rows in the first group and one in the second; person 2 has no second.
    rows = Rows.of([1, 3, 5, 7, 0, 4], clusters=[0, 0, 1, 2, 0, 1])
    first = np.array([1, 1, 1, 1, 0, 0], dtype=bool)
    found = difference(rows, *paired_weights(rows, first, ~first))
    assert found.value == pytest.approx(np.mean([2 - 0, 5 - 4]))


def test_a_slope_is_the_least_squares_one_with_an_error_that_allows_unequal_noise() -> None:
    x = RNG.normal(size=80)
    y = 0.5 * x + RNG.normal(size=80) * (1 + np.abs(x))
    found = group_slope(Rows.of(y), x, np.ones(80))
    assert found is not None
    line = stats.linregress(x, y)
    residual = y - line.intercept - line.slope * x
    centred = x - x.mean()
    hc1 = np.sqrt(80 / 78 * np.sum((centred * residual) ** 2)) / np.sum(centred**2)
    assert found.value == pytest.approx(line.slope)
    assert found.standard_error == pytest.approx(hc1)


def test_several_dialogues_of_a_person_make_no_more_people() -> None:
    values = RNG.normal(size=50)
    once = group_mean(Rows.of(values), np.ones(50))
    thrice = group_mean(
        Rows.of(np.tile(values, 3), clusters=np.tile(np.arange(50), 3)), np.ones(150)
    )
    assert once is not None
    assert thrice is not None
    assert thrice.standard_error == pytest.approx(once.standard_error)
    assert thrice.people == pytest.approx(50)


@pytest.mark.parametrize(
    ("values", "clusters", "problem"),
    [
        (np.arange(29), np.arange(29), "fewer than 30 effective people"),
        (
            np.arange(100),
            np.repeat(np.arange(61), [40] + [1] * 60),
            "fewer than 30",
        ),
        (np.arange(100), np.repeat(np.arange(90), [11] + [1] * 89), "11% of a group's weight"),
        (np.full(40, 0.1), np.arange(40), "everybody gave the same value"),
    ],
)
def test_no_standard_error_where_none_holds(values: Floats, clusters: Floats, problem: str) -> None:
    found = group_mean(Rows.of(values, clusters=clusters), np.ones(len(values)))
    assert found is not None
    assert problem in str(found.problem)
    assert found.standard_error is None
    assert found.interval(0.95) is None


def test_a_group_without_anybody_has_no_mean_and_a_constant_trait_no_slope() -> None:
    rows = Rows.of([1.0, 2.0])
    assert group_mean(rows, np.zeros(2)) is None
    assert group_slope(rows, np.array([3.0, 3.0]), np.ones(2)) is None


def test_fieller_holds_just_the_ratios_that_a_test_does_not_reject() -> None:
    found = fieller(0.6, 1.0, (0.04, 0.05), 2.0, 0.01)
    assert found is not None
    for end in found.interval:
        error = np.sqrt(0.04 - 2 * end * 0.01 + end**2 * 0.05)
        assert abs(0.6 - end) == pytest.approx(2.0 * error)
    assert fieller(0.6, 1.0, (0.04, 0.26), 2.0) is None  # 1.0 is less than two errors from 0


def test_a_simulated_effect_beside_the_human_one() -> None:
    found = against_human(of(0.2, 0.02), of(0.5, 0.1), 0.95)
    assert found.difference == pytest.approx(-0.3)
    assert found.error == pytest.approx(-3)
    assert found.same_sign is True
    assert found.ratio is not None
    assert found.ratio.value == pytest.approx(0.4)
    half = stats.norm.ppf(0.975) * np.hypot(0.02, 0.1)
    assert found.interval == pytest.approx((-0.3 - half, -0.3 + half), rel=1e-4)


def test_a_human_effect_that_may_be_0_has_no_sign_to_meet_and_gives_no_ratio() -> None:
    found = against_human(of(0.2, 0.02), of(0.1, 0.1), 0.95)
    assert (found.same_sign, found.ratio) == (None, None)
    assert found.problem == "the human effect is not distinguishable from 0"
    assert found.error == pytest.approx(1)


def test_a_line_takes_the_noise_of_simulated_effects_out_which_pulls_the_raw_slope_to_0() -> None:
    rng = np.random.default_rng(8)
    truth = np.array([0.3, -0.2, 0.1, 0.05, -0.15, 0.25])
    noise = 0.06
    raw, corrected, covered = [], [], 0
    for _ in range(1000):
        s, h = (slope * truth + rng.normal(0, noise, 6) for slope in (1.0, 2.0))
        sides = [
            [EffectEstimate(v, noise * np.eye(6)[i], 1e6, 0.01) for i, v in enumerate(values)]
            for values in (s, h)
        ]
        found = effect_line(sides[0], sides[1], 0.95)
        raw.append(found.raw)
        if found.corrected is not None:
            corrected.append(found.corrected.value)
            covered += found.corrected.interval[0] <= 2.0 <= found.corrected.interval[1]
    shrunk = 2 * truth @ truth / (truth @ truth + 6 * noise**2)
    assert np.mean(raw) == pytest.approx(shrunk, abs=0.08)  # type: ignore[arg-type]
    assert len(corrected) > 950
    assert np.median(corrected) == pytest.approx(2.0, abs=0.05)
    assert covered / len(corrected) > 0.92


def test_a_line_does_not_depend_on_how_an_effect_is_named() -> None:
    simulated = [of(0.3, 0.01), of(-0.2, 0.01), of(0.1, 0.01)]
    human = [of(0.4, 0.05), of(-0.3, 0.05), of(-0.2, 0.05)]
    found = effect_line(simulated, human, 0.95)
    turned = effect_line([of(-0.3, 0.01), *simulated[1:]], [of(-0.4, 0.05), *human[1:]], 0.95)
    assert turned.raw == pytest.approx(found.raw)
    assert (found.effects, found.signs, found.same_signs) == (3, 3, 2)


def test_two_effects_make_no_line() -> None:
    found = effect_line([of(0.3, 0.1)] * 2, [of(0.3, 0.1)] * 2, 0.95)
    assert (found.raw, found.corrected) == (None, None)
    assert found.problem == "2 effects have a standard error on both sides; a line needs 3"
