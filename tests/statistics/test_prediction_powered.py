"""Prediction-powered numbers of few people, over whole simulations at once."""

from __future__ import annotations

import csv
from collections.abc import Sequence

import numpy as np
import pytest
from scipy.special import stdtrit

from simulate.statistics.confidence import Interval
from simulate.statistics.covariate_balance import balance_p_values
from simulate.statistics.humans_needed import Arm, humans_needed
from simulate.statistics.paired_people import PairedPeople
from simulate.statistics.prediction_powered import (
    TunedMean,
    correlation_interval,
    tuned_mean,
    worth,
)
from simulate.statistics.prediction_powered_quantile import share_intervals, tuned_quantile
from simulate.statistics.raking import rake
from simulate.statistics.rows import Floats, Rows
from tests.human_data import OFFICIAL, needs_official

LEVELS = np.array([0.0, 0.5, 1.0, 2.0])
SHARES = np.array([0.4, 0.2, 0.25, 0.15])
"""Heaped gifts, as people give them."""
MEAN = float(LEVELS @ SHARES)
CUTS = np.array([-0.2533, 0.2533, 1.0364])
"""Where a normal variable is cut into these shares."""

WORDS = frozenset(("sex", "race", "edu", "marital", "employment", "income", "religion", "ideology"))
"""Survey answers that are no scores."""


def heaped(rho: float, n: int, others: int, draws: int, seed: int = 1) -> tuple[Floats, ...]:
    """Return (draws, n) gifts, what is simulated of those who gave them, and of others."""
    rng = np.random.default_rng(seed)
    f = rng.standard_normal((draws, n))
    latent = rho * f + np.sqrt(1 - rho**2) * rng.standard_normal((draws, n))
    human = LEVELS[np.searchsorted(CUTS, latent)]
    return human, 1 + f / 2, 1 + rng.standard_normal((draws, others)) / 2


def half_widths(mean: TunedMean) -> tuple[Floats, Floats]:
    """Return half the width of the human interval, and of the prediction-powered one."""
    return (
        stdtrit(mean.n - 1, 0.975) * np.sqrt(mean.human_variance),
        np.asarray(stdtrit(mean.degrees, 0.975) * np.sqrt(mean.variance), dtype=np.float64),
    )


def test_the_mean_is_the_regression_estimate_of_double_sampling() -> None:
    human, simulated, others = (side[0] for side in heaped(0.6, 40, 500, 1))
    found = tuned_mean(human, simulated, others)
    slope = np.polyfit(simulated, human, 1)[0]
    of_all = np.concatenate([simulated, others]).mean()
    assert found.value == pytest.approx(human.mean() + slope * (of_all - simulated.mean()))
    assert found.weight == pytest.approx(slope * 500 / 540)


@pytest.mark.parametrize("n", [20, 40, 200])
@pytest.mark.parametrize("rho", [0.0, 0.6, 0.95])
def test_the_mean_is_without_bias_and_its_interval_covers(n: int, rho: float) -> None:
    found = tuned_mean(*heaped(rho, n, 800, 1_500))
    error = found.value - MEAN
    human, ours = half_widths(found)
    assert abs(error.mean()) < (0.1 if n == 200 else 0.15) * error.std()
    assert 0.93 <= np.mean(np.abs(error) <= ours) <= 0.98
    if not rho:
        assert ours.mean() <= 1.02 * human.mean()


def test_people_who_were_simulated_perfectly_count_as_people() -> None:
    rng = np.random.default_rng(2)
    human, others = rng.normal(size=(400, 40)), rng.normal(size=(400, 360))
    found = tuned_mean(human, human, others)
    assert np.mean(40 * found.human_variance / found.variance) == pytest.approx(400, rel=0.02)
    assert worth(np.asarray(1.0), np.asarray(1.0), 40, 360) == pytest.approx(400)


