from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats
from scipy.spatial.distance import jensenshannon

from simulate.reference import Variable
from simulate.statistics.distances import DISTANCES, kl, measures_for

AMOUNT = Variable("x", "amount", "USD", (0.0, 2.0))
CHOICE = Variable("c", "choice", levels=("a", "b", "c", "d"))
BY_NAME = {m.name: m.function for m in DISTANCES.built_in.values()}

heaped = st.lists(st.sampled_from([0.0, 0.01, 0.5, 1.0, 1.7, 2.0]), min_size=3, max_size=40)
smooth = st.lists(st.floats(0, 2, allow_nan=False, width=32), min_size=3, max_size=40)
values = st.one_of(heaped, smooth)


def distance(
    name: str,
    a: list[float] | NDArray[np.float64],
    b: list[float] | NDArray[np.float64],
    variable: Variable = AMOUNT,
    weights: list[float] | None = None,
) -> float:
    x, y = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    support = replace(variable.common_support(x, y), n=len(x), m=len(y))
    mass = None if weights is None else np.asarray(weights, dtype=np.float64)
    return float(BY_NAME[name](support.mass(x, mass), support.mass(y), support))


@given(values, values)
def test_distances_of_the_line_are_those_of_scipy(a: list[float], b: list[float]) -> None:
    ks = stats.ks_2samp(a, b, method="asymp").statistic
    assert distance("ks", a, b) == pytest.approx(ks, abs=1e-12)
    w1 = stats.wasserstein_distance(a, b)
    assert distance("wasserstein", a, b) == pytest.approx(w1, abs=1e-12)
    assert distance("energy", a, b) == pytest.approx(stats.energy_distance(a, b), abs=1e-7)


@given(values, st.data())
def test_weighted_wasserstein_and_energy_are_those_of_scipy(
    a: list[float], data: st.DataObject
) -> None:
    w = data.draw(st.lists(st.floats(0.01, 5), min_size=len(a), max_size=len(a)))
    b = [0.0, 0.5, 2.0]
    assert distance("wasserstein", a, b, weights=w) == pytest.approx(
        stats.wasserstein_distance(a, b, w), abs=1e-9
    )
    assert distance("energy", a, b, weights=w) == pytest.approx(
        stats.energy_distance(a, b, w), abs=1e-7
    )


def test_a_weight_counts_like_as_many_repetitions() -> None:
    weighted = distance("ks", [0.0, 1.0], [0.5, 2.0], weights=[3, 1])
    assert weighted == pytest.approx(distance("ks", [0.0, 0.0, 0.0, 1.0], [0.5, 2.0]))


def test_cramer_von_mises_is_that_of_scipy_without_ties() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.random(23), rng.random(31) ** 2
    statistic = stats.cramervonmises_2samp(a, b, method="asymptotic").statistic
    assert distance("cvm", a, b) * 23 * 31 / 54 == pytest.approx(statistic)


@given(heaped, heaped)
def test_jensen_shannon_is_the_square_of_that_of_scipy(a: list[float], b: list[float]) -> None:
    codes = [[round(v * 1.5) % 4 for v in side] for side in (a, b)]
    shares = [np.bincount(side, minlength=4) / len(side) for side in codes]
    ours = distance("js", [float(v) for v in codes[0]], [float(v) for v in codes[1]], CHOICE)
    theirs = jensenshannon(shares[0], shares[1], base=2) ** 2
    assert ours == pytest.approx(0.0 if np.isnan(theirs) else theirs, abs=1e-9)


def test_chi_square_is_that_of_scipy() -> None:
    a, b = [0.0] * 30 + [1.0] * 12 + [2.0] * 5, [0.0] * 10 + [1.0] * 40 + [2.0] * 9
    table = [[30, 12, 5], [10, 40, 9]]
    expected = stats.chi2_contingency(table, correction=False).statistic
    assert distance("chi2", a, b, CHOICE) == pytest.approx(expected)


def test_l1_is_that_of_numpy_histograms_in_bins_of_ten_cents() -> None:
    a, b = [0.05, 0.31, 0.32, 1.95], [0.05, 0.05, 1.0, 2.0]
    edges = np.linspace(0, 2, 21)
    p, q = (np.histogram(side, edges)[0] / 4 for side in (a, b))
    assert distance("l1", a, b) == pytest.approx(np.abs(p - q).sum())


def test_a_value_on_an_edge_belongs_to_the_bin_on_its_right() -> None:
    edges = tuple(np.linspace(0, 2, 21))
    assert edges[3] > 0.3
    assert distance("l1", [0.3], [0.35], Variable("x", "amount", support=(0, 2))) == 0


