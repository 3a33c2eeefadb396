"""How many people to ask for an interval of a wanted width, with and without simulations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from simulate.limits import MOST_DIALOGUES
from simulate.statistics.confidence import student_quantile
from simulate.statistics.prediction_powered import FEWEST_HUMANS, worth


@dataclass(frozen=True)
class Arm:
    """People of one arm of what is estimated; a mean has one, a difference two.

    Attributes:
        deviation: SD(Y).
        correlation: of Y and f.
        spread: SD(f) / SD(Y).
        others: how many others have f only.
    """

    deviation: float
    correlation: float
    spread: float
    others: float


def humans_needed(
    width: float, arms: Sequence[Arm], confidence: float, *, simulations: bool
) -> int | None:
    """Return how many people of each arm give an interval that is no wider, at least 20.

    Student's interval of a mean, or of the difference of two, at these standard deviations and
    correlations; with simulations, of as many others as there are now.

    Returns:
        None where more than a million would not be enough.
    """

    def wide(n: int) -> float:
        worths = [
            float(worth(np.asarray(a.correlation), np.asarray(a.spread), n, a.others))
            if simulations
            else float(n)
            for a in arms
        ]
        used = 2 if simulations else 1
        variance = sum(a.deviation**2 / size for a, size in zip(arms, worths, strict=True))
        return 2 * student_quantile(confidence, len(arms) * (n - used)) * sqrt(variance)

    return _first(lambda n: wide(n) <= width)


def _first(enough: Callable[[int], bool]) -> int | None:
    """Return the least n that is enough, where whatever is more is enough as well."""
    low, high = FEWEST_HUMANS - 1, FEWEST_HUMANS
    while not enough(high):
        low, high = high, 2 * high
        if high > MOST_DIALOGUES:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
