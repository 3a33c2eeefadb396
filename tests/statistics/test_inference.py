from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from simulate.randomness import generator
from simulate.reference import Reference, Variable
from simulate.statistics.distances import DISTANCES, Measure
from simulate.statistics.intervals import FEWEST_CLUSTERS, Bootstrap, Estimate, estimate
from simulate.statistics.permutation import holm, p_value, permuted
from simulate.statistics.resampling import Side
from simulate.statistics.rows import Rows

Codes = NDArray[np.float64]
Units = NDArray[np.int64]
Values = tuple[Codes, Units]

AMOUNT = Variable("x", "amount", "USD", (0.0, 2.0))
CHECKED = tuple(DISTANCES[name] for name in ("ks", "wasserstein", "l1"))


def records(reference: Reference) -> Values:
    rows = reference.rows()
    return rows.values, rows.clusters


def alone(codes: Codes) -> Values:
    return codes, np.arange(len(codes))


def sides(ours: Values, theirs: Values, atoms: Codes | None = None) -> tuple[Side, Side]:
    extra = (atoms,) if atoms is not None else ()
    support = AMOUNT.common_support(ours[0], theirs[0], *extra, n=len(ours[0]), m=len(theirs[0]))
    one, two = (Side.of(support, Rows.of(c, clusters=u)) for c, u in (ours, theirs))
    return one, two


def intervals(
    ours: Side, theirs: Side, rng: np.random.Generator, draws: int = 400
) -> dict[str, Estimate]:
    drawn = Bootstrap(
        ours.support,
        ours.mass,
        theirs.mass,
        ours.resampled(draws, rng),
        theirs.resampled(draws, rng),
    )
    return {
        m.name: estimate(m, float(m.function(ours.mass, theirs.mass, ours.support)), drawn, 0.95)
        for m in CHECKED
    }


def test_a_permutation_of_the_smallest_case_is_exact() -> None:
    one, two = sides(alone(np.array([0.0, 0.0])), alone(np.array([2.0, 2.0])))
    null = permuted(CHECKED[:1], one, two, 6000, np.random.default_rng(1))["ks"]
    assert np.mean(null == 1) == pytest.approx(2 / 6, abs=0.03)


def test_the_permutation_test_has_the_right_size_under_the_null_with_ties() -> None:
    rng = np.random.default_rng(2)
    rejected = 0
    for _ in range(300):
        both = [alone(rng.choice([0.0, 0.5, 2.0], n, p=[0.6, 0.3, 0.1])) for n in (40, 60)]
        one, two = sides(both[0], both[1])
        value = float(CHECKED[0].function(one.mass, two.mass, one.support))
        null = permuted(CHECKED[:1], one, two, 200, rng)["ks"]
        rejected += p_value(value, null) <= 0.05
    assert rejected / 300 <= 0.08


def test_the_fast_and_the_general_exchange_give_the_same_null(donations: Reference) -> None:
    values = np.random.default_rng(3).choice([0.0, 0.5, 1.0], 80)
    theirs = records(donations)
    fast, reference = sides(alone(values), theirs)
    nearly = np.full(80, 1.0)
    nearly[0] += 1e-9
    slow = Side.of(fast.support, Rows.of(values, log_weights=np.log(nearly)))
    assert fast.simple
    assert not slow.simple
    quantiles = [
        np.quantile(permuted(CHECKED[:1], s, reference, 3000, np.random.default_rng(4))["ks"], 0.9)
        for s in (fast, slow)
    ]
    assert quantiles[0] == pytest.approx(quantiles[1], rel=0.05)


def test_a_p_value_is_never_zero() -> None:
    assert p_value(1.0, np.zeros(99)) == pytest.approx(0.01)


def test_an_equal_distance_counts_as_at_least_as_far() -> None:
    assert p_value(0.5, np.array([0.5, 0.5, 0.1])) == pytest.approx(3 / 4)


def test_holm_is_that_of_his_example() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


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


def mixed(reference: Reference, share: float, at: float) -> Codes:
    p = reference.shares * (1 - share)
    p[reference.values == at] += share
    return np.asarray(p, dtype=np.float64)


