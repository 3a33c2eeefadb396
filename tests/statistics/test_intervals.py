from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simulate.randomness import generator
from simulate.reference import Reference
from simulate.statistics.distances import DISTANCES, Measure
from simulate.statistics.equality import Equality
from simulate.statistics.intervals import Estimate, estimate, p_value
from simulate.statistics.resampling import Known, Side
from simulate.statistics.rows import Rows
from simulate.statistics.support import Support
from tests.statistics.sides import AMOUNT, CHECKED, Codes, alone, resampled_people, sides


def intervals(
    ours: Side, theirs: Side, rng: np.random.Generator, draws: int = 199
) -> dict[str, Estimate]:
    family = Equality(ours, theirs, draws, rng)
    found = {}
    for measure in CHECKED:
        value = family.value(measure)
        assert value is not None
        found[measure.name] = estimate(measure, value, family, 0.95)
    return found


def mixed(reference: Reference, share: float, at: float) -> Codes:
    p = reference.shares * (1 - share)
    p[reference.values == at] += share
    return np.asarray(p, dtype=np.float64)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("share", "at", "n"),
    [(0.2, 1.0, 200), (1.0, 0.0, 200), (0.4, 2.0, 60)],
)
def test_intervals_cover_the_true_distance_92_percent_of_the_time_or_more(
    donations: Reference, share: float, at: float, n: int
) -> None:
    """And the upper bound of a sample whose truth is the margin seldom lies under it."""
    trials = 200
    truth = mixed(donations, share, at)
    support = replace(AMOUNT.common_support(donations.values), n=n, m=donations.n)
    rng = generator(1, "test/coverage", replicate=n)
    covered = dict.fromkeys((m.name for m in CHECKED), 0)
    under = dict.fromkeys(covered, 0)
    for _ in range(trials):
        ours = alone(rng.choice(donations.values, n, p=truth))
        theirs = resampled_people(donations, rng)
        one, two = sides(ours, theirs, donations.values)
        for name, found in intervals(one, two, rng).items():
            true = float(_named(name).function(truth, donations.shares, support))
            covered[name] += found.low <= true <= found.high
            under[name] += found.upper < true
    # 200 trials have a standard error of 1.5 %, so the bounds are given that much room.
    for name, count in covered.items():
        assert count / trials >= 0.92 - 0.015, (name, count / trials)
        assert under[name] / trials <= 0.05 + 0.03, (name, under[name] / trials)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("n", [60, 200])
def test_intervals_of_a_perfect_simulator_begin_at_zero_95_percent_of_the_time(
    donations: Reference, n: int
) -> None:
    trials, rng = 200, generator(2, "test/coverage", replicate=n)
    at_zero = dict.fromkeys((m.name for m in CHECKED), 0)
    for _ in range(trials):
        ours = alone(rng.choice(donations.values, n, p=donations.shares))
        one, two = sides(ours, resampled_people(donations, rng), donations.values)
        for name, found in intervals(one, two, rng).items():
            at_zero[name] += found.low == 0
    for name, count in at_zero.items():
        assert count / trials >= 0.92 - 0.015, (name, count / trials)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_intervals_cover_where_simulated_personas_have_several_dialogues(
    donations: Reference,
) -> None:
    trials, personas, each = 200, 60, 4
    rng = generator(5, "test/coverage")
    truth = mixed(donations, 0.4, 0.5)
    support = replace(AMOUNT.common_support(donations.values), n=personas * each, m=donations.n)
    covered = dict.fromkeys((m.name for m in CHECKED), 0)
    for _ in range(trials):
        own = rng.choice(donations.values, personas, p=truth)
        values = np.repeat(own, each)
        fresh = rng.random(len(values)) < 0.4
        values[fresh] = rng.choice(donations.values, fresh.sum(), p=truth)
        ours = values, np.repeat(np.arange(personas), each)
        theirs = alone(rng.choice(donations.values, donations.n, p=donations.shares))
        one, two = sides(ours, theirs, donations.values)
        for name, found in intervals(one, two, rng).items():
            true = float(_named(name).function(truth, donations.shares, support))
            covered[name] += found.low <= true <= found.high
    for name, count in covered.items():
        assert count / trials >= 0.92 - 0.015, (name, count / trials)


def test_a_p_value_is_never_zero() -> None:
    assert p_value(1.0, np.zeros(99)) == pytest.approx(0.01)


def test_an_equal_distance_counts_as_at_least_as_far() -> None:
    assert p_value(0.5, np.array([0.5, 0.5, 0.1])) == pytest.approx(3 / 4)


def _named(name: str) -> Measure:
    return DISTANCES[name]


def test_an_interval_begins_at_zero_where_p_is_exactly_the_level() -> None:
    rng = np.random.default_rng(9)
    ours, theirs = sides(alone(rng.integers(0, 5, 40) / 2), alone(rng.integers(0, 5, 200) / 2))
    family = Equality(ours, theirs, 199, rng)
    d2 = DISTANCES["d2"]
    value = float(np.sort(family.distances(d2, 0.0))[-9])
    found = estimate(d2, value, family, 0.95)
    assert (found.p, found.low) == (0.05, 0.0)


def test_resamples_between_equality_and_the_data_are_samples() -> None:
    """Most of 60 people hold none of the many levels that hardly anybody gives."""
    levels, rng = 50, np.random.default_rng(11)
    support = Support.of_levels(levels, "nominal")
    even, js = np.full(levels, 1 / levels), DISTANCES["js"]
    ours = Side.of(support, Rows.of(np.repeat([0.0, 1.0], 30)))
    family = Equality(ours, Known(support, even), 2000, rng)
    mixed = 0.9 * ours.mass + 0.1 * even
    expected = js.function(rng.multinomial(60, mixed, size=2000) / 60, even, support)
    found = family.distances(js, 0.9)
    assert found.mean() == pytest.approx(expected.mean(), abs=0.003)
    assert np.std(found) == pytest.approx(np.std(expected), rel=0.1)


@pytest.mark.parametrize("levels", [8, 20])
def test_intervals_of_js_cover_where_many_levels_are_rare(levels: int) -> None:
    """They were .81 and .59."""
    rng, js = np.random.default_rng(levels), DISTANCES["js"]
    support = Support.of_levels(levels, "nominal")
    even, p = np.full(levels, 1 / levels), np.full(levels, 0.05 / (levels - 2))
    p[:2] = 0.95 / 2
    true, covered, trials = float(js.function(p, even, support)), 0, 60
    for _ in range(trials):
        ours = Side.of(support, Rows.of(rng.choice(np.arange(float(levels)), 60, p=p)))
        family = Equality(ours, Known(support, even), 199, rng)
        value = family.value(js)
        assert value is not None
        found = estimate(js, value, family, 0.95)
        covered += found.low <= true <= found.high
    assert covered / trials >= 0.92
