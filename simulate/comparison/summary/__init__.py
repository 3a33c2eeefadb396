"""A summary of a run without human data: outcomes, contrasts, effects, sources of variance."""

from simulate.comparison.summary.attributes import AttributeDifference, LevelEstimate
from simulate.comparison.summary.cells import CellSummary, OutcomeCells
from simulate.comparison.summary.contrasts import CellDifference
from simulate.comparison.summary.effects import FactorEffect
from simulate.comparison.summary.outcome import OutcomeSummary, summaries

__all__ = [
    "AttributeDifference",
    "CellDifference",
    "CellSummary",
    "FactorEffect",
    "LevelEstimate",
    "OutcomeCells",
    "OutcomeSummary",
    "summaries",
]
