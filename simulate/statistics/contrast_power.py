"""The power of a difference between cells, by n: closed forms for any mix of within and between.

Of persona i in cell c, the mean of r reruns varies around the cell's mean by a part that all cells
of the persona share (variance P), one of persona and cell (C), and one of reruns (R / r). With a
weight w_c for each cell (1/k for the k cells of the first side, −1/m for the m of the second), the
difference is Σ w_c ȳ_c. Where a group g of n personas meets the cells of g, it adds

    v_g / n,  v_g = (Σ w)² P + Σ w² (C + R / r),  sums over the cells of g.

So P cancels where the same personas meet both sides, and counts in full where they do not. The
standard error is √Σ v_g / n, its degrees of freedom (Σ v_g/n)² / Σ (v_g/n)² / (n − 1): those of the
paired t-test for one group, of Welch's test for two. The power of the two-sided test is that of the
noncentral t-distribution. Source: Cohen 1988, ch. 2; Welch 1947; Searle, Casella and McCulloch
1992, ch. 4 (components).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

MOST_PERSONAS = 1_000_000
LARGEST_NONCENTRALITY = 30.0
"""Beyond it the power is 1 to all digits."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How single values vary within cells; variances in squared units of the outcome.

    Attributes:
        persona: shared by all cells of a persona.
        cell: of a persona in a cell.
        rerun: between reruns of a persona in a cell.
    """

    persona: float
    cell: float
    rerun: float = 0.0

    @classmethod
    def assumed(cls, sd: float, correlation: float) -> Spread:
        """Return the spread of a standard deviation and the correlation of a persona's cells."""
        return cls(correlation * sd**2, (1 - correlation) * sd**2)

    @property
    def sd(self) -> float:
        """The standard deviation of single values in a cell."""
        return math.sqrt(self.persona + self.cell + self.rerun)

    @property
    def correlation(self) -> float:
        """The correlation between two cells' single values of one persona."""
        total = self.persona + self.cell + self.rerun
        return self.persona / total if total else 0.0


@dataclass(frozen=True, slots=True)
class ContrastTest:
    """How a difference of cells is tested.

    Attributes:
        groups: for each group of personas, the weights of the cells that it meets.
        replicates: reruns of each persona in a cell, ≥ 1.
        alpha: of the two-sided test, in (0, 1).
    """

    groups: tuple[tuple[float, ...], ...]
    replicates: int = 1
    alpha: float = 0.05

    def variances(self, spread: Spread) -> list[float]:
        """Return v of each group."""
        single = spread.cell + spread.rerun / self.replicates
        return [
            sum(weights) ** 2 * spread.persona + sum(w**2 for w in weights) * single
            for weights in self.groups
        ]

    def power(self, effect: float, spread: Spread, personas: int) -> float:
        """Return the chance that the difference is found.

        Args:
            effect: the true difference.
            spread: how values vary.
            personas: of each group, ≥ 2.
        """
        from scipy.special import nctdtr, stdtrit

        parts = [each / personas for each in self.variances(spread)]
        error = math.sqrt(sum(parts))
        if not error:
            return 1.0 if effect else self.alpha
        freedom = sum(parts) ** 2 / sum(part**2 / (personas - 1) for part in parts)
        distance = abs(effect) / error
        if distance > LARGEST_NONCENTRALITY:
            return 1.0
        critical = float(stdtrit(freedom, 1 - self.alpha / 2))
        above = 1 - float(nctdtr(freedom, distance, critical))
        return min(1.0, above + float(nctdtr(freedom, distance, -critical)))

    def personas_for(self, effect: float, spread: Spread, wanted: float) -> int | None:
        """Return how many personas a group needs for a power; None beyond a million."""
        return _smallest(lambda count: self.power(effect, spread, count) >= wanted)

    def detectable(self, spread: Spread, personas: int, wanted: float) -> float:
        """Return the smallest difference that is found with a power, to a relative 1e-6."""
        low, high = 0.0, 1.0
        scale = math.sqrt(sum(self.variances(spread)) / personas)
        while self.power(high * scale, spread, personas) < wanted:
            low, high = high, 2 * high
        while high - low > 1e-6 * high:
            middle = (low + high) / 2
            enough = self.power(middle * scale, spread, personas) >= wanted
            low, high = (low, middle) if enough else (middle, high)
        return high * scale


def _smallest(suffices: Callable[[int], bool]) -> int | None:
    """Return the smallest count from 2 that suffices, which all larger ones do, too."""
    low, high = 1, 2
    while not suffices(high):
        if high >= MOST_PERSONAS:
            return None
        low, high = high, min(2 * high, MOST_PERSONAS)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if suffices(middle) else (middle, high)
    return high


def share_spread(shares: Sequence[float], correlation: float) -> Spread:
    """Return how a share varies: the mean of p (1 − p) over both sides of a difference."""
    variance = sum(share * (1 - share) for share in shares) / len(shares)
    return Spread.assumed(math.sqrt(variance), correlation)
