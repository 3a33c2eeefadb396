"""Quantiles and shares of few people with the help of simulations; see `prediction_powered`.

**Quantile.** The estimating equation of the q-quantile θ is F(θ) = q. Of its distribution function,
the human one F_n and the simulated ones G of both sides give

    F_λ(θ) = F_n(θ) + λ (G_N(θ) − G_n(θ)),

with a λ of its own: that of the mean of 1[Y ≤ θ₀], θ₀ the human quantile. The estimate is where F_λ
reaches q, and the interval holds each θ at which |F_λ(θ) − q| ≤ t √(q (1 − q) d), d = V/(p (1 − p))
with p = F_n(θ₀) and V the variance of that mean: the test of the equation is turned round, so that
no density is needed. F_λ need not rise throughout; it is taken midway between its greatest value so
far and its least from there on.

**Share.** Wilson's interval of p at the size 1/d, in which a normal quantile is Student's.

Sources: Angelopoulos, Duchi and Zrnic 2023, arXiv 2311.01453, section 4; Wilson 1927.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulate.statistics.confidence import Interval, quantile, student_quantile
from simulate.statistics.paired_people import PairedPeople, Sides
from simulate.statistics.prediction_powered import TunedMean, tuned_mean
from simulate.statistics.proportions import wilson
from simulate.statistics.rows import Floats, Indices

LEAST = 1e-9
"""By how much a sum of shares may miss what it is to reach."""


@dataclass(frozen=True, eq=False)
class TunedQuantile:
    """A quantile with simulations as a covariate.

    Attributes:
        human: the human quantile.
        human_interval: None where too few people lie beyond one of its ends.
        value: the estimate.
        interval: likewise.
        simulated: the quantile of everybody's simulated values.
        sides: of the indicators 1[Y ≤ θ₀].
        mean: the mean of the indicators, whose λ and correlation are the quantile's.
    """

    human: float
    human_interval: Interval | None
    value: float
    interval: Interval | None
    simulated: float
    sides: Sides
    mean: TunedMean


def tuned_quantile(people: PairedPeople, q: float, confidence: float) -> TunedQuantile:
    """Return the prediction-powered quantile; see the module.

    Args:
        people: with values that have an order.
        q: in (0, 1).
        confidence: in (0, 1).
    """
    values, jumps, changes = people.steps()
    support, place = np.unique(values, return_inverse=True)
    human = _summed(place, jumps, len(support))
    change = _summed(place, changes, len(support))
    start = _least(support, human, q)
    sides = people.sides(lambda v: (v <= start).astype(np.float64))
    mean = tuned_mean(*sides, people.weights)
    # What is simulated of everybody: the others' and the n's, by how many they are.
    simulated = people.simulated
    of_values = np.searchsorted(support, simulated.values)
    weighed = _weights_of_values(people)
    everybody = _summed(of_values, weighed, len(support))

    def interval(curve: Floats, variance: Floats, degrees: int) -> Interval | None:
        share = float(mean.human)
        # With the variance that an indicator has at q, which is not 0 where all lie on one side.
        size = 1 / people.n if share in (0.0, 1.0) else float(variance) / (share * (1 - share))
        half = student_quantile(confidence, degrees) * np.sqrt(q * (1 - q) * size)
        if q - half <= 0 or q + half >= 1:
            return None
        return _least(support, curve, q - half), _least(support, curve, q + half + 2 * LEAST)

    curve = _rising(human + float(mean.weight) * change)
    return TunedQuantile(
        human=_reached(support, human, q),
        human_interval=interval(human, mean.human_variance, people.n - 1),
        value=_reached(support, curve, q),
        interval=interval(curve, mean.variance, int(mean.degrees)),
        simulated=_reached(support, everybody, q),
        sides=sides,
        mean=mean,
    )


def share_intervals(mean: TunedMean, confidence: float) -> tuple[Interval, Interval]:
    """Return the interval of a human share, and of the prediction-powered one; see the module."""
    share = float(mean.human)
    z = quantile(confidence)

    def interval(value: float, variance: Floats, degrees: int) -> Interval:
        none = share in (0.0, 1.0)
        size = mean.n if none else share * (1 - share) / max(float(variance), 1e-300)
        t = student_quantile(confidence, degrees)
        return wilson(min(max(value, 0.0), 1.0), size * (z / t) ** 2, confidence)

    return (
        interval(share, mean.human_variance, mean.n - 1),
        interval(float(mean.value), mean.variance, int(mean.degrees)),
    )


def _least(support: Floats, curve: Floats, level: float) -> float:
    """Return the least value at which a distribution function reaches a level; else the last."""
    there = curve >= level - LEAST
    return float(support[np.argmax(there) if there.any() else -1])


def _reached(support: Floats, curve: Floats, q: float) -> float:
    """Return the quantile: midway between two values where the function is q between them."""
    return (_least(support, curve, q) + _least(support, curve, q + 2 * LEAST)) / 2


def _summed(place: Indices, jumps: Floats, size: int) -> Floats:
    """Return (size,) a function that jumps by these at these places."""
    return np.cumsum(np.bincount(place, jumps, size).astype(np.float64))


def _rising(curve: Floats) -> Floats:
    from_left = np.maximum.accumulate(curve)
    from_right = np.minimum.accumulate(curve[::-1])[::-1]
    return np.asarray((from_left + from_right) / 2)


def _weights_of_values(people: PairedPeople) -> Floats:
    """Return (m,) how much each simulated value counts, each person once; sums to 1."""
    simulated = people.simulated
    person = np.zeros(simulated.cluster_count)
    known = people.others >= 0
    size = len(people.others)
    np.add.at(person, people.others[known], people.shares[known] * size)
    if people.weights is None:
        person[people.place[people.place >= 0]] = 1
    owner = simulated.value_clusters
    weighed = person[owner] * simulated.value_weights / simulated.cluster_weights[owner]
    return np.asarray(weighed / weighed.sum())