def resampled_people(reference: Reference, rng: np.random.Generator) -> Values:
    codes, people = records(reference)
    order = np.argsort(people, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(people))])
    drawn = rng.integers(len(starts) - 1, size=len(starts) - 1)
    values = [codes[order[starts[i] : starts[i + 1]]] for i in drawn]
    return np.concatenate(values), np.repeat(np.arange(len(values)), [len(v) for v in values])


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("people", [False, True], ids=["dialogues", "people"])
@pytest.mark.parametrize(
    ("share", "at", "n"),
    [(0.3, 0.0, 200), (0.2, 1.0, 200), (0.5, 0.5, 100), (1.0, 0.0, 200), (0.4, 2.0, 60)],
)
def test_intervals_cover_the_true_distance_92_to_98_percent_of_the_time(
    donations: Reference, share: float, at: float, n: int, people: bool
) -> None:
    trials = 400
    truth = mixed(donations, share, at)
    support = AMOUNT.common_support(donations.values, n=n, m=donations.n)
    rng = generator(1, "test/coverage", replicate=n)
    covered = dict.fromkeys((m.name for m in CHECKED), 0)
    for _ in range(trials):
        ours = alone(rng.choice(donations.values, n, p=truth))
        if people:
            theirs = resampled_people(donations, rng)
        else:
            theirs = alone(rng.choice(donations.values, donations.n, p=donations.shares))
        one, two = sides(ours, theirs, donations.values)
        for name, found in intervals(one, two, rng).items():
            true = float(_named(name).function(truth, donations.shares, support))
            covered[name] += found.low <= true <= found.high
    # 400 trials have a standard error of 1.1 %, so the bounds are given that much room.
    for name, count in covered.items():
        assert 0.92 - 0.011 <= count / trials <= 0.98 + 0.011, (name, count / trials)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("n", [60, 200])
def test_intervals_of_a_perfect_simulator_begin_at_zero_95_percent_of_the_time(
    donations: Reference, n: int
) -> None:
    trials, rng = 400, generator(2, "test/coverage", replicate=n)
    at_zero = dict.fromkeys((m.name for m in CHECKED), 0)
    for _ in range(trials):
        ours = alone(rng.choice(donations.values, n, p=donations.shares))
        one, two = sides(ours, resampled_people(donations, rng), donations.values)
        for name, found in intervals(one, two, rng).items():
            at_zero[name] += found.low == 0
    for name, count in at_zero.items():
        assert count / trials >= 0.92 - 0.011, (name, count / trials)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_upper_bound_of_a_sample_at_the_margin_lies_under_it_at_most_5_percent_of_the_time(
    donations: Reference,
) -> None:
    trials, n, rng = 400, 200, generator(3, "test/coverage")
    truth = mixed(donations, 0.2, 1.0)
    support = AMOUNT.common_support(donations.values, n=n, m=donations.n)
    under = dict.fromkeys((m.name for m in CHECKED), 0)
    for _ in range(trials):
        ours = alone(rng.choice(donations.values, n, p=truth))
        one, two = sides(ours, resampled_people(donations, rng), donations.values)
        for name, found in intervals(one, two, rng).items():
            under[name] += found.upper < float(
                _named(name).function(truth, donations.shares, support)
            )
    for name, count in under.items():
        assert count / trials <= 0.05 + 0.022, (name, count / trials)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_permutation_test_keeps_its_size_where_people_have_several_dialogues(
    donations: Reference,
) -> None:
    trials, rng = 400, generator(4, "test/size")
    rejected = dict.fromkeys((m.name for m in CHECKED), 0)
    for _ in range(trials):
        ours = alone(rng.choice(donations.values, 150, p=donations.shares))
        one, two = sides(ours, resampled_people(donations, rng), donations.values)
        null = permuted(CHECKED, one, two, 200, rng)
        for m in CHECKED:
            value = float(m.function(one.mass, two.mass, one.support))
            rejected[m.name] += p_value(value, null[m.name]) <= 0.05
    for name, count in rejected.items():
        assert count / trials <= 0.05 + 0.022, (name, count / trials)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_intervals_cover_where_simulated_personas_have_several_dialogues(
    donations: Reference,
) -> None:
    trials, personas, each = 400, 60, 4
    rng = generator(5, "test/coverage")
    truth = mixed(donations, 0.4, 0.5)
    support = AMOUNT.common_support(donations.values, n=personas * each, m=donations.n)
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
        assert 0.92 - 0.011 <= count / trials <= 0.98 + 0.011, (name, count / trials)


def test_an_interval_needs_30_personas() -> None:
    assert FEWEST_CLUSTERS == 30


def _named(name: str) -> Measure:
    return DISTANCES[name]
