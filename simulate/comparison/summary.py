"""A summary of a run without human data: outcomes per cell, contrasts, and sources of variance."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from simulate.comparison.nuisance import Claims, claims_of
from simulate.comparison.sample import Sample, Weighing, side_by_side
from simulate.comparison.samples import from_run
from simulate.comparison.variance_sources import VarianceSources, variance_sources
from simulate.errors import StatisticsError, quote
from simulate.reference import Variable
from simulate.scenario.outcome_kind import OUTCOME_KINDS
from simulate.statistics.clusters import effective_size
from simulate.statistics.confidence import Interval
from simulate.statistics.mean_contrasts import MeanContrast, mean_contrast
from simulate.statistics.permutation import holm
from simulate.statistics.proportions import clustered_size, wilson
from simulate.statistics.rows import persona_means, row_means

if TYPE_CHECKING:
    from simulate.runfile import RunReader


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
        shares: of each level with its interval; empty of numbers.
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
    shares: Mapping[str, tuple[float, Interval]]
    weighing: Weighing | None
    notes: tuple[str, ...]


@dataclass(frozen=True)
class CellDifference:
    """The difference of two cells.

    Attributes:
        a: the label of the cell that is subtracted from.
        b: the other's.
        of: `mean`, or the level whose share it is.
        contrast: over the personas of both, in the unit of the mean, or of shares.
        p_holm: adjusted over all contrasts of the outcome.
    """

    a: str
    b: str
    of: str
    contrast: MeanContrast
    p_holm: float | None = None


@dataclass(frozen=True)
class OutcomeSummary:
    """All that a run says of one outcome.

    Attributes:
        name: the outcome's name.
        variable: what it measures.
        cells: in order.
        contrasts: of any two cells.
        variance: where it comes from.
        claims: whether differences between levels are claimed, where the scenario declares nuisance
            conditions; where they are not, those contrasts, and the variance between such levels,
            are left out.
    """

    name: str
    variable: Variable
    cells: tuple[CellSummary, ...]
    contrasts: tuple[CellDifference, ...]
    variance: VarianceSources
    claims: Claims | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "outcome": self.name,
            "kind": self.variable.kind,
            "unit": self.variable.unit,
            "mean_name": self.variable.mean_name if self.variable.has_mean else None,
            "cells": [asdict(cell) | {"shares": _shares_dict(cell)} for cell in self.cells],
            "contrasts": [
                {"a": c.a, "b": c.b, "of": c.of, **asdict(c.contrast), "p_holm": c.p_holm}
                for c in self.contrasts
            ],
            "claims": None if self.claims is None else self.claims.to_dict(),
            "variance": {**asdict(self.variance), "sentences": self.variance.sentences},
        }


def _shares_dict(cell: CellSummary) -> dict[str, Any]:
    return {
        level: {"value": value, "interval": interval}
        for level, (value, interval) in cell.shares.items()
    }


def summaries(run: RunReader, outcome: str | None = None, *, seed: int = 0) -> list[OutcomeSummary]:
    """Return the summary of each outcome of a run, but for free texts.

    Raises:
        StatisticsError: the run measures no outcome, or not this one, or it is free text.
    """
    outcomes = run.scenario.outcomes
    if not outcomes:
        raise StatisticsError(
            f"{run.path}: scenario {run.scenario.scenario} measures no outcome; there is nothing "
            "to summarize"
        )
    if outcome is not None and outcome not in outcomes:
        raise StatisticsError(
            f"{run.path}: there is no outcome {quote(outcome)}; it has: {', '.join(outcomes)}"
        )
    coded = [name for name, each in outcomes.items() if OUTCOME_KINDS[each.kind].has_codes]
    return [_summary(run, name, seed) for name in ([outcome] if outcome else coded)]


def _summary(run: RunReader, name: str, seed: int) -> OutcomeSummary:
    variable = Variable.of_outcome(name, run.scenario.outcomes[name])
    samples = from_run(run, name, variable)
    claims = claims_of(run, name, variable)
    variance = variance_sources(run, name, samples, variable, seed)
    unclaimed = claims.unclaimed if claims is not None else ()
    conditions = {n: found for n, found in variance.conditions.items() if n not in unclaimed}
    levels = {cell.label: cell.levels for cell in run.cells}
    return OutcomeSummary(
        name,
        variable,
        tuple(_cell(sample, variable) for sample in samples),
        tuple(
            each
            for each in _contrasts(samples, variable)
            if claims is None or not claims.withhold(levels[each.a], levels[each.b])
        ),
        replace(variance, conditions=conditions),
        claims,
    )


def _cell(sample: Sample, variable: Variable) -> CellSummary:
    rows = sample.rows
    personas = effective_size(rows.cluster_weights)
    mean, interval = sample.mean_with_interval(variable)
    shares = {}
    if variable.categories is not None and rows.n:
        by_level = row_means(rows, len(variable.categories))
        for level, each in zip(variable.categories, by_level.T, strict=True):
            share = min(1.0, float(np.average(each, weights=rows.weights)))
            size = clustered_size(each, rows.clusters) * float(rows.weights.mean())
            shares[level] = share, wilson(share, size)
    return CellSummary(
        sample.name,
        sample.n,
        personas,
        sample.failed,
        sample.missing,
        sample.not_applicable,
        sample.excluded,
        mean,
        interval,
        sample.drawn_mean(variable),
        shares,
        sample.weighing,
        sample.notes,
    )


def _contrasts(samples: Sequence[Sample], variable: Variable) -> list[CellDifference]:
    """Return the contrasts of any two cells, adjusted over all of them."""
    found = []
    by_share = variable.scale == "nominal" and variable.categories is not None
    for first, second in itertools.combinations(samples, 2):
        rows, _ = side_by_side([first, second])
        if by_share:
            levels = variable.categories or ()
            # Of two levels each share says what the other does.
            kept = levels[1:] if len(levels) == 2 else levels
            means = persona_means(rows, len(levels))[..., len(levels) - len(kept) :]
        else:
            kept = ("mean",)
            means = persona_means(rows.recoded(variable.scored(rows.values)))
        for at, of in enumerate(kept):
            pair = means[..., at] if rows.n else np.zeros((2, 0))
            contrast = mean_contrast(pair[0] - pair[1], shares=by_share)
            found.append(CellDifference(first.name, second.name, of, contrast))
    adjusted = holm([c.contrast.p for c in found])
    return [replace(c, p_holm=p) for c, p in zip(found, adjusted, strict=True)]
