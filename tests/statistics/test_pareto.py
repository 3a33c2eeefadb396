from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import genpareto, pareto

from simulate.statistics.pareto import fit, largest_k, pareto_k, tail_size


@pytest.mark.parametrize("k", [-0.5, 0.0, 0.3, 0.7, 1.2])
def test_the_fit_finds_shape_and_scale(k: float) -> None:
    rng = np.random.default_rng(0)
    found = [fit(genpareto.rvs(k, scale=2, size=1000, random_state=rng)) for _ in range(20)]
    shape, scale = np.mean(found, axis=0)
    assert shape == pytest.approx(k, abs=0.03)
    assert scale == pytest.approx(2, abs=0.1)


@pytest.mark.parametrize("k", [0.3, 0.5, 0.9])
def test_khat_is_that_of_the_tail(k: float) -> None:
    rng = np.random.default_rng(1)
    found = [pareto_k(pareto.rvs(1 / k, size=4000, random_state=rng)) for _ in range(20)]
    # The prior is worth 10 of the 190 values of the tail.
    assert np.mean([each for each in found if each is not None]) == pytest.approx(k, abs=0.05)


def test_khat_does_not_depend_on_the_unit() -> None:
    values = np.random.default_rng(2).lognormal(0, 1, 500)
    assert pareto_k(values) == pytest.approx(pareto_k(1e-9 * values))


@pytest.mark.parametrize(
    "values", [np.ones(200), np.repeat([1.0, 2.0, 3.0], 70), np.arange(10.0), np.array([])]
)
def test_heaps_and_few_values_have_no_tail(values: np.ndarray) -> None:
    assert pareto_k(values) is None


def test_more_draws_bear_a_larger_k() -> None:
    assert [largest_k(n) for n in (100, 10_000_000)] == pytest.approx([0.5, 0.7])
    assert [tail_size(n) for n in (100, 225, 900)] == [20, 45, 90]
