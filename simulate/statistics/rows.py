"""Rows: what every estimate works on, one row for each dialogue.

A row has a *distribution over values* (a value that was drawn is a distribution of one), a *log
weight* (0 where the dialogue counts as it was drawn, else the way to the probabilities that it is
weighed to), a *cluster* (the person behind it: rows of one cluster are not independent) and a
*stratum* (what is set side by side and never pooled, such as a cell).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simulate.errors import StatisticsError

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

TOLERANCE = 1e-6
"""By how much the shares of a row may miss 1."""


@dataclass(frozen=True, eq=False)
class Rows:
    """n rows with m ≥ n values in all. Made with `of`, which checks it."""

    values: Floats
    """(m,) codes, finite, row after row."""
    shares: Floats
    """(m,) ≥ 0; the shares of one row sum to 1."""
    row: Indices
    """(m,) the row of each value, from 0, in ascending order."""
    log_weights: Floats
    """(n,) −∞ for a weight of 0; NaN where no weight is known."""
    clusters: Indices
    """(n,) the cluster of each row, from 0, none left out."""
    strata: Indices
    """(n,) the stratum of each row, from 0."""

    @classmethod
    def of(
        cls,
        values: ArrayLike,
        *,
        shares: ArrayLike | None = None,
        row: ArrayLike | None = None,
        log_weights: ArrayLike | None = None,
        clusters: ArrayLike | None = None,
        strata: ArrayLike | None = None,
    ) -> Rows:
        """Make rows and check them; there may be none.

        Args:
            values: (m,) codes.
            shares: (m,) of each value in its row; all 1 for `None`.
            row: (m,) the row of each value; each value its own row for `None`.
            log_weights: (n,) all 0 for `None`.
            clusters: (n,) from 0; each row its own cluster for `None`.
            strata: (n,) from 0; all 0 for `None`.

        Raises:
            StatisticsError: lengths differ, a value is NaN or infinite, a share is negative or
                NaN, the shares of a row do not sum to 1, a log weight is +∞, or an index is no
                whole number from 0, or leaves one out.
        """
        codes = _floats("values", values)
        m = len(codes)
        of_row = np.arange(m) if row is None else _indices("rows", row, m, "values")
        n = int(of_row[-1]) + 1 if m else 0
        if row is not None and m:
            steps = np.diff(of_row)
            if of_row[0] or (m > 1 and (steps.min() < 0 or steps.max() > 1)):
                raise StatisticsError("rows must be numbered from 0 upwards, and none left out")
        _refuse(~np.isfinite(codes), codes, "value {} is {:g}; leave missing values out")
        parts = _all(1.0, m) if shares is None else _floats("shares", shares, m, "values")
        _refuse(~(parts >= 0), parts, "share {} is {:g}; it must be 0 or above")
        sums = np.bincount(of_row, weights=parts, minlength=n)
        wrong = ~(np.abs(sums - 1) <= TOLERANCE)
        _refuse(wrong, sums, "the shares of row {} sum to {:g}, and must sum to 1")
        logs = _all(0.0, n)
        if log_weights is not None:
            logs = _floats("log weights", log_weights, n, "rows")
        _refuse(logs == np.inf, logs, "log weight {} is {:g}; a weight must be finite")
        owner = np.arange(n) if clusters is None else _indices("clusters", clusters, n, "rows")
        empty = np.flatnonzero(np.bincount(owner) == 0)
        if len(empty):
            raise StatisticsError(f"cluster {empty[0]} has no row; number clusters from 0")
        stratum = _all(0, n) if strata is None else _indices("strata", strata, n, "rows")
        return cls(codes, parts, of_row, logs, owner, stratum)

    @property
    def n(self) -> int:
        """Number of rows."""
        return len(self.log_weights)

    @property
    def cluster_count(self) -> int:
        """Number of clusters."""
        return int(self.clusters.max()) + 1 if self.n else 0

    @cached_property
    def weights(self) -> Floats:
        """(n,) weight of each row relative to the heaviest one, in [0, 1]; NaN where unknown."""
        top = float(np.max(self.log_weights, initial=-np.inf))
        return np.exp(self.log_weights - top) if top > -np.inf else np.zeros(self.n)

    @cached_property
    def cluster_weights(self) -> Floats:
        """(G,) weight of each cluster: the sum of its rows'."""
        sums = np.bincount(self.clusters, weights=self.weights, minlength=self.cluster_count)
        return sums.astype(np.float64)

    @cached_property
    def value_weights(self) -> Floats:
        """(m,) weight of each value: its share times the weight of its row."""
        if not self.log_weights.any():
            return self.shares
        weights = self.weights if len(self.row) == self.n else self.weights[self.row]
        return np.asarray(self.shares * weights, dtype=np.float64)

    @cached_property
    def value_clusters(self) -> Indices:
        """(m,) cluster of each value."""
        return self.clusters if len(self.row) == self.n else self.clusters[self.row]

    @cached_property
    def means(self) -> Floats:
        """(n,) mean of each row's distribution."""
        sums = np.bincount(self.row, weights=self.shares * self.values, minlength=self.n)
        return sums.astype(np.float64)

    @property
    def mean(self) -> float:
        """Weighted mean of the values.

        Raises:
            ZeroDivisionError: there is no row of positive weight.
        """
        return float(np.average(self.values, weights=self.value_weights))

    def recoded(self, values: Floats) -> Rows:
        """Return the same rows with other codes, (m,), in the same order."""
        return self if values is self.values else replace(self, values=values)

    def subset(self, kept: NDArray[np.bool_]) -> Rows:
        """Return the rows that are kept, (n,), their clusters numbered anew in the same order."""
        if kept.all():
            return self
        places = np.cumsum(kept) - 1
        of_value = kept[self.row]
        return Rows(
            self.values[of_value],
            self.shares[of_value],
            places[self.row[of_value]].astype(np.int64),
            self.log_weights[kept],
            np.unique(self.clusters[kept], return_inverse=True)[1].astype(np.int64),
            self.strata[kept],
        )


