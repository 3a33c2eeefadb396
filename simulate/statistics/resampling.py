"""Resampling one side of a comparison by persona, as masses on the points of a support.

A side whose personas gave one value each is resampled as a multinomial over its points, which
costs the same for a thousand dialogues as for a million. Any other side is a matrix, one row per
persona: each resample draws personas with replacement and adds up their rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulate.statistics.rows import Rows
from simulate.statistics.support import Support

MOST_UNITS = 4096
DENSE_FROM = 0.1


@dataclass(frozen=True, eq=False)
class Side:
    """The values of one side's rows on a support of K points."""

    support: Support
    index: NDArray[np.int64]
    """(m,) the point of each value."""
    weights: NDArray[np.float64]
    """(m,) ≥ 0, of each value."""
    clusters: NDArray[np.int64]
    """(m,) the persona behind each value, from 0."""
    cluster_count: int

    @classmethod
    def of(cls, support: Support, rows: Rows) -> Side:
        """Make a side from rows whose values are all points of the support."""
        index = support.index(rows.values)
        return cls(support, index, rows.value_weights, rows.value_clusters, rows.cluster_count)

    def on(self, support: Support, where: NDArray[np.int64]) -> Side:
        """Return the side on a coarser support; `where` is the new point of each old one."""
        return Side(support, where[self.index], self.weights, self.clusters, self.cluster_count)

    @cached_property
    def mass(self) -> NDArray[np.float64]:
        """(K,) share of the weight on each point; sums to 1."""
        total = np.bincount(self.index, weights=self.weights, minlength=self.support.size)
        return np.asarray(total / total.sum(), dtype=np.float64)

    @cached_property
    def simple(self) -> bool:
        """Whether every persona gave one value and all weigh the same."""
        return len(self.index) == self.cluster_count and bool(np.ptp(self.weights) == 0)

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """(K,) number of values on each point."""
        return np.bincount(self.index, minlength=self.support.size)

    @cached_property
    def ends(self) -> NDArray[np.int64]:
        """(K,) number of values up to and on each point."""
        return np.cumsum(self.counts)

    def resampled(self, draws: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """(draws, K) masses of bootstrap resamples of the personas.

        More than 4,096 personas are first put into 4,096 random groups, which are resampled
        instead: the same variance, with a relative error of its standard deviation near 1 %
        (random groups, Wolter 2007, §2).
        """
        if self.simple:
            drawn = rng.multinomial(self.cluster_count, self.mass, size=draws)
            return np.asarray(drawn / self.cluster_count, dtype=np.float64)
        rows, units = self.clusters, self.cluster_count
        if units > MOST_UNITS:
            rows = rng.permutation(units)[rows] % MOST_UNITS
            units = MOST_UNITS
        matrix = self._matrix(rows, units)
        times = rng.multinomial(units, np.full(units, 1 / units), size=draws).astype(np.float64)
        total = np.asarray(times @ matrix, dtype=np.float64)
        return np.asarray(total / total.sum(axis=1, keepdims=True), dtype=np.float64)

    def _matrix(self, rows: NDArray[np.int64], units: int) -> Any:
        from scipy.sparse import csr_array

        shape = (units, self.support.size)
        matrix = csr_array((self.weights, (rows, self.index)), shape=shape)
        return matrix.toarray() if matrix.nnz > DENSE_FROM * shape[0] * shape[1] else matrix

    @cached_property
    def _by_unit(
        self,
    ) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Points in the order of their units, cumulative weight, and each unit's sum and end."""
        ordered = bool(np.all(self.clusters[1:] >= self.clusters[:-1]))
        order = slice(None) if ordered else np.argsort(self.clusters, kind="stable")
        cumulative = np.cumsum(self.weights[order])
        totals = np.zeros(self.cluster_count)
        np.add.at(totals, self.clusters, self.weights)
        return self.index[order], cumulative, totals, np.cumsum(totals)

    def limited(self, most: int, rng: np.random.Generator) -> Side:
        """Return the side with at most `most` personas, chosen at random."""
        if self.cluster_count <= most:
            return self
        place = np.full(self.cluster_count, -1)
        place[rng.choice(self.cluster_count, size=most, replace=False)] = np.arange(most)
        kept = place[self.clusters] >= 0
        units = place[self.clusters[kept]]
        return Side(self.support, self.index[kept], self.weights[kept], units, most)

    def thinned(self, rng: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Draw one value per persona, by weight.

        Returns:
            (u,) point of each persona's value and (u,) weight of the persona.
        """
        if self.simple:
            return self.index, self.weights
        index, cumulative, totals, ends = self._by_unit
        target = ends - (1 - rng.random(self.cluster_count)) * totals
        at = np.minimum(np.searchsorted(cumulative, target, side="right"), len(index) - 1)
        return index[at], totals


def cluster_masses(rows: Rows, support: Support) -> NDArray[np.float64]:
    """Return (strata, G, K): what each cluster's values put on each point within a stratum.

    The masses of a cluster in a stratum sum to 1; they are NaN where it has no weight there.

    Args:
        rows: whose values are all points of the support.
        support: of K points.
    """
    strata = int(rows.strata.max(initial=-1)) + 1
    found = np.zeros((strata, rows.cluster_count, support.size))
    at = rows.strata[rows.row], rows.value_clusters, support.index(rows.values)
    np.add.at(found, at, rows.value_weights)
    with np.errstate(invalid="ignore"):
        return np.asarray(found / found.sum(axis=2, keepdims=True), dtype=np.float64)
