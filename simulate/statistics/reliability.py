"""How far the items of a scale measure one thing: Cronbach's alpha with an interval.

α = k/(k − 1) · (1 − Σ var(item) / var(sum)) for k items (Cronbach 1951); at most 1, and below 0
where items go against each other. The interval is the wider one, at each end, of two:

- Feldt's (1965): (1 − α)/(1 − α̂) is F-distributed with n − 1 and (n − 1)(k − 1) degrees of freedom,
  exact for normal items that are alike; n counts persons;
- the normal one of log(1 − α̂), whose variance is that of its influence by person (van Zyl,
  Neudecker & Nel 2000; Maydeu-Olivares, Coffman & Hartmann 2007), which needs neither, and holds
  for persons with several dialogues.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simulate.statistics.confidence import CONFIDENCE, Interval, student_quantile

FEWEST_PERSONAS = 20
"""With fewer no interval is given."""


@dataclass(frozen=True, slots=True)
class Reliability:
    """Cronbach's alpha of a scale.

    Attributes:
        alpha: at most 1; None where there is none.
        interval: of it; None with fewer than 20 persons, or where alpha is 1.
        items: how many.
        n: dialogues in which all items are answered.
        personas: whose they are.
        incomplete: dialogues that are left out, as an item is missing.
        item_rest: of each item, its correlation with the sum of the others; None where one of both
            does not vary.
        reason: why there is no alpha; None where there is one.
    """

    alpha: float | None
    interval: Interval | None
    items: int
    n: int
    personas: int
    incomplete: int
    item_rest: tuple[float | None, ...] = ()
    reason: str | None = None


def cronbach(
    values: ArrayLike, personas: Sequence[object], confidence: float = CONFIDENCE
) -> Reliability:
    """Return Cronbach's alpha.

    Args:
        values: (n, k) what each item counts, reversed items turned round; NaN where it is missing.
        personas: (n,) whose dialogue each row is.
        confidence: of the interval, in (0, 1).
    """
    every = np.asarray(values, dtype=np.float64)
    complete = np.asarray(~np.isnan(every).any(axis=1), dtype=np.bool_)
    rows = every[complete]
    numbers: dict[object, int] = {}
    kept = [who for who, here in zip(personas, complete.tolist(), strict=True) if here]
    clusters = np.array([numbers.setdefault(who, len(numbers)) for who in kept], dtype=np.int64)
    n, k = len(rows), every.shape[1]
    size = (k, n, len(numbers), len(every) - n)
    if k < 2:
        return Reliability(None, None, *size, reason="one item has none")
    if n < 2:
        return Reliability(None, None, *size, reason="fewer than two dialogues answer all items")
    deviations = rows - rows.mean(axis=0)
    sums = deviations.sum(axis=1)
    own, total = (deviations**2).sum(axis=1), sums**2
    if not total.mean() > 1e-12 * max(1.0, float(own.mean())):
        return Reliability(None, None, *size, reason="the sum of the items does not vary")
    alpha = k / (k - 1) * (1 - own.mean() / total.mean())
    rest = tuple(_correlation(deviations[:, i], sums - deviations[:, i]) for i in range(k))
    interval = _interval(float(alpha), own, total, k, clusters, confidence)
    return Reliability(float(alpha), interval, *size, rest)


def _correlation(a: NDArray[np.float64], b: NDArray[np.float64]) -> float | None:
    scale = math.sqrt(float(a @ a) * float(b @ b))
    return float(a @ b) / scale if scale > 1e-12 else None


def _interval(
    alpha: float,
    own: NDArray[np.float64],
    total: NDArray[np.float64],
    k: int,
    clusters: NDArray[np.int64],
    confidence: float,
) -> Interval | None:
    """Return the interval of alpha.

    Args:
        alpha: the estimate.
        own: (n,) the sum of the squared deviations of the items.
        total: (n,) the squared deviation of the sum of the items.
        k: items, ≥ 2.
        clusters: (n,) the number of each row's person, from 0.
        confidence: in (0, 1).
    """
    from scipy.stats import f

    count = int(clusters.max()) + 1
    if count < FEWEST_PERSONAS or not 1 - alpha > 1e-9:
        return None
    tail = (1 - confidence) / 2
    ratio = own.mean() / total.mean()
    influence = k / (k * ratio - 1) * (own - ratio * total) / total.mean()
    by_person = np.bincount(clusters, influence)
    error = math.sqrt(float(by_person @ by_person) * count / (count - 1)) / len(own)
    reach = math.exp(student_quantile(confidence, count - 1) * error)
    feldt = f(count - 1, (count - 1) * (k - 1))
    upward, downward = (
        max(reach, float(feldt.ppf(1 - tail))),
        min(1 / reach, float(feldt.ppf(tail))),
    )
    return 1 - (1 - alpha) * upward, 1 - (1 - alpha) * downward