def test_a_simulation_that_is_the_wrong_way_round_or_says_one_thing_is_not_used() -> None:
    human, simulated, others = (side[0] for side in heaped(0.8, 40, 200, 1))
    for wrong in (-simulated, np.full(40, 0.3)):
        found = tuned_mean(human, wrong, -others if wrong[0] != wrong[1] else np.full(200, 0.3))
        assert found.weight == 0
        assert found.value == found.human
        assert found.variance == pytest.approx(found.human_variance)


def test_a_covariate_that_varies_too_little_is_weighed_1_and_worth_what_that_gives() -> None:
    human, simulated, others = heaped(0.8, 100, 100_000, 1)
    found = tuned_mean(human[0], simulated[0] / 10, others[0] / 10)
    expected = worth(found.correlation, found.spread, 100, found.others)
    assert found.weight == 1
    assert 100 * found.human_variance / found.variance == pytest.approx(float(expected), rel=0.01)


@pytest.mark.parametrize("n", [20, 40, 100])
@pytest.mark.parametrize("rho", [0.0, 0.3, 0.8])
def test_the_interval_of_what_people_are_worth_covers(n: int, rho: float) -> None:
    many = heaped(rho, 200_000, 1, 1)
    true = float(np.corrcoef(many[0], many[1])[0, 1]) if rho else 0.0
    human, simulated, _ = heaped(rho, n, 1, 1_500, seed=3)
    low, high = correlation_interval(human, simulated, 0.95)
    one = np.asarray(1.0)
    expected = worth(np.asarray(true), one, n, 1000)
    inside = (worth(low, one, n, 1000) <= expected) & (expected <= worth(high, one, n, 1000))
    assert np.mean(inside) >= 0.93


def test_40_people_are_worth_39_with_simulations_that_tell_nothing() -> None:
    one = np.asarray(1.0)
    assert worth(np.asarray(0.0), one, 40, np.inf) == pytest.approx(40 / (1 + 1 / 37))
    assert worth(np.asarray(-0.5), one, 40, np.inf) == worth(np.asarray(0.0), one, 40, np.inf)
    assert worth(np.asarray(0.6), one, 100_000, np.inf) == pytest.approx(1e5 / 0.64, rel=1e-4)


def of_arrays(human: Floats, simulated: Floats, others: Floats) -> PairedPeople:
    n = len(human)
    both = Rows.of(np.concatenate([simulated, others]))
    return PairedPeople(Rows.of(human), both, np.arange(n), np.arange(n, n + len(others)))


def wide(intervals: Sequence[Interval | None]) -> float:
    """Return the mean width."""
    return float(np.mean([each[1] - each[0] for each in intervals if each is not None]))


def covers(interval: Interval | None, value: float) -> bool:
    assert interval is not None
    return interval[0] - 1e-9 <= value <= interval[1] + 1e-9


@pytest.mark.parametrize(("q", "n"), [(0.5, 20), (0.5, 200), (0.9, 200)])
@pytest.mark.parametrize("rho", [0.0, 0.8])
def test_quantiles_are_without_bias_and_their_intervals_cover(q: float, n: int, rho: float) -> None:
    rng = np.random.default_rng(4)
    true = float(stdtrit(np.inf, q))
    found, human = [], []
    for _ in range(300):
        f = rng.standard_normal(n + 500)
        y = rho * f[:n] + np.sqrt(1 - rho**2) * rng.standard_normal(n)
        found.append(tuned_quantile(of_arrays(y, f[:n], f[n:]), q, 0.95))
        human.append(found[-1].human_interval)
    errors = np.array([each.value - true for each in found])
    if n == 200:
        assert abs(errors.mean()) < 0.1 * errors.std()
    assert np.mean([covers(each.interval, true) for each in found]) >= 0.92
    ours, alone = wide([each.interval for each in found]), wide(human)
    # With 20 people the ends of the human one are few ranks, and jump.
    assert ours <= (0.9 if rho else 1.025 if n == 200 else 1.06) * alone


