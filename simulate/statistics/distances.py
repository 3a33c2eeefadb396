"""Distances between two distributions on the line or over levels, many at a time.

Every function takes masses `p` of the sample and `q` of the reference, of shape (…, K) on the K
points of a `Support`, and returns an array of shape (…). With F and G the cumulative sums of p and
q, x the points, n and m the two sizes, and sums over points, bins or levels.

scipy computes the same for one pair of samples (`ks_2samp`, `wasserstein_distance`,
`energy_distance`, `cramervonmises_2samp`, `chi2_contingency`); the tests hold each function
against it. The versions here take thousands of weighted distributions at once, which a bootstrap
needs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulate.errors import StatisticsError
from simulate.registry import Registry
from simulate.statistics.support import Scale, Support, cumulative

SMOOTHING = 0.01
"""The share of the uniform distribution that is mixed into both sides of a KL divergence."""

SMALLEST = 1e-300
"""A share below it is 0."""

SQUARED = "d2"
"""Name of the headline: the only distance that is signed, and estimated without bias."""

Masses = NDArray[np.float64]


def _gap(p: Masses, q: Masses) -> Masses:
    return cumulative(p - q)


def _integral(heights: Masses, support: Support) -> Masses:
    """Return the integral of (…, K − 1) heights between the points."""
    return np.asarray((heights * np.diff(support.points)).sum(axis=-1), dtype=np.float64)


def squared(p: Masses, q: Masses, support: Support) -> Masses:
    """D² of two known distributions: ∫ (F − G)² of codes scaled to [0, 1], in [0, 1].

    Of levels without an order Σ (p − q)², in [0, 2]. Estimates from samples are those of
    `squared_distance`, which can be negative. Source: Cramér 1928; Székely 2002.
    """
    if support.scale == "nominal":
        return np.asarray(((p - q) ** 2).sum(axis=-1), dtype=np.float64)
    return _integral(_gap(p, q) ** 2, support) / support.span


def ks(p: Masses, q: Masses, support: Support) -> Masses:
    """Kolmogorov–Smirnov: max |F − G|, in [0, 1].

    Source: Smirnov 1948; `scipy.stats.ks_2samp`.
    """
    gap = _gap(p, q)
    return np.abs(gap).max(axis=-1) if gap.shape[-1] else np.zeros(gap.shape[:-1])


def wasserstein(p: Masses, q: Masses, support: Support) -> Masses:
    """Wasserstein-1: ∫ |F − G| dx, in the variable's unit, in [0, width of the support].

    For an ordinal x is the index of the level, so 1 is one level. Source: Vallender 1974;
    `scipy.stats.wasserstein_distance`.
    """
    return _integral(np.abs(_gap(p, q)), support)


def wasserstein_normalized(p: Masses, q: Masses, support: Support) -> Masses:
    """Wasserstein-1 divided by the width of the support, in [0, 1] inside the support."""
    return wasserstein(p, q, support) / _width(support)


def _width(support: Support) -> float:
    return support.width or np.nan


def l1(p: Masses, q: Masses, support: Support) -> Masses:
    """L1 of the declared histogram: Σ |p − q| over its bins, in [0, 2].

    What the released code of the verbalized-sampling paper computes. Its text describes a mean
    absolute error per dialogue instead, which is `paired_mae` here.
    """
    gap = np.abs(support.binned(p) - support.binned(q))
    return np.asarray(gap.sum(axis=-1), dtype=np.float64)


def tv(p: Masses, q: Masses, support: Support) -> Masses:
    """Total variation: ½ Σ |p − q| over bins or levels, in [0, 1]."""
    return l1(p, q, support) / 2


def js(p: Masses, q: Masses, support: Support) -> Masses:
    """Jensen–Shannon divergence in bits over bins or levels, in [0, 1].

    ½ KL(p ‖ r) + ½ KL(q ‖ r) with r = (p + q)/2. Source: Lin 1991; the square of
    `scipy.spatial.distance.jensenshannon` with base 2.
    """
    a, b = (np.maximum(support.binned(side), 0.0) for side in (p, q))
    middle = (a + b) / 2
    # Where a share is 0, its part is 0, whatever the logarithm is.
    least = np.maximum(middle, SMALLEST)
    parts = [each * np.log(np.maximum(each, SMALLEST) / least) for each in (a, b)]
    nats = sum(part.sum(axis=-1) for part in parts) / 2
    return np.asarray(np.maximum(nats, 0.0) / np.log(2.0), dtype=np.float64)


def energy(p: Masses, q: Masses, support: Support) -> Masses:
    """Energy distance: √(2 ∫ (F − G)² dx), in √unit, ≥ 0.

    Source: Székely 2002; `scipy.stats.energy_distance`.
    """
    return np.sqrt(2 * _integral(_gap(p, q) ** 2, support))


def cvm(p: Masses, q: Masses, support: Support) -> Masses:
    """Cramér–von Mises ω² = Σ h (F − G)² with h = (n p + m q)/(n + m), in [0, 1].

    Anderson's T is ω² · nm/(n + m). Source: Anderson 1962; the statistic of
    `scipy.stats.cramervonmises_2samp` for samples without ties.
    """
    total = support.n + support.m
    pooled = support.n / total * p + support.m / total * q
    squares = _gap(p, q) ** 2
    squares *= pooled[..., :-1]
    return np.asarray(squares.sum(axis=-1), dtype=np.float64)


def chi2(p: Masses, q: Masses, support: Support) -> Masses:
    """Pearson's χ² of the 2 × levels table of counts n·p and m·q, ≥ 0; it grows with n.

    Source: `scipy.stats.chi2_contingency` without correction.
    """
    a, b = support.binned(p), support.binned(q)
    pooled = (support.n * a + support.m * b) / (support.n + support.m)
    share = support.n * support.m / (support.n + support.m)
    terms = np.divide((a - b) ** 2, pooled, out=np.zeros(pooled.shape), where=pooled > 0)
    return np.asarray(share * terms.sum(axis=-1), dtype=np.float64)


def kl(sample: Masses, reference: Masses, smoothing: float = SMOOTHING) -> float:
    """Return the Kullback–Leibler divergence of the sample from the reference in nats, ≥ 0.

    Σ p ln(p / q) over the levels, where both p and q are (1 − s) times the shares plus s times
    the uniform distribution, so that a level which one side lacks costs a finite amount.

    Args:
        sample: (K,) weights of the sample, not all zero.
        reference: (K,) weights of the reference, not all zero.
        smoothing: s in [0, 1); with 0 the divergence can be infinite.

    Raises:
        StatisticsError: lengths differ, or the weights of one side sum to 0.
    """
    if sample.shape != reference.shape or not (sample.sum() > 0 and reference.sum() > 0):
        raise StatisticsError(
            f"KL needs two distributions over the same levels, got {len(sample)} and "
            f"{len(reference)} weights that sum to {sample.sum():g} and {reference.sum():g}"
        )
    from scipy.special import rel_entr

    p, q = ((1 - smoothing) * w / w.sum() + smoothing / len(w) for w in (sample, reference))
    return float(max(0.0, rel_entr(p, q).sum()))


@dataclass(frozen=True)
class Measure:
    """A distance: its name in files, its label in tables, and how to read it."""

    name: str
    label: str
    scales: frozenset[Scale]
    function: Callable[[Masses, Masses, Support], Masses]
    reading: str
    """One line for readers who do not know the measure."""
    needs_bounds: bool = False
    """Whether it is defined only where the range of values has bounds."""
    by_share: bool = False
    """Whether it adds up differences of single shares, whose noise grows with their number."""
    part_of: tuple[Measure, Callable[[Support], float]] | None = None
    """The measure that it is always the same part of, and the divisor; None for none."""


_LINE: frozenset[Scale] = frozenset({"numeric", "ordered"})
_LEVELS: frozenset[Scale] = frozenset({"ordered", "nominal"})
_ALL = _LINE | _LEVELS

_WASSERSTEIN = Measure(
    "wasserstein",
    "W1",
    _LINE,
    wasserstein,
    "How far values must be moved on average to turn one distribution into the other, in the "
    "outcome's unit (levels, for an ordinal).",
)
_L1 = Measure(
    "l1",
    "L1 hist.",
    _ALL,
    l1,
    "Sum of the absolute differences of histogram bars: 0 is equal, 2 is no overlap.",
    by_share=True,
)
_BUILT_IN = (
    Measure(
        SQUARED,
        "D²",
        _ALL,
        squared,
        "The squared gap between the two cumulative shares (of words: between the shares), without "
        "the noise that small samples add: about 0, or below, is equal.",
    ),
    Measure(
        "ks",
        "KS",
        _LINE,
        ks,
        "The largest gap between the two cumulative shares: 0 is equal, 1 is no overlap.",
    ),
    _WASSERSTEIN,
    Measure(
        "wasserstein_normalized",
        "W1/width",
        _LINE,
        wasserstein_normalized,
        "W1 as a share of the support's width: 0 is equal, 1 is everybody at the other end.",
        needs_bounds=True,
        part_of=(_WASSERSTEIN, _width),
    ),
    _L1,
    Measure(
        "tv",
        "TV",
        _ALL,
        tv,
        "The share of people who would have to give another answer: 0 is equal, 1 is no overlap.",
        by_share=True,
        part_of=(_L1, lambda _: 2.0),
    ),
    Measure(
        "js",
        "JS",
        _ALL,
        js,
        "Information, in bits, that one answer holds about which side it is from: 0 to 1.",
        by_share=True,
    ),
    Measure(
        "energy",
        "Energy",
        _LINE,
        energy,
        "Like W1, but with big gaps between cumulative shares counting more: 0 is equal.",
    ),
    Measure(
        "cvm",
        "CvM",
        _LINE,
        cvm,
        "Mean squared gap between the cumulative shares: 0 is equal.",
    ),
    Measure(
        "chi2",
        "χ²",
        _LEVELS,
        chi2,
        "Pearson's χ² of the table of counts: 0 is equal; it grows with n, so read its floor.",
        by_share=True,
    ),
)

DISTANCES: Registry[Measure] = Registry(
    "distance",
    "simulate.distances",
    {measure.name: measure for measure in _BUILT_IN},
    fits=lambda found: isinstance(found, Measure),
    must_be="a Measure",
)
"""All distances by name. Those of installed packages take part in each comparison."""


def measures_for(scale: Scale, *, bounded: bool = True) -> tuple[Measure, ...]:
    """Return the measures that are defined on a scale."""
    measures = (DISTANCES[name] for name in DISTANCES)
    return tuple(m for m in measures if scale in m.scales and (bounded or not m.needs_bounds))


def primary(scale: Scale) -> str:
    """Return the name of the measure a bare `--margin` refers to.

    KS for numbers, Wasserstein for ordered levels, total variation for levels without an order.
    """
    return {"numeric": "ks", "ordered": "wasserstein", "nominal": "tv"}[scale]
