"""The support two distributions are compared on: the distinct values of both, in order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Scale = Literal["numeric", "ordered", "nominal"]
"""What codes mean: numbers with meaningful differences; levels in order; levels without one."""

MOST_ATOMS = 512
FEWEST_LONG = 64
"""From so many distributions on, they are added up point by point, all at once."""


@dataclass(frozen=True, eq=False)
class Support:
    """K values on the line, their histogram bins, and the two sizes.

    Two distributions on it are two rows of K masses that sum to 1.
    """

    points: NDArray[np.float64]
    """(K,) ascending, distinct codes."""
    bins: NDArray[np.int64]
    """(K,) index of each point's bin in the declared histogram; of its level for categories."""
    bin_count: int
    width: float | None
    """Width of the range that values can lie in, in their unit; `None` where it has no bounds."""
    span: float
    """Codes divided by it are scaled to [0, 1]: the width, else that of the histogram; > 0."""
    scale: Scale = "numeric"
    n: float = 1
    """Size of the sample: it weighs in the pooled distribution."""
    m: float = 1
    """Size of the reference."""

    @classmethod
    def of_levels(cls, count: int, scale: Scale = "ordered") -> Support:
        """Make the support of `count` levels, whose codes are 0 to count − 1."""
        levels = np.arange(count)
        width = float(count - 1)
        return cls(levels.astype(np.float64), levels, count, width, width or 1.0, scale)

    @classmethod
    def of_numbers(
        cls,
        codes: NDArray[np.float64],
        edges: NDArray[np.float64],
        width: float | None = None,
    ) -> Support:
        """Make the support of all values of both samples.

        Args:
            codes: values of either side, in any order, with repetitions.
            edges: ascending edges of the histogram's bins, at least two.
            width: of the range that values can lie in; `None` where there are no bounds.
        """
        points = np.unique(codes)
        span = width or float(edges[-1] - edges[0])
        return cls(points, _bin_of(points, edges), len(edges) - 1, width, span)

    @property
    def size(self) -> int:
        """Number of points, K."""
        return len(self.points)

    def index(self, codes: NDArray[np.float64]) -> NDArray[np.int64]:
        """(m,) position of each code among the points."""
        return np.searchsorted(self.points, codes).astype(np.int64)

    def mass(
        self, codes: NDArray[np.float64], weights: NDArray[np.float64] | None = None
    ) -> NDArray[np.float64]:
        """(K,) share of the weight on each point; sums to 1."""
        counted = np.bincount(self.index(codes), weights=weights, minlength=self.size)
        return np.asarray(counted / counted.sum(), dtype=np.float64)

    def binned(self, mass: NDArray[np.float64]) -> NDArray[np.float64]:
        """(…, bin_count) mass per bin of (…, K) masses."""
        if self.bin_count == self.size and np.array_equal(self.bins, np.arange(self.size)):
            return mass
        occupied, starts = np.unique(self.bins, return_index=True)
        binned = np.zeros((self.bin_count, *mass.shape[:-1]))
        if mass[..., 0].size < FEWEST_LONG:
            binned[occupied] = np.moveaxis(np.add.reduceat(mass, starts, axis=-1), -1, 0)
        else:
            by_point = np.moveaxis(mass, -1, 0)
            for at, of_bin in zip(occupied, np.split(by_point, starts[1:]), strict=True):
                np.add.reduce(of_bin, axis=0, out=binned[at])
        return np.moveaxis(binned, 0, -1)

    def coarsened(
        self, mass: NDArray[np.float64], reference: NDArray[np.float64]
    ) -> tuple[Support, NDArray[np.int64]]:
        """Return a support of few points for resampling, and where each point went.

        Points are merged only in a support of more than 512: runs of neighbours in one bin, of
        about equal pooled mass, become one point at their mean. The points that the reference
        holds stay on their own as long as they are fewer than half of that.
        """
        if self.size <= MOST_ATOMS:
            return self, np.arange(self.size)
        pooled = (self.n * mass + self.m * reference) / (self.n + self.m)
        group = np.floor((np.cumsum(pooled) - pooled / 2) * (MOST_ATOMS // 2)).astype(np.int64)
        held = reference > 0
        starts = np.concatenate([[True], (np.diff(group) > 0) | (np.diff(self.bins) > 0)])
        if held.sum() < MOST_ATOMS // 2:
            starts |= held
            starts[1:] |= held[:-1]
        where = np.cumsum(starts) - 1
        # Points that nobody holds count a little, so that a run of them has a place, too.
        counted = pooled + 1e-12
        sums, sizes = (
            np.bincount(where, weights=each) for each in (counted * self.points, counted)
        )
        return replace(self, points=np.asarray(sums / sizes), bins=self.bins[starts]), where


def cumulative(mass: NDArray[np.float64]) -> NDArray[np.float64]:
    """(…, K − 1) cumulative sums of (…, K) masses, without the last one, which is all.

    Many distributions are fastest where the masses of one point lie side by side in memory.
    """
    if mass[..., 0].size < FEWEST_LONG:
        return np.cumsum(mass, axis=-1)[..., :-1]
    found = np.moveaxis(mass, -1, 0)[:-1].copy()
    for at in range(1, len(found)):
        found[at] += found[at - 1]
    return np.moveaxis(found, 0, -1)


def histogram(
    codes: NDArray[np.float64], weights: NDArray[np.float64], edges: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the (bins,) share of the weight in each bin; sums to 1.

    Args:
        codes: (m,) in any order.
        weights: (m,) ≥ 0, not all 0.
        edges: ascending edges of the bins, at least two.
    """
    mass = np.bincount(_bin_of(codes, edges), weights=weights, minlength=len(edges) - 1)
    return np.asarray(mass / mass.sum(), dtype=np.float64)


def _bin_of(codes: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.int64]:
    # A value on an edge belongs to the bin on its right, also where the edge is only nearly
    # representable (0.30000000000000004); values beyond the ends go to the end bins.
    nudge = 1e-9 * (edges[-1] - edges[0])
    at = np.searchsorted(edges, codes + nudge, side="right") - 1
    return np.asarray(np.clip(at, 0, len(edges) - 2), dtype=np.int64)
