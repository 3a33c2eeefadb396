from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import binomtest

from simulate.statistics.proportions import newcombe, proportion, size_needed, wilson
from simulate.statistics.rows import Rows

Whole = NDArray[Any]
Floats = NDArray[Any]


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


DESIGNS: dict[str, Callable[[np.random.Generator], tuple[Whole, Floats]]] = {
    "1 to 12, 5 % to 60 %": lambda rng: (m := rng.integers(1, 13, 30), risks(rng, 0.05 * m, 0.5)),
    "one in ten has 12": lambda rng: (m := few_large(rng, 40, 0.1), risks(rng, 0.07 * m, 0.8)),
    "one in five has 12": lambda rng: (m := few_large(rng, 30, 0.2), risks(rng, 0.05 * m, 0.5)),
    "only large ones fail": lambda rng: (m := few_large(rng, 40, 0.2), 0.95 * (m > 6) + 0.02),
    "the large fail less": lambda rng: (m := few_large(rng, 40, 0.2), risks(rng, 0.7 - 0.05 * m)),
    "three of 40, unrelated": lambda rng: (
        np.array([40] * 3 + [1] * 30),
        risks(rng, np.full(33, 0.3)),
    ),
}


def few_large(rng: np.random.Generator, personas: int, share: float) -> Whole:
    return np.where(rng.random(personas) < share, 12, rng.integers(1, 3, personas))


def risks(rng: np.random.Generator, mean: Floats, alike: float = 0.5) -> Floats:
    """Return a risk for each persona, of this mean and intra-class correlation."""
    strength = 1 / alike - 1
    return rng.beta(mean * strength, (1 - mean) * strength)


@pytest.mark.parametrize("design", DESIGNS)
def test_the_interval_covers_where_the_rate_has_to_do_with_the_number_of_dialogues(
    design: str,
) -> None:
    rng = np.random.default_rng(1)
    drawn = [DESIGNS[design](rng) for _ in range(3000)]
    rate = sum((m * p).sum() for m, p in drawn) / sum(m.sum() for m, _ in drawn)
    held = []
    for sizes, risk in drawn[:500]:
        clusters = np.repeat(np.arange(len(sizes)), sizes)
        found = proportion(Rows.of(rng.random(len(clusters)) < risk[clusters], clusters=clusters))
        assert found.interval is not None
        held.append(found.interval[0] <= rate <= found.interval[1])
    assert np.mean(held) >= 0.92


def test_with_one_persona_of_nearly_all_dialogues_there_is_hardly_more_than_one() -> None:
    clusters = np.repeat(np.arange(41), [100] + [1] * 40)
    found = proportion(Rows.of(clusters == 0, clusters=clusters))
    assert found.effective_n is not None
    assert found.effective_n < 2
