"""Power by closed form is that of scipy, of textbooks, and of simulated trials."""

import math

import numpy as np
import pytest
from scipy import stats

from simulate.statistics.contrast_power import ContrastTest, Spread, share_spread

PAIRED = ContrastTest(((1.0, -1.0),))
UNPAIRED = ContrastTest(((1.0,), (-1.0,)))
MIXED = ContrastTest(((0.5, -0.5), (0.5, -0.5)))
"""Two strata that each meet both sides."""


def test_of_two_groups_it_is_that_of_the_textbook() -> None:
    # Cohen 1988, table 2.3.5: d = .5 at n = 64 in each group has a power of .80.
    spread = Spread.assumed(1.0, 0.0)
    assert UNPAIRED.power(0.5, spread, 64) == pytest.approx(0.8015, abs=1e-4)
    assert UNPAIRED.personas_for(0.5, spread, 0.8) == 64
    assert UNPAIRED.personas_for(0.5, spread, 0.9) == 86


def test_of_pairs_it_is_that_of_a_noncentral_t() -> None:
    spread = Spread.assumed(2.0, 0.5)
    noncentral = stats.nct(df=29, nc=1.0 / (2.0 / math.sqrt(30)))
    critical = stats.t.ppf(0.975, 29)
    power = noncentral.sf(critical) + noncentral.cdf(-critical)
    assert PAIRED.power(1.0, spread, 30) == pytest.approx(power, abs=1e-9)


def test_without_an_effect_the_power_is_alpha() -> None:
    for test in (PAIRED, UNPAIRED, MIXED):
        assert test.power(0.0, Spread.assumed(1, 0.3), 20) == pytest.approx(0.05, abs=1e-9)


@pytest.mark.parametrize("test", [PAIRED, UNPAIRED, MIXED])
def test_the_detectable_difference_is_detected_with_that_power(test: ContrastTest) -> None:
    spread = Spread(0.4, 0.3, 0.2)
    assert test.power(test.detectable(spread, 40, 0.8), spread, 40) == pytest.approx(0.8, abs=1e-5)


@pytest.mark.parametrize("seed", range(2))
def test_a_paired_test_of_simulated_personas_has_the_power(seed: int) -> None:
    rng, trials, n, replicates = np.random.default_rng(seed), 4000, 25, 3
    spread, effect = Spread(1.0, 0.4, 0.9), 0.5
    persona = rng.normal(0, 1.0, (trials, n, 1, 1))
    cell = rng.normal(0, math.sqrt(0.4), (trials, n, 2, 1))
    rerun = rng.normal(0, math.sqrt(0.9), (trials, n, 2, replicates))
    values = (persona + cell + rerun).mean(axis=3) + np.array([effect, 0.0])
    p = stats.ttest_1samp(values[..., 0] - values[..., 1], 0, axis=1).pvalue
    found = np.asarray(p) < 0.05
    test = ContrastTest(((1.0, -1.0),), replicates=replicates)
    assert found.mean() == pytest.approx(test.power(effect, spread, n), abs=0.03)


def test_an_unpaired_test_of_simulated_personas_has_the_power() -> None:
    rng, trials, n = np.random.default_rng(0), 4000, 30
    values = rng.normal(0, math.sqrt(1.6), (trials, n, 2)) + np.array([0.9, 0.0])
    found = stats.ttest_ind(values[..., 0], values[..., 1], axis=1, equal_var=False).pvalue < 0.05
    assert found.mean() == pytest.approx(UNPAIRED.power(0.9, Spread(1.0, 0.6), n), abs=0.03)


def test_a_difference_of_simulated_shares_has_the_power() -> None:
    rng, trials, n, shares = np.random.default_rng(1), 4000, 120, (0.6, 0.4)
    values = rng.random((trials, n, 2)) < np.array(shares)
    found = stats.ttest_ind(values[..., 0], values[..., 1], axis=1, equal_var=False).pvalue < 0.05
    power = UNPAIRED.power(0.2, share_spread(shares, 0.0), n)
    assert found.mean() == pytest.approx(power, abs=0.03)


def test_personas_that_meet_both_sides_need_fewer() -> None:
    spread = Spread.assumed(1.0, 0.5)
    paired, unpaired = (t.personas_for(0.3, spread, 0.8) for t in (PAIRED, UNPAIRED))
    assert paired == 90
    assert unpaired == 176


def test_what_no_million_personas_find_is_out_of_reach() -> None:
    assert UNPAIRED.personas_for(1e-6, Spread.assumed(1, 0), 0.8) is None