def test_a_quantile_beyond_which_too_few_people_lie_has_no_interval() -> None:
    human, simulated, others = (side[0] for side in heaped(0.5, 20, 100, 1))
    assert tuned_quantile(of_arrays(human, simulated, others), 0.9, 0.95).interval is None


def test_the_median_of_heaped_values_covers_and_is_one_of_them_or_a_simulated_one() -> None:
    human, simulated, others = heaped(0.6, 40, 200, 200)
    found = [
        tuned_quantile(of_arrays(*each), 0.5, 0.95)
        for each in zip(human, simulated, others, strict=True)
    ]
    assert np.mean([covers(each.interval, 0.5) for each in found]) >= 0.92


@pytest.mark.parametrize("n", [20, 60])
def test_intervals_of_a_share_cover_also_where_it_is_small(n: int) -> None:
    human, simulated, others = heaped(0.7, n, 300, 600)
    wide = []
    for y, f, g in zip((human == 2).astype(float), simulated, others, strict=True):
        alone, ours = share_intervals(tuned_mean(y, (f > 1.3) * 0.6, (g > 1.3) * 0.6), 0.95)
        wide.append((covers(ours, 0.15), ours[1] - ours[0], alone[1] - alone[0]))
    assert np.mean([each[0] for each in wide]) >= 0.92
    assert np.mean([each[1] for each in wide]) <= np.mean([each[2] for each in wide])


def test_nobody_who_says_yes_leaves_a_share_its_interval() -> None:
    nobody = tuned_mean(np.zeros(20), np.linspace(0, 1, 20), np.linspace(0, 1, 50))
    alone, ours = share_intervals(nobody, 0.95)
    assert nobody.weight == 0
    assert alone == ours
    assert 0 == ours[0] < 0.15 < ours[1] < 0.25


def test_whoever_was_not_simulated_gets_the_mean_of_the_others_on_both_sides() -> None:
    human, simulated, others = (side[0] for side in heaped(0.6, 30, 50, 1))
    whole = of_arrays(human, simulated, others)
    without = PairedPeople(
        whole.human,
        whole.simulated,
        np.where(np.arange(30) < 2, -1, whole.place),
        np.where(np.arange(50) < 5, -1, whole.others),
    )
    sides = without.sides(lambda v: v)
    middle = np.concatenate([simulated[2:], others[5:]]).mean()
    assert sides.simulated[:2] == pytest.approx(middle)
    assert sides.others[:5] == pytest.approx(middle)
    _, _, change = without.steps()
    assert change.sum() == pytest.approx(0)
    assert change @ without.steps()[0] == pytest.approx(
        sides.others.mean() - sides.simulated.mean()
    )


def raked(group: Floats, of_others: Floats) -> Floats:
    """Return the weights of others that give a group of theirs the share of the n."""
    shares = np.array([1 - group.mean(), group.mean()])
    found = rake(np.ones(len(of_others)), [of_others.astype(np.int64)], [shares])
    return np.asarray(found.weights / found.weights.sum())


def weighted(human: Floats, f: Floats, g: Floats, x: Floats, z: Floats) -> TunedMean:
    weights = raked(x, z)
    paired = of_arrays(human, f, g)
    people = PairedPeople(
        paired.human,
        paired.simulated,
        paired.place,
        paired.others,
        weights,
        (x[:, None], z[:, None]),
    )
    return tuned_mean(*people.sides(lambda v: v), weights)


def test_raked_others_have_no_bias_and_the_error_of_their_weights_is_in_the_interval() -> None:
    rng = np.random.default_rng(5)
    errors, inside = [], []
    for _ in range(600):
        x, z = (rng.random(40) < 0.7).astype(float), (rng.random(300) < 0.2).astype(float)
        f, g = 2 * x + rng.normal(size=40), 2 * z + rng.normal(size=300)
        human = x + 0.8 * (f - 2 * x) + 0.6 * rng.normal(size=40)
        found = weighted(human, f, g, x, z)
        errors.append(float(found.value) - 0.7)
        inside.append(abs(errors[-1]) <= half_widths(found)[1])
    assert abs(np.mean(errors)) < 0.1 * np.std(errors)
    assert np.mean(inside) >= 0.92


