"""Intervals, one-sided bounds and permutation p-values of a distance.

**Interval.** Personas of the sample and people of the reference are resampled together (cluster
bootstrap). A distance cannot be negative, so near zero its resamples lie too high and plain
percentile, BCa and bias-corrected intervals miss the true value in up to all cases (see
docs/statistics.md for the measured coverage). Therefore:

- the upper end is the percentile of the resamples, which errs on the safe side near zero;
- the lower end inverts a test (test-inversion bootstrap, Carpenter 1999): with p̂ and q̂ the two
  distributions, it is the distance of λ p̂ + (1 − λ) q̂ from q̂ for the smallest λ in [0, 1] at
  which a distance as large as the observed one is not unusual. It is 0 exactly where the data
  are compatible with equality.

**p-value.** Under equality values can be exchanged between the sides; each permutation takes one
value per persona, so that dialogues of one persona do not count as independent. With one value
per persona this is the exact permutation test, ties included. With several, or with a verbalized
distribution, it is conservative: distances are convex, so the distance of an average is at most
the average distance of single draws.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulate.statistics.distances import Measure
from simulate.statistics.resampling import Side
from simulate.statistics.support import Space

__all__ = ["FEWEST_CLUSTERS", "Bootstrap", "Estimate", "estimate", "holm", "permuted"]

FEWEST_CLUSTERS = 30
"""Below so many personas on either side no interval is given."""

MOST_PERMUTED = 10_000
BLOCK = 250
INVERSION_CELLS = 1_000_000
INVERSION_STEPS = 16


@dataclass(frozen=True)
class Estimate:
    """Ends of the two-sided interval, and the one-sided upper bound at the same confidence."""

    low: float
    high: float
    upper: float


@dataclass(frozen=True, eq=False)
class Bootstrap:
    """Joint resamples of both sides, on a space of at most a few thousand points."""

    space: Space
    p: NDArray[np.float64]
    """(K,) masses of the sample."""
    q: NDArray[np.float64]
    """(K,) masses of the reference."""
    p_drawn: NDArray[np.float64]
    """(draws, K) resamples of the sample."""
    q_drawn: NDArray[np.float64]
    """(draws, K) resamples of the reference."""


def _values(
    measure: Measure, p: NDArray[np.float64], q: NDArray[np.float64], space: Space
) -> NDArray[np.float64]:
    return np.concatenate(
        [
            measure.function(p[i : i + BLOCK], q[i : i + BLOCK], space)
            for i in range(0, len(p), BLOCK)
        ]
    )


def estimate(measure: Measure, value: float, drawn: Bootstrap, confidence: float) -> Estimate:
    """Return the interval of a distance, as the module describes it.

    Args:
        measure: the distance.
        value: its value in the data.
        drawn: joint resamples.
        confidence: of the two-sided interval and of the one-sided bound, in (0, 1).
    """
    tail = (1 - confidence) / 2
    values = _values(measure, drawn.p_drawn, drawn.q_drawn, drawn.space)
    high = max(float(np.quantile(values, 1 - tail)), value)
    upper = max(float(np.quantile(values, confidence)), value)
    low = _lower(measure, drawn, tail)
    return Estimate(min(low, value), high, upper)


def _lower(measure: Measure, drawn: Bootstrap, tail: float) -> float:
    rows = min(len(drawn.p_drawn), max(500, INVERSION_CELLS // drawn.space.size))
    p, q, space = drawn.p, drawn.q, drawn.space
    noise, q_drawn = drawn.p_drawn[:rows] - p, drawn.q_drawn[:rows]
    observed = float(measure.function(p, q, space)) * (1 - 1e-9)

    def share_as_large(weight: float) -> float:
        centre = weight * p + (1 - weight) * q
        return float(
            np.mean(
                np.concatenate(
                    [
                        measure.function(
                            _masses(centre + noise[i : i + BLOCK]), q_drawn[i : i + BLOCK], space
                        )
                        >= observed
                        for i in range(0, rows, BLOCK)
                    ]
                )
            )
        )

    if share_as_large(0.0) > tail:
        return 0.0
    low, high = 0.0, 1.0
    for _ in range(INVERSION_STEPS):
        middle = (low + high) / 2
        if share_as_large(middle) > tail:
            high = middle
        else:
            low = middle
    return float(measure.function(high * p + (1 - high) * q, q, space))


def _masses(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cut negative masses, which the shifted resamples may have, and scale to 1."""
    cut = np.maximum(p, 0.0)
    return np.asarray(cut / cut.sum(axis=-1, keepdims=True), dtype=np.float64)


