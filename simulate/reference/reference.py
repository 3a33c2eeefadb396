"""A reference: human values of one variable, with source, licence, n and cleaning rule."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from simulate.errors import StatisticsError
from simulate.reference.variable import Variable
from simulate.statistics.clusters import effective_size
from simulate.statistics.resampling import Known, Side
from simulate.statistics.rows import Rows
from simulate.statistics.support import Support

ALIKE = 1e-9
"""By how much a sum of shares may miss one half."""


@dataclass(frozen=True, eq=False)
class Reference:
    """Human values of one variable as value counts, after cleaning.

    `values` are codes (see `Variable`), ascending and distinct. `groups` tells which of them come
    from one person, so that people and not dialogues are resampled.
    """

    name: str
    variable: Variable
    values: NDArray[np.float64]
    """(k,) distinct codes, ascending."""
    counts: NDArray[np.int64]
    """(k,) dialogues per value, ≥ 1."""
    groups: tuple[tuple[float, ...], ...] = ()
    """The codes of each person (or other cluster) with several; `counts` has them, too."""
    clusters: str = "people"
    """What those are called who gave the values, or in which they were given."""
    source: str = ""
    licence: str = ""
    cleaning: str = ""
    """What was done to values outside the support, as a sentence that begins with the rule."""
    missing: int = 0
    """Dialogues of the data set that have no value."""
    declared: bool = False
    """Whether only shares are known, from theory (a fair die) or from a publication, and not the
    people behind them: then the counts are there to carry the shares, and n says nothing."""
    human: bool = True
    """Whether people gave the values, as far as the user says so."""
    persons: dict[str, float] = field(default_factory=dict)
    """Code by persona id, where the reference knows who gave what; empty for shipped counts."""
    weighted: Rows | None = None
    """The dialogues with their weights, where people count for different numbers of others."""
    reading: tuple[str, ...] = ()
    """What was decided in reading the table that it comes from, in sentences."""

    @property
    def n(self) -> int:
        """Number of dialogues with a value, after cleaning."""
        return int(self.counts.sum())

    @property
    def noun(self) -> str:
        """What stands on this side: `humans`, `declared shares`, else `reference`."""
        if self.declared:
            return "declared shares"
        return "humans" if self.human else "reference"

    @property
    def fresh(self) -> str:
        """What an independent sample from this side is made of."""
        if self.declared:
            return "draws"
        return "humans" if self.human else "people"

    @property
    def adjective(self) -> str:
        """Whose a median is: the `human` or the `reference` one."""
        return "human" if self.human and not self.declared else "reference"

    @property
    def sized(self) -> str:
        """What stands on this side, with its size where it has one: `humans (n = 982)`."""
        if self.weighted is not None:
            return f"{self.noun} (n = {self.n:,}, weighted: {self.n_effective:,.0f} effective)"
        return self.noun if self.declared else f"{self.noun} (n = {self.n:,})"

    @property
    def n_effective(self) -> float:
        """How many people of equal weight say as much, (Σ w)² / Σ w². Source: Kish 1965."""
        if self.weighted is None:
            return float(self.people)
        return effective_size(self.weighted.cluster_weights)

    @property
    def shares(self) -> NDArray[np.float64]:
        """(k,) share of dialogues, or of their weights, per value; sums to 1."""
        if self.weighted is not None:
            index = np.searchsorted(self.values, self.weighted.values)
            sums = np.bincount(index, self.weighted.value_weights, len(self.values))
            return np.asarray(sums / sums.sum(), dtype=np.float64)
        return np.asarray(self.counts / self.counts.sum(), dtype=np.float64)

    @property
    def mean(self) -> float:
        """Mean in the variable's unit; of words in order see `Variable.mean_name`.

        Raises:
            StatisticsError: words without an order have no mean.
        """
        if not self.variable.has_mean:
            raise StatisticsError(
                f"{self.name}: a {self.variable.kind} has no mean; compare its shares"
            )
        return float(self.variable.scored(self.values) @ self.shares)

    @property
    def median(self) -> float:
        """The mid value of the ordered values (mean of the two middle ones for an even n).

        Where no value lies between two levels, the lower of the two.
        """
        if self.weighted is not None:
            reached = np.cumsum(self.shares)
            ends = np.searchsorted(reached, [0.5 - ALIKE, 0.5 + ALIKE])
            low, high = self.values[np.minimum(ends, len(self.values) - 1)]
            return float(low) if not self.variable.numeric else float((low + high) / 2)
        expanded_at = np.cumsum(self.counts)
        low = self.values[np.searchsorted(expanded_at, (self.n - 1) // 2, side="right")]
        high = self.values[np.searchsorted(expanded_at, self.n // 2, side="right")]
        return float(low) if not self.variable.numeric else float((low + high) / 2)

    @property
    def mode(self) -> float:
        """The value that was given most often; the smallest of them when several tie."""
        return float(self.values[np.argmax(self.shares)])

    @cached_property
    def people(self) -> int:
        """Number of people (or other clusters) who gave the values; some may have given several."""
        return int(self.counts.sum()) - sum(len(group) - 1 for group in self.groups)

    def side(self, support: Support) -> Side | Known:
        """Return the values on a support that has them all; a known distribution if declared."""
        if self.declared:
            return Known(support, support.mass(self.values, self.shares))
        return Side.of(support, self.rows())

    def rows(self) -> Rows:
        """Return a row for each dialogue, whose cluster is the person."""
        if self.weighted is not None:
            return self.weighted
        grouped = np.array([code for group in self.groups for code in group], dtype=np.float64)
        owner = np.repeat(np.arange(len(self.groups)), [len(group) for group in self.groups])
        index = np.searchsorted(self.values, grouped)
        alone = self.counts - np.bincount(index, minlength=len(self.values))
        singles = np.repeat(self.values, alone)
        people = np.arange(len(singles)) + len(self.groups)
        codes, clusters = np.concatenate([grouped, singles]), np.concatenate([owner, people])
        return Rows.of(codes, clusters=clusters.astype(np.int64))