def test_the_error_of_raked_weights_is_what_raking_anew_in_each_resample_gives() -> None:
    rng = np.random.default_rng(6)
    x, z = (rng.random(60) < 0.6).astype(float), (rng.random(400) < 0.3).astype(float)
    f, g = x + rng.normal(size=60), z + rng.normal(size=400)
    human = x + (f - x) + 0.5 * rng.normal(size=60)
    drawn = []
    for _ in range(600):
        i, j = rng.integers(60, size=60), rng.integers(400, size=400)
        drawn.append(float(weighted(human[i], f[i], g[j], x[i], z[j]).value))
    found = weighted(human, f, g, x, z)
    assert float(np.sqrt(found.variance)) == pytest.approx(np.std(drawn), rel=0.1)


def test_a_random_part_of_people_is_seldom_taken_for_another() -> None:
    rng = np.random.default_rng(7)
    attributes = [rng.normal(size=(200, 1)), (rng.random((200, 3)) < 0.3).astype(float)]
    p_values = [
        min(balance_p_values(attributes, rng.permutation(200) < 30, np.random.default_rng(seed)))
        for seed in range(40)
    ]
    assert np.mean(np.array(p_values) < 0.2) == pytest.approx(0.2, abs=0.15)
    old = attributes[0][:, 0] > np.sort(attributes[0][:, 0])[-40]
    found = balance_p_values(attributes, old, np.random.default_rng(1))
    assert found[0] == pytest.approx(1 / 2000)
    assert found[1] > 0.05


def test_so_many_people_give_an_interval_of_the_wanted_width_and_one_fewer_does_not() -> None:
    arm = Arm(deviation=1.0, correlation=0.6, spread=1.0, others=1_000)
    alone = humans_needed(0.5, [arm], 0.95, simulations=False)
    assert alone == 64
    assert 2 * stdtrit(alone - 1, 0.975) / np.sqrt(alone) <= 0.5
    assert 2 * stdtrit(alone - 2, 0.975) / np.sqrt(alone - 1) > 0.5
    helped = humans_needed(0.5, [arm], 0.95, simulations=True)
    assert helped == 44
    assert float(worth(np.asarray(0.6), np.asarray(1.0), helped, 1_000)) >= alone
    assert humans_needed(1e-4, [arm], 0.95, simulations=False) is None
    two = humans_needed(0.5, [arm, arm], 0.95, simulations=False)
    assert two == pytest.approx(2 * alone, abs=4)


@needs_official
def test_40_of_the_real_crowd_workers_give_the_mean_of_all_with_a_covariate_fitted_elsewhere() -> (
    None
):
    with (OFFICIAL / "full_info.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["B4"] == "1" and row["age.x"]]
    traits = [name for name in rows[0] if name.endswith(".x") and name[:-2] not in WORDS]
    known = [row for row in rows if all(row[name] for name in traits)]
    gave = np.array([min(float(row["B6"]), 2.0) for row in known])
    design = np.array([[1.0, *(float(row[name]) for name in traits)] for row in known])
    elsewhere = np.arange(len(known)) % 2 == 0
    fitted = design @ np.linalg.lstsq(design[elsewhere], gave[elsewhere], rcond=None)[0]
    people, simulated = gave[~elsewhere], fitted[~elsewhere]
    rng = np.random.default_rng(9)
    # Drawn with replacement, so that these people are a whole population and nothing is finite.
    asked = rng.integers(len(people), size=(2_000, 40))
    others = rng.integers(len(people), size=(2_000, 300))
    found = tuned_mean(people[asked], simulated[asked], simulated[others])
    human, ours = half_widths(found)
    error = found.value - people.mean()
    assert np.mean(np.abs(error) <= ours) >= 0.92
    assert abs(error.mean()) < 0.1 * error.std()
    assert ours.mean() <= 1.02 * human.mean()
