from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from simulate.statistics.mean_contrasts import MeanContrast, linear_contrast
from simulate.statistics.rows import Floats, Rows, persona_means


def mean_contrast(differences: Floats, *, shares: bool = False) -> MeanContrast:
    means = np.stack([differences, np.zeros_like(differences)])
    return linear_contrast(means, np.ones(means.shape, dtype=np.bool_), [1, -1], shares=shares)


def test_a_contrast_of_means_is_the_paired_t_test() -> None:
    rng = np.random.default_rng(0)
    one, other = rng.normal(0.3, 1, 40), rng.normal(0, 1, 40)
    found, theirs = mean_contrast(one - other), stats.ttest_rel(one, other)
    interval = theirs.confidence_interval()
    assert found.value == pytest.approx(np.mean(one) - np.mean(other))
    assert found.interval == pytest.approx((interval.low, interval.high))
    assert found.p == pytest.approx(theirs.pvalue)


def test_few_personas_have_a_difference_and_no_interval() -> None:
    assert mean_contrast(np.array([0.0, 1.0])) == MeanContrast(2, 0.5)
    assert mean_contrast(np.array([])) == MeanContrast(0, None)


def test_a_difference_that_is_the_same_for_everyone_has_no_p() -> None:
    found = mean_contrast(np.full(30, 0.1 + 0.2))
    assert found.value == pytest.approx(0.3)
    assert (found.interval, found.p) == (None, None)


def test_shares_in_which_nobody_differs_have_an_interval_around_0() -> None:
    found = mean_contrast(np.zeros(30), shares=True)
    assert found.value == 0
    reach = stats.t.ppf(0.975, 31) * (2 / (32 * 31)) ** 0.5
    assert found.interval == pytest.approx((-reach, reach))
    assert found.p == 1


@pytest.mark.parametrize(("yes", "other"), [(0.05, 0.02), (0.1, 0.0), (0.5, 0.5)])
def test_intervals_of_differing_shares_cover_and_agree_with_p(yes: float, other: float) -> None:
    rng = np.random.default_rng(1)
    covered, trials = 0, 1000
    for _ in range(trials):
        differences = (rng.random(20) < yes).astype(float) - (rng.random(20) < other)
        found = mean_contrast(differences, shares=True)
        assert found.interval is not None
        assert found.p is not None
        low, high = found.interval
        covered += low <= yes - other <= high
        assert (found.p < 0.05) == (not low <= 0 <= high)
    assert covered / trials >= 0.94


def test_a_persona_counts_once_however_many_reruns_it_has() -> None:
    rows = Rows.of([0, 1, 1, 2, 2], clusters=[0, 0, 1, 0, 1], strata=[0, 0, 0, 1, 1])
    assert persona_means(rows)[..., 0].tolist() == [[0.5, 1], [2, 2]]
    shares = persona_means(rows, levels=3)
    assert shares[0].tolist() == [[0.5, 0.5, 0], [0, 1, 0]]


def test_a_persona_without_a_row_in_a_cell_has_no_mean_there() -> None:
    rows = Rows.of([0, 1, 1], clusters=[0, 1, 0], strata=[0, 0, 1])
    assert np.isnan(persona_means(rows)[1, 1, 0])
