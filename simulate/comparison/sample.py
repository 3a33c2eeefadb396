"""A sample: the values of one outcome in a set of dialogues, weighted and clustered by persona.

A drawn outcome is one value. A verbalized outcome is a distribution: its candidates share the
weight 1 of their dialogue, so that all of the distribution is used and a dialogue still counts
once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from simulate.errors import StatisticsError

__all__ = ["Sample"]


@dataclass(frozen=True, eq=False)
class Sample:
    """Values of one outcome, with weights, and with the persona that each belongs to.

    Attributes say what was left out: a failed dialogue and a missing outcome are counted, and
    are no values.
    """

    name: str
    values: NDArray[np.float64]
    """(m,) codes; several per dialogue where the outcome is a verbalized distribution."""
    weights: NDArray[np.float64]
    """(m,) ≥ 0; the weights of one dialogue sum to 1 unless a table gave weights."""
    units: NDArray[np.int64]
    """(m,) index of the persona, from 0: what is resampled."""
    n: int
    """Dialogues with a value."""
    failed: int = 0
    missing: int = 0
    """Completed dialogues without a value of this outcome."""
    unit: str | None = None
    """The unit the values are in, where it is known."""
    personas: tuple[str, ...] = ()
    """Id of each persona; empty where nobody is named."""
    verbalized: bool = False
    """Whether values come with stated weights and not as one drawn value each."""
    notes: tuple[str, ...] = ()

    @property
    def clusters(self) -> int:
        """Number of personas."""
        return int(self.units.max()) + 1 if len(self.units) else 0

    @property
    def simple(self) -> bool:
        """Whether every persona gave exactly one value, all of equal weight."""
        return self.clusters == len(self.values) and bool(np.all(self.weights == self.weights[0]))

    @property
    def mean(self) -> float:
        """Weighted mean of the codes."""
        return float(np.average(self.values, weights=self.weights))

    @classmethod
    def of(
        cls,
        name: str,
        values: ArrayLike,
        *,
        weights: ArrayLike | None = None,
        personas: Sequence[object] | NDArray[np.int64] | None = None,
        dialogues: int | None = None,
        **details: object,
    ) -> Sample:
        """Make a sample and check it.

        Args:
            name: what a table calls it.
            values: (m,) codes.
            weights: (m,) ≥ 0, not all zero; all 1 for `None`.
            personas: (m,) who gave each value; everyone a different persona for `None`. An
                array of integers gives numbers only, so that nobody is named.
            dialogues: how many dialogues the values are from; m for `None`.
            details: further attributes.

        Raises:
            StatisticsError: no value, a value that is NaN or infinite, a negative or NaN
                weight, weights that sum to zero, or lengths that differ.
        """
        codes = np.asarray(values, dtype=np.float64).ravel()
        if not len(codes):
            raise StatisticsError(f"{name}: the sample is empty; there is nothing to compare")
        if not np.isfinite(codes).all():
            at = int(np.flatnonzero(~np.isfinite(codes))[0])
            raise StatisticsError(
                f"{name}: value {at + 1:,} is {codes[at]}; leave missing values out"
            )
        mass = np.ones(len(codes)) if weights is None else np.asarray(weights, dtype=np.float64)
        if mass.shape != codes.shape:
            raise StatisticsError(f"{name}: {len(codes):,} values but {len(mass):,} weights")
        if not np.isfinite(mass).all() or (mass < 0).any():
            at = int(np.flatnonzero(~(np.isfinite(mass) & (mass >= 0)))[0])
            raise StatisticsError(
                f"{name}: weight {at + 1:,} is {mass[at]:g}; weights must be 0 or above"
            )
        if not mass.sum() > 0:
            raise StatisticsError(f"{name}: the weights sum to 0; at least one must be above 0")
        labels: tuple[str, ...] = ()
        if personas is None:
            units = np.arange(len(codes))
        else:
            if len(personas) != len(codes):
                raise StatisticsError(f"{name}: {len(codes):,} values, {len(personas):,} personas")
            if isinstance(personas, np.ndarray):
                units = np.unique(personas, return_inverse=True)[1]
            else:
                distinct, units = np.unique([str(p) for p in personas], return_inverse=True)
                labels = tuple(str(label) for label in distinct)
        return cls(
            name=name,
            values=codes,
            weights=mass,
            units=np.asarray(units, dtype=np.int64),
            n=len(codes) if dialogues is None else dialogues,
            personas=labels,
            **details,  # type: ignore[arg-type]
        )