def row_means(rows: Rows, levels: int | None = None) -> Floats:
    """Return (n, L) the mean of each row's distribution.

    Args:
        rows: the rows.
        levels: how many levels the codes 0, 1, … name, where codes have no mean: then the share
            of each level is returned, L = levels. L = 1 for `None`.
    """
    if levels is None:
        return rows.means[:, None]
    found = np.zeros((rows.n, levels))
    np.add.at(found, (rows.row, rows.values.astype(np.int64)), rows.shares)
    return found


def persona_means(rows: Rows, levels: int | None = None) -> Floats:
    """Return (strata, G, L) the weighted mean of each cluster's rows within each stratum.

    NaN where a cluster has no weight in a stratum. See `row_means` for `levels` and L.
    """
    means = row_means(rows, levels)
    shape = (int(rows.strata.max(initial=-1)) + 1, rows.cluster_count)
    sums, weights = np.zeros((*shape, means.shape[1])), np.zeros(shape)
    np.add.at(sums, (rows.strata, rows.clusters), means * rows.weights[:, None])
    np.add.at(weights, (rows.strata, rows.clusters), rows.weights)
    with np.errstate(invalid="ignore"):
        return np.asarray(sums / weights[..., None], dtype=np.float64)


def cluster_index(labels: Iterable[Hashable]) -> Indices:
    """Return (n,) the number of each row's label, from 0 in order of appearance."""
    number: dict[Hashable, int] = {}
    return np.array([number.setdefault(label, len(number)) for label in labels], dtype=np.int64)


def _all(value: float, n: int) -> NDArray[Any]:
    """Return (n,) times the same value, read-only, in the memory of one."""
    return np.broadcast_to(np.asarray(value), n)


def _floats(what: str, given: ArrayLike, size: int | None = None, of: str = "") -> Floats:
    found = np.asarray(given, dtype=np.float64).ravel()
    if size is not None and len(found) != size:
        raise StatisticsError(f"{size:,} {of} but {len(found):,} {what}")
    return found


def _indices(what: str, given: ArrayLike, size: int, of: str) -> Indices:
    found = np.asarray(given).ravel()
    if len(found) != size:
        raise StatisticsError(f"{size:,} {of} but {len(found):,} {what}")
    if size and not (np.issubdtype(found.dtype, np.integer) and found.min() >= 0):
        raise StatisticsError(f"{what} must be numbered with whole numbers from 0")
    return found.astype(np.int64, copy=False)


def _refuse(unusable: NDArray[np.bool_], found: NDArray[Any], message: str) -> None:
    """Raise with the place, from 1, and the value of the first that is unusable."""
    if unusable.any():
        at = int(unusable.argmax())
        raise StatisticsError(message.format(f"{at + 1:,}", found[at]))
