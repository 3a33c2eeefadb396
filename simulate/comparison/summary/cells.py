"""One outcome in one cell: how many, the mean or the shares, expected and drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from simulate.comparison.sample import Sample, Weighing
from simulate.comparison.summary.persona_means import SummaryCell
from simulate.reference import Variable
from simulate.statistics.clusters import effective_size
from simulate.statistics.confidence import Interval
from simulate.statistics.proportions import clustered_size, wilson
from simulate.statistics.rows import row_means

Shares = Mapping[str, tuple[float, Interval]]
"""Level to its share and the interval of that."""


@dataclass(frozen=True)
class CellSummary:
    """One outcome in one cell.

    Attributes:
        cell: its label.
        n: dialogues with a value.
        personas: effective personas behind them.
        failed: dialogues that failed.
        missing: completed dialogues without a value.
        not_applicable: completed dialogues to which it does not apply, or the chances of it.
        excluded: completed dialogues that each rule of the scenario leaves out.
        mean: over each dialogue's distribution; None of words without an order, or without n.
        interval: of the mean; None with fewer than 20 effective personas, or equal values.
        drawn_mean: of the values that were drawn.
        drawn_interval: of that.
        shares: of each level with its interval; empty of numbers.
        drawn_shares: of the values that were drawn.
        weighing: how the values of a dialogue are weighed; None without n.
        notes: what else must be known of the cell.
    """

    cell: str
    n: int
    personas: float
    failed: int
    missing: int
    not_applicable: float
    excluded: Mapping[str, int]
    mean: float | None
    interval: Interval | None
    drawn_mean: float | None
    drawn_interval: Interval | None
    shares: Shares
    drawn_shares: Shares
    weighing: Weighing | None
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON."""
        told = dict(vars(self))
        for name in ("shares", "drawn_shares"):
            told[name] = {
                level: {"value": value, "interval": interval}
                for level, (value, interval) in told[name].items()
            }
        return told


@dataclass(frozen=True)
class OutcomeCells:
    """One outcome in the cells of a run.

    Attributes:
        name: the outcome's name.
        variable: what it measures.
        cells: in order.
    """

    name: str
    variable: Variable
    cells: tuple[CellSummary, ...]


def cell_summary(cell: SummaryCell, variable: Variable) -> CellSummary:
    """Return the summary of a cell."""
    sample, drawn = cell.sample, cell.drawn or cell.sample
    mean, interval = sample.mean_with_interval(variable)
    drawn_mean, drawn_interval = drawn.mean_with_interval(variable)
    return CellSummary(
        cell=cell.label,
        n=sample.n,
        personas=effective_size(sample.rows.cluster_weights),
        failed=sample.failed,
        missing=sample.missing,
        not_applicable=sample.not_applicable,
        excluded=sample.excluded,
        mean=mean,
        interval=interval,
        drawn_mean=drawn_mean,
        drawn_interval=drawn_interval,
        shares=_shares(sample, variable),
        drawn_shares=_shares(drawn, variable),
        weighing=sample.weighing,
        notes=sample.notes,
    )


def _shares(sample: Sample, variable: Variable) -> Shares:
    rows, found = sample.rows, {}
    if variable.categories is not None and rows.n:
        by_level = row_means(rows, len(variable.categories))
        for level, each in zip(variable.categories, by_level.T, strict=True):
            share = min(1.0, float(np.average(each, weights=rows.weights)))
            size = clustered_size(each, rows.clusters) * float(rows.weights.mean())
            found[level] = share, wilson(share, size)
    return found