def test_total_variation_is_half_of_l1() -> None:
    a, b = [0.0, 0.5, 1.0], [0.0, 2.0, 2.0]
    assert distance("tv", a, b) == pytest.approx(distance("l1", a, b) / 2)


def test_wasserstein_of_an_ordinal_counts_levels() -> None:
    variable = Variable("o", "ordinal", levels=("low", "mid", "high"))
    assert distance("wasserstein", [0.0], [2.0], variable) == 2
    assert distance("wasserstein_normalized", [0.0], [2.0], variable) == 1


@given(values, values)
def test_every_distance_is_zero_on_equal_samples_and_never_negative(
    a: list[float], b: list[float]
) -> None:
    for measure in measures_for("numeric"):
        assert distance(measure.name, a, list(a)) == pytest.approx(0, abs=1e-12)
        assert distance(measure.name, a, b) >= 0


@given(values, values)
def test_bounded_distances_stay_in_their_range(a: list[float], b: list[float]) -> None:
    for name, most in {"ks": 1, "tv": 1, "js": 1, "l1": 2, "cvm": 1, "wasserstein": 2}.items():
        assert distance(name, a, b) <= most + 1e-12


def test_a_coarse_support_keeps_mean_mass_and_nearly_the_distance() -> None:
    rng = np.random.default_rng(2)
    a, b = rng.random(20_000) * 2, rng.choice([0.0, 0.5, 1.0, 2.0], 500)
    support = replace(AMOUNT.common_support(a, b), n=len(a), m=len(b))
    p, q = support.mass(a), support.mass(b)
    coarse, where = support.coarsened(p, q)
    merged = [
        np.asarray(np.bincount(where, weights=side, minlength=coarse.size), dtype=np.float64)
        for side in (p, q)
    ]
    assert coarse.size < 2048
    assert merged[0] @ coarse.points == pytest.approx(p @ support.points)
    for measure in measures_for("numeric"):
        fine = measure.function(p, q, support)
        assert measure.function(merged[0], merged[1], coarse) == pytest.approx(fine, abs=1e-3)


def test_kl_to_uniform_is_ln_k_minus_entropy_without_smoothing() -> None:
    found = kl(np.array([3.0, 1.0]), np.ones(2), smoothing=0)
    entropy = -(0.75 * math.log(0.75) + 0.25 * math.log(0.25))
    assert found == pytest.approx(math.log(2) - entropy)


def test_smoothing_keeps_kl_finite_where_the_reference_has_nothing() -> None:
    found = kl(np.array([0.0, 1.0]), np.array([1.0, 0.0]))
    assert found == pytest.approx(0.995 * math.log(0.995 / 0.005) + 0.005 * math.log(0.005 / 0.995))


@given(st.lists(st.floats(0.01, 100), min_size=2, max_size=12))
def test_kl_of_a_distribution_from_itself_is_zero(weights: list[float]) -> None:
    assert kl(np.array(weights), np.array(weights)) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("variable", [AMOUNT, CHOICE], ids=["numbers", "levels"])
def test_many_distributions_have_the_distances_that_each_has_alone(variable: Variable) -> None:
    rng = np.random.default_rng(3)
    codes = np.arange(4.0) if variable is CHOICE else np.linspace(0, 2, 31)
    support = replace(variable.common_support(codes), n=50, m=80)
    p, q = (rng.multinomial(40, np.full(len(codes), 1 / len(codes)), 200) / 40 for _ in "pq")
    for measure in measures_for(variable.scale):
        alone = [float(measure.function(a, b, support)) for a, b in zip(p, q, strict=True)]
        for order in (np.ascontiguousarray, np.asfortranarray):
            assert measure.function(order(p), order(q), support) == pytest.approx(alone, abs=1e-12)


def test_a_distance_that_is_a_part_of_another_is_its_quotient() -> None:
    support = AMOUNT.common_support(np.array([0.0, 0.5, 2.0]))
    p, q = np.array([0.5, 0.5, 0.0]), np.array([0.1, 0.2, 0.7])
    parts = [measure for measure in DISTANCES.built_in.values() if measure.part_of]
    assert {measure.name for measure in parts} == {"tv", "wasserstein_normalized"}
    for measure in parts:
        whole, divisor = measure.part_of or (measure, lambda _: 1.0)
        quotient = whole.function(p, q, support) / divisor(support)
        assert measure.function(p, q, support) == pytest.approx(quotient)
