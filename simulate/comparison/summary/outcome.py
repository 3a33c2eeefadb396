"""All that a run says of one outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from simulate.comparison.nuisance import Claims, claims_of
from simulate.comparison.samples import declared_outcome
from simulate.comparison.summary.attributes import AttributeDifference, attribute_differences
from simulate.comparison.summary.cells import OutcomeCells, cell_summary
from simulate.comparison.summary.contrasts import CellDifference, cell_differences
from simulate.comparison.summary.effects import FactorEffect, factor_effects
from simulate.comparison.summary.persona_means import persona_means_of, summary_cells
from simulate.comparison.variance_sources import VarianceSources, variance_sources
from simulate.errors import StatisticsError, first_of, quote
from simulate.population.protected import protected_by
from simulate.reference import Variable
from simulate.scenario.cell import cells_called
from simulate.scenario.outcome_kind import OUTCOME_KINDS
from simulate.terminal.safe_text import counted

if TYPE_CHECKING:
    from simulate.runfile import RunReader
    from simulate.scenario import Cell


@dataclass(frozen=True)
class OutcomeSummary(OutcomeCells):
    """All that a run says of one outcome.

    Attributes:
        contrasts: between cells: the planned ones, those that were asked for, the others.
        effects: of factors, where two or more vary.
        attributes: how the outcome and its effects differ between kinds of personas.
        variance: where it comes from.
        claims: whether differences between levels are claimed, where the scenario declares nuisance
            conditions; where they are not, those contrasts and effects, and the variance between
            such levels, are left out.
    """

    contrasts: tuple[CellDifference, ...]
    effects: tuple[FactorEffect, ...]
    attributes: tuple[AttributeDifference, ...]
    variance: VarianceSources
    claims: Claims | None = None
    margin: float | None = None
    """The largest difference of means between two cells that counts as none, as was planned."""
    in_question: bool = True
    """Whether the study is about it; of the others a text shows the cells only."""

    def __repr__(self) -> str:
        counts = f"{counted(len(self.cells), 'cell')}, {counted(len(self.contrasts), 'contrast')}"
        return f"OutcomeSummary({self.name}: {counts})"

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "outcome": self.name,
            "kind": self.variable.kind,
            "unit": self.variable.unit,
            "mean_name": self.variable.mean_name if self.variable.has_mean else None,
            "cells": [cell.to_dict() for cell in self.cells],
            "contrasts": [each.to_dict() for each in self.contrasts],
            "margin": self.margin,
            "effects": [each.to_dict() for each in self.effects],
            "attributes": [each.to_dict() for each in self.attributes],
            "claims": None if self.claims is None else self.claims.to_dict(),
            "variance": {**asdict(self.variance), "sentences": self.variance.sentences},
        }


def _with_codes(run: RunReader) -> list[str]:
    """Return all outcomes but free texts; those that the study is about come first."""
    outcomes = run.scenario.outcomes
    names = run.scenario.outcomes_by_interest
    return [name for name in names if OUTCOME_KINDS[outcomes[name].kind].has_codes]


def summaries(
    run: RunReader,
    outcome: str | None = None,
    *,
    cell: str | None = None,
    contrasts: Sequence[str] = (),
    seed: int = 0,
) -> list[OutcomeSummary]:
    """Return the summary of each outcome of a run, but for free texts; the primary ones first.

    Args:
        run: the run file.
        outcome: only this one.
        cell: only the cells that this label stands for, such as `polite` for all polite ones.
        contrasts: further contrasts, each `A,B`; see `contrasts.cell_differences`.
        seed: of intervals of components of variance.

    Raises:
        StatisticsError: the run measures no outcome, or not this one, or it is free text, or there
            is no such cell.
    """
    outcomes = run.scenario.outcomes
    if not outcomes:
        raise StatisticsError(
            f"{run.path}: scenario {run.scenario.scenario} measures no outcome; there is nothing "
            "to summarize"
        )
    if outcome is not None:
        declared_outcome(run, outcome)
    asked = run.cells if cell is None else cells_called(cell, run.cells)
    if not asked:
        have = first_of([each.label for each in run.cells])
        raise StatisticsError(f"{run.path}: there is no cell {quote(str(cell))}; it has: {have}")
    if outcome is not None:
        return [_summary(run, outcome, asked, contrasts, seed)]
    found = [_summary(run, name, asked, contrasts, seed) for name in _with_codes(run)]
    return [replace(each, in_question=each.name in run.scenario.in_question) for each in found]


def _summary(
    run: RunReader, name: str, asked: Sequence[Cell], contrasts: Sequence[str], seed: int
) -> OutcomeSummary:
    variable = Variable.of_outcome(name, run.scenario.outcomes[name])
    cells = summary_cells(run, name, variable, asked)
    means = persona_means_of(run, cells, variable)
    claims = claims_of(run, name, variable)
    unclaimed = claims.unclaimed if claims is not None else ()
    samples, levels = [each.sample for each in cells], [each.levels for each in cells]
    variance = variance_sources(run, name, samples, levels, variable, seed)
    conditions = {n: found for n, found in variance.conditions.items() if n not in unclaimed}
    return OutcomeSummary(
        name,
        variable,
        tuple(cell_summary(each, variable) for each in cells),
        cell_differences(run, means, claims, contrasts),
        factor_effects(
            means, run.scenario.factors, claims, protected_by(run.meta.get("population"))
        ),
        attribute_differences(run, means, variable, name),
        replace(variance, conditions=conditions),
        claims,
        run.scenario.analysis.mean_margin(name),
    )
