from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from simulate.statistics.ordered_criteria import Criterion, PairedLosses, decide

N = 60


def _losses(*means: float, spread: float = 0.1, seed: int = 0, n: int = N) -> PairedLosses:
    rng = np.random.default_rng(seed)
    shared = rng.normal(0, spread, n)
    return PairedLosses(np.array([mean + shared + rng.normal(0, spread, n) for mean in means]))


def _criteria(*each: PairedLosses, margin: float = 0.02) -> list[Criterion]:
    return [one.criterion(f"c{place}", margin) for place, one in enumerate(each)]


def test_the_first_criterion_that_shows_a_difference_decides_and_none_undoes_it() -> None:
    criteria = _criteria(_losses(0.1, 0.1), _losses(0.1, 0.5, seed=1), _losses(0.9, 0.1, seed=2))
    decision = decide(criteria, None, 2)
    assert (decision.chosen, decision.by) == (0, "c1")
    (shown,) = decision.rulings[1].shown
    assert (shown.worse, shown.than) == (1, 0)
    assert 0.3 < shown.interval[0] < 0.4 < shown.interval[1] < 0.5
    assert decision.rulings[2].before == (0,)


def test_what_one_criterion_leaves_goes_on_to_the_next() -> None:
    criteria = _criteria(_losses(0.1, 0.1, 0.6), _losses(0.6, 0.1, 0.1, seed=1))
    decision = decide(criteria, None, 3)
    assert decision.rulings[0].dropped == (2,)
    assert (decision.chosen, decision.by) == (1, "c1")


def test_a_difference_within_the_margin_drops_nobody_however_well_it_is_known() -> None:
    decision = decide(_criteria(_losses(0.1, 0.11, spread=1e-4)), None, 2)
    assert (decision.chosen, decision.left) == (None, (0, 1))


def test_the_cost_decides_where_the_cheaper_one_is_shown_to_be_no_worse() -> None:
    alike, tokens = _losses(0.1, 0.1, spread=0.01), _losses(1.0, 0.8, spread=0.01, seed=3)
    (cost,) = _criteria(tokens, margin=0.05)
    assert decide(_criteria(alike), cost, 2).chosen == 1
    assert decide(_criteria(alike), cost, 2).by == cost.name


def test_the_cost_does_not_decide_where_too_little_is_known_of_another_criterion() -> None:
    vague, tokens = _losses(0.1, 0.1, spread=0.5), _losses(1.0, 0.8, spread=0.01, seed=3)
    (cost,) = _criteria(tokens, margin=0.05)
    decision = decide(_criteria(vague), cost, 2)
    assert (decision.chosen, decision.cheaper, decision.open_on) == (None, 1, ("c0",))
    assert decide([], cost, 2).chosen is None


def test_the_needed_number_of_units_narrows_the_interval_to_the_margin() -> None:
    (criterion,) = _criteria(_losses(0.1, 0.1, spread=0.2))
    needed = criterion.needed(0, 1)
    assert needed is not None
    (again,) = _criteria(_losses(0.1, 0.1, spread=0.2, n=needed))
    interval = again.difference(0, 1, 0.95)
    assert interval is not None
    assert (interval[1] - interval[0]) / 2 == pytest.approx(0.02, rel=0.15)


def test_paired_intervals_are_students_and_strata_are_weighed_alike() -> None:
    plain = _losses(0.3, 0.1)
    gaps = plain.losses[0] - plain.losses[1]
    expected = stats.ttest_1samp(gaps, 0).confidence_interval(0.9)
    assert plain.difference(0, 1, 0.9) == pytest.approx(tuple(expected))
    strata = np.repeat([0, 1], [N // 3, N - N // 3])
    of = PairedLosses(plain.losses, strata)
    parts = [gaps[strata == s] for s in (0, 1)]
    variance = sum(part.var(ddof=1) / len(part) for part in parts) / 4
    half = stats.t.ppf(0.975, N - 2) * variance**0.5
    low, high = of.difference(0, 1, 0.95)
    assert (low + high) / 2 == pytest.approx(np.mean([part.mean() for part in parts]))
    assert (high - low) / 2 == pytest.approx(half)


def test_no_fault_in_a_small_sample_does_not_mean_that_there_is_none() -> None:
    clean = PairedLosses(np.zeros((2, 20)), bounded=True)
    low, high = clean.difference(0, 1, 0.95)
    assert high == -low > 0.1
    many = PairedLosses(np.zeros((2, 2000)), bounded=True)
    assert many.difference(0, 1, 0.95)[1] < 0.01


def _faults(rng: Any, shape: tuple[int, ...]) -> Any:
    return rng.binomial(6, 0.1, shape) / 6


@pytest.mark.parametrize("alternatives", [2, 3])
def test_equal_alternatives_are_told_apart_in_less_than_five_of_a_hundred_decisions(
    alternatives: int,
) -> None:
    rng, wrong, trials = np.random.default_rng(5), 0, 800
    draws = rng.normal(size=(trials, 3, alternatives, N))
    faults = _faults(rng, (trials, alternatives, N))
    for normal, fault in zip(draws, faults, strict=True):
        each = [PairedLosses(fault, bounded=True), *map(PairedLosses, normal)]
        *criteria, cost = _criteria(*each, margin=1e-6)  # the hardest case
        wrong += bool(decide(criteria, cost, alternatives).left != tuple(range(alternatives)))
    assert wrong / trials <= 0.05 + 2 * (0.05 * 0.95 / trials) ** 0.5