def permuted(
    measures: tuple[Measure, ...],
    sample: Side,
    reference: Side,
    draws: int,
    rng: np.random.Generator,
) -> dict[str, NDArray[np.float64]]:
    """Return each distance in data where values were exchanged between the sides.

    Weights stay where they are and values move. A side of more than 10,000 personas whose values
    differ in weight takes part with 10,000 of them, which makes the null distribution wider.

    Args:
        measures: the distances.
        sample: one side.
        reference: the other side, on the same space.
        draws: number of permutations.
        rng: the generator of this choice.

    Returns:
        By name of the measure, (draws,) distances under equality.
    """
    space = sample.space
    exchange = _exchange_few if sample.simple else _exchange
    if not sample.simple:
        sample = sample.limited(MOST_PERMUTED, rng)
    reference = reference.limited(MOST_PERMUTED, rng)
    found: dict[str, list[NDArray[np.float64]]] = {m.name: [] for m in measures}
    for start in range(0, draws, BLOCK):
        size = min(BLOCK, draws - start)
        p, q = np.empty((size, space.size)), np.empty((size, space.size))
        for row in range(size):
            p[row], q[row] = exchange(sample, reference, rng)
        p /= p.sum(axis=1, keepdims=True)
        q /= q.sum(axis=1, keepdims=True)
        for measure in measures:
            found[measure.name].append(measure.function(p, q, space))
    return {name: np.concatenate(blocks) for name, blocks in found.items()}


def _exchange(
    sample: Side, reference: Side, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the weight on each point of both sides after one exchange."""
    ours, our_weights = sample.thinned(rng)
    theirs, their_weights = reference.thinned(rng)
    pool = rng.permutation(np.concatenate([ours, theirs]))
    left, right = pool[: len(ours)], pool[len(ours) :]
    size = sample.space.size
    return _weigh(left, our_weights, size), _weigh(right, their_weights, size)


def _weigh(
    index: NDArray[np.int64], weights: NDArray[np.float64], size: int
) -> NDArray[np.float64]:
    return np.asarray(np.bincount(index, weights=weights, minlength=size), dtype=np.float64)


def _exchange_few(
    sample: Side, reference: Side, rng: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Do the same where all values of the sample weigh the same.

    Then only those that go to the reference need to be drawn; the rest is known by counting, so
    that a million values cost what a thousand do.
    """
    theirs, their_weights = reference.thinned(rng)
    size, count = sample.space.size, sample.clusters
    chosen = rng.choice(count + len(theirs), size=len(theirs), replace=False)
    from_ours = np.searchsorted(sample.ends, chosen, side="right")
    moved = np.where(chosen < count, from_ours, theirs[np.maximum(chosen - count, 0)])
    pool = sample.counts + np.bincount(theirs, minlength=size)
    left = pool - np.bincount(moved, minlength=size)
    return left.astype(np.float64), _weigh(moved, their_weights, size)


def p_value(value: float, null: NDArray[np.float64]) -> float:
    """(1 + number of permutations at least as far) / (1 + permutations).

    Ties count as at least as far, with a tolerance for rounding. In [1/(draws + 1), 1].
    Source: Phipson and Smyth 2010.
    """
    return float((1 + np.sum(null >= value * (1 - 1e-9) - 1e-12)) / (1 + len(null)))


def holm(p_values: list[float]) -> list[float]:
    """Return Holm's step-down adjusted p-values, in the order given.

    Source: Holm 1979. scipy has no Holm adjustment (`false_discovery_control` is another error
    rate).
    """
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    adjusted, highest = [0.0] * len(p_values), 0.0
    for rank, i in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[i]))
        adjusted[i] = highest
    return adjusted
