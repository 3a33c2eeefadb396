from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from simulate.statistics.proportions import newcombe, proportion, size_needed, wilson
from simulate.statistics.rows import Rows


@pytest.mark.parametrize(("hits", "n"), [(0, 1), (0, 20), (3, 20), (20, 20), (300, 10_000)])
@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_wilsons_interval_is_that_of_scipy(hits: int, n: int, confidence: float) -> None:
    limits = binomtest(hits, n).proportion_ci(confidence, method="wilson")
    assert wilson(hits / n, n, confidence) == pytest.approx((limits.low, limits.high), abs=1e-12)


def test_a_share_of_nothing_is_missing() -> None:
    found = proportion(Rows.of([]))
    assert (found.value, found.interval, found.effective_n, found.n) == (None, None, None, 0)


def test_wilsons_interval_of_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="n must be > 0"):
        wilson(0.5, 0)


def test_dialogues_of_different_personas_count_in_full() -> None:
    found = proportion(Rows.of([1] + [0] * 9))
    assert found.effective_n == 10
    assert found.interval == wilson(0.1, 10)


def test_dialogues_that_repeat_their_persona_count_once() -> None:
    fails = np.repeat([True, False, False, True, False], 4)
    found = proportion(Rows.of(fails, clusters=np.arange(20) // 4))
    assert found.effective_n == pytest.approx(5)
    assert found.clusters == 5


def test_without_a_failure_each_persona_counts_once() -> None:
    found = proportion(Rows.of(np.zeros(20), clusters=np.arange(20) // 4))
    assert found.effective_n == pytest.approx(5)
    assert found.interval == pytest.approx(wilson(0, 5))


def test_all_dialogues_of_one_persona_are_worth_one() -> None:
    assert proportion(Rows.of([1, 0, 0], clusters=[0, 0, 0])).effective_n == pytest.approx(1)


@pytest.mark.parametrize("rate", [0.02, 0.1, 0.3])
def test_the_interval_covers_where_personas_differ(rate: float) -> None:
    rng = np.random.default_rng(1)
    clusters = np.arange(300) // 3
    held, naive = [], []
    for _ in range(400):
        risk = np.repeat(rng.beta(rate * 1.5, (1 - rate) * 1.5, size=100), 3)
        found = proportion(Rows.of(rng.random(300) < risk, clusters=clusters))
        assert found.interval is not None
        assert found.value is not None
        held.append(found.interval[0] <= rate <= found.interval[1])
        low, high = wilson(found.value, 300)
        naive.append(low <= rate <= high)
    assert np.mean(held) > 0.93
    assert np.mean(naive) < np.mean(held) - 0.02


@pytest.mark.parametrize("most", [0.001, 0.01, 0.05, 0.2, 0.5])
@pytest.mark.parametrize("rate", [0.0, 0.0005, 0.03])
def test_the_number_of_dialogues_is_the_smallest_that_does(most: float, rate: float) -> None:
    n = size_needed(most, rate)
    if rate >= most:
        assert n is None
        return
    assert n is not None
    assert wilson(rate, n)[1] <= most
    assert n == 1 or wilson(rate, n - 1)[1] > most


def test_without_a_failure_the_rule_of_three_is_one_of_3_84() -> None:
    assert size_needed(0.05) == 73
    assert size_needed(0.01) == 381


@pytest.mark.parametrize(
    ("one", "n", "other", "m", "limits"),
    [(56, 70, 48, 80, (0.0524, 0.3339)), (0, 10, 0, 20, (-0.1611, 0.2775))],
)
def test_newcombes_interval_is_that_of_his_table(
    one: int, n: int, other: int, m: int, limits: tuple[float, float]
) -> None:
    # Newcombe 1998, table II, method 10.
    assert newcombe(one / n, n, other / m, m) == pytest.approx(limits, abs=5e-5)
