"""One side of a comparison: masses by persona, their bootstrap, and redraws of one value each.

Resampling is of personas, never of dialogues or candidates. A side whose personas gave one value
each, all of the same weight, is resampled as a multinomial over its points, which costs the same
for a thousand dialogues as for a million. Any other side is a matrix, one row per persona: each
resample draws personas with replacement and adds up their rows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulate.statistics.clusters import effective_size
from simulate.statistics.one_thread import product
from simulate.statistics.rows import Rows
from simulate.statistics.support import Support

MOST_UNITS = 4096
MOST_COPIES = 32
MOST_COPIED = 1024
DENSE_FROM = 0.1
MOST_DRAWN = 500_000

Masses = NDArray[np.float64]
Indices = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Known:
    """A distribution that is known and not estimated, such as a fair die's: it has no noise."""

    support: Support
    mass: Masses
    """(K,) shares of the points; sums to 1."""
    personas: int = 0
    """How many personas state it, all the same; 0 where none has more than one value."""

    simple = True
    effective = np.inf

    def on(self, support: Support, where: Indices) -> Known:
        """Return it on a coarser support; `where` is the new point of each old one."""
        mass = np.bincount(where, weights=self.mass, minlength=support.size)
        return Known(support, mass.astype(np.float64), self.personas)

    def resampled(self, draws: int, rng: np.random.Generator) -> Masses:
        """(draws, K) the same masses each time."""
        return np.broadcast_to(self.mass, (draws, len(self.mass)))

    def resampled_as(self, target: Masses, draws: int, rng: np.random.Generator) -> Masses:
        """(draws, K) the target each time."""
        return np.broadcast_to(target, (draws, len(target)))

    def redraw_noise(self, target: Masses, draws: int, rng: np.random.Generator) -> Masses:
        """(draws, K): masses of one value drawn for each persona from a target, less the target."""
        drawn = rng.multinomial(self.personas, target, size=draws)
        return np.asarray(drawn / self.personas - target, dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Side:
    """The values of one side's rows on a support of K points."""

    support: Support
    index: Indices
    """(m,) the point of each value."""
    weights: Masses
    """(m,) ≥ 0, of each value."""
    clusters: Indices
    """(m,) the persona behind each value, from 0."""
    cluster_count: int

    @classmethod
    def of(cls, support: Support, rows: Rows) -> Side:
        """Make a side from rows whose values are all points of the support."""
        index = support.index(rows.values)
        return cls(support, index, rows.value_weights, rows.value_clusters, rows.cluster_count)

    @classmethod
    def of_masses(cls, support: Support, masses: Masses) -> Side:
        """Make a side of G personas of equal weight from what each puts on the points, (G, K)."""
        persona, index = np.nonzero(masses)
        return cls(support, index, masses[persona, index], persona, len(masses))

    def on(self, support: Support, where: Indices) -> Side:
        """Return the side on a coarser support; `where` is the new point of each old one."""
        return Side(support, where[self.index], self.weights, self.clusters, self.cluster_count)

    @cached_property
    def mass(self) -> Masses:
        """(K,) share of the weight on each point; sums to 1."""
        total = np.bincount(self.index, weights=self.weights, minlength=self.support.size)
        return np.asarray(total / total.sum(), dtype=np.float64)

    @cached_property
    def cluster_weights(self) -> Masses:
        """(G,) weight of each persona: the sum of its values'."""
        found = np.bincount(self.clusters, weights=self.weights, minlength=self.cluster_count)
        return np.asarray(found, dtype=np.float64)

    @cached_property
    def effective(self) -> float:
        """Effective number of personas, (Σ w)² / Σ w². Source: Kish 1965."""
        return effective_size(self.cluster_weights)

    @cached_property
    def simple(self) -> bool:
        """Whether every persona gave one value and all weigh the same."""
        return len(self.index) == self.cluster_count and bool(np.ptp(self.weights) == 0)

    def resampled(self, draws: int, rng: np.random.Generator) -> Masses:
        """(draws, K) masses of bootstrap resamples of the personas.

        More than 4,096 personas are first put into 4,096 random groups, which are resampled
        instead: the same variance, with a relative error of its standard deviation near 1 %
        (random groups, Wolter 2007, §2).
        """
        if self.simple:
            drawn = rng.multinomial(self.cluster_count, self.mass, size=draws)
            return np.asarray(drawn / self.cluster_count, dtype=np.float64)
        return self._drawn(draws, self.cluster_count, rng)

    def resampled_as(self, target: Masses, draws: int, rng: np.random.Generator) -> Masses:
        """(draws, K) masses of resamples of personas who are moved to another distribution.

        Each persona's values are moved to the same quantiles of the target. Values that tie lie
        anywhere between the quantiles of their tie, at random but the same for all values of a
        persona. So the resamples have the target as their mean, and keep how alike the values of
        one persona are, and what it weighs. With one value each and equal weights they are
        multinomial samples of the target.
        """
        if self.simple:
            drawn = rng.multinomial(self.cluster_count, target, size=draws)
            return np.asarray(drawn / self.cluster_count, dtype=np.float64)
        return self.moved_to(target, rng)._drawn(draws, self.cluster_count, rng)

    def moved_to(self, target: Masses, rng: np.random.Generator) -> Side:
        """Return several copies of each persona, moved to the target; see `resampled_as`.

        Copy c of persona g has the number g + c·G. There are up to 32 copies, fewer where they
        would be more than 1,024 in all.
        """
        copies = max(1, min(MOST_COPIES, MOST_COPIED // self.cluster_count))
        before = np.cumsum(self.mass) - self.mass
        place = np.arange(copies)[:, None] + rng.random((copies, self.cluster_count))
        place = (place / copies)[:, self.clusters]
        quantiles = before[self.index] + place * self.mass[self.index]
        held = np.flatnonzero(target > 0)
        at = np.searchsorted(np.cumsum(target[held]), quantiles, side="right")
        index = held[np.minimum(at, len(held) - 1)]
        clusters = self.clusters + self.cluster_count * np.arange(copies)[:, None]
        return Side(
            self.support,
            index.ravel(),
            np.tile(self.weights, copies),
            clusters.ravel(),
            copies * self.cluster_count,
        )

    def _drawn(self, draws: int, size: int, rng: np.random.Generator) -> Masses:
        """Return (draws, K) masses of `size` personas drawn with replacement."""
        rows, units = self.clusters, self.cluster_count
        if units > MOST_UNITS:
            rows = rng.permutation(units)[rows] % MOST_UNITS
            units = size = MOST_UNITS
        matrix = self._matrix(rows, units)
        found = np.empty((draws, self.support.size))
        block = max(1, MOST_DRAWN // units)
        for start in range(0, draws, block):
            count = min(block, draws - start)
            drawn = rng.integers(units, size=(count, size)) + units * np.arange(count)[:, None]
            times = np.bincount(drawn.ravel(), minlength=count * units).reshape(count, units)
            found[start : start + count] = product(times.astype(np.float64), matrix)
        total = found.sum(axis=1, keepdims=True)
        kept = np.divide(found, total, out=np.tile(self.mass, (draws, 1)), where=total > 0)
        return np.asarray(kept, dtype=np.float64)

    def _matrix(self, rows: Indices, units: int) -> Any:
        from scipy.sparse import csr_array

        shape = (units, self.support.size)
        if len(self.index) > DENSE_FROM * shape[0] * shape[1]:
            at = rows * self.support.size + self.index
            flat = np.bincount(at, weights=self.weights, minlength=shape[0] * shape[1])
            return flat.reshape(shape)
        return csr_array((self.weights, (rows, self.index)), shape=shape)

    @cached_property
    def _by_unit(self) -> tuple[Indices, Masses, Masses]:
        """Points in the order of their personas, cumulative weight, and the end of each persona."""
        ordered = bool(np.all(self.clusters[1:] >= self.clusters[:-1]))
        order = slice(None) if ordered else np.argsort(self.clusters, kind="stable")
        cumulative = np.cumsum(self.weights[order])
        last = np.cumsum(np.bincount(self.clusters, minlength=self.cluster_count)) - 1
        return self.index[order], cumulative, cumulative[last]

    def redraw_noise(
        self, draws: int, rng: np.random.Generator, personas: int | None = None
    ) -> Masses:
        """(draws, K): masses of one value drawn per persona, less those of all their values.

        With more than 4,096 personas, one redraw is put into 4,096 random groups, whose deviations
        are multiplied by standard normal numbers: the same variance.

        Args:
            draws: number of redraws.
            rng: the generator of this choice.
            personas: G, where the side holds several copies of each (see `moved_to`); then each
                redraw takes one copy of each persona.
        """
        index, cumulative, ends = self._by_unit
        count, size = personas or self.cluster_count, self.support.size
        starts = np.concatenate([[0.0], ends[:-1]])
        units = np.arange(count) + count * rng.integers(
            self.cluster_count // count, size=(1 if count > MOST_UNITS else draws, count)
        )
        weights = self.cluster_weights[units]
        target = starts[units] + rng.random(units.shape) * (ends - starts)[units]
        at = np.minimum(np.searchsorted(cumulative, target, side="right"), len(index) - 1)
        if count > MOST_UNITS:
            return self._grouped_noise(index[at[0]], weights[0], draws, rng)
        place = index[at] + size * np.arange(draws)[:, None]
        drawn = np.bincount(place.ravel(), weights=weights.ravel(), minlength=draws * size)
        if count == self.cluster_count:
            expected: Masses = self.mass * self.weights.sum()
        else:
            taken = np.zeros((draws, self.cluster_count))
            taken[np.arange(draws)[:, None], units] = 1.0
            expected = product(taken, self._matrix(self.clusters, self.cluster_count))
        noise = drawn.reshape(draws, size) - expected
        return np.asarray(noise / weights.sum(axis=1, keepdims=True), dtype=np.float64)

    def _grouped_noise(
        self, drawn: Indices, weights: Masses, draws: int, rng: np.random.Generator
    ) -> Masses:
        from scipy.sparse import csr_array

        group = rng.integers(MOST_UNITS, size=self.cluster_count)
        rows = np.concatenate([group, group[self.clusters]])
        columns = np.concatenate([drawn, self.index])
        values = np.concatenate([weights, -self.weights])
        matrix = csr_array((values, (rows, columns)), shape=(MOST_UNITS, self.support.size))
        times = rng.standard_normal((draws, MOST_UNITS))
        return np.asarray(times @ matrix / weights.sum(), dtype=np.float64)


def in_groups(rows: Rows, rng: np.random.Generator) -> Rows:
    """Put more than 4,096 clusters into as many random groups, which are clusters then.

    A U-statistic over the groups has the same expectation, and all but the same variance.
    """
    if rows.cluster_count <= MOST_UNITS:
        return rows
    group = rng.permutation(rows.cluster_count) % MOST_UNITS
    return replace(rows, clusters=group[rows.clusters])


def cluster_masses(rows: Rows, support: Support) -> Masses:
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


def stratum_weights(rows: Rows) -> Masses:
    """Return (strata, G): the weight of each cluster within a stratum, the sum of its rows'."""
    found = np.zeros((int(rows.strata.max(initial=-1)) + 1, rows.cluster_count))
    np.add.at(found, (rows.strata, rows.clusters), rows.weights)
    return found
