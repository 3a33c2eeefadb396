"""Comparison of simulated with human distributions: distances, intervals, floors, baselines."""

from simulate.comparison.api import compare, load_reference
from simulate.comparison.estimates import compare_samples
from simulate.comparison.result import Comparison, Distance, Paired, Row
from simulate.comparison.sample import Sample
from simulate.comparison.settings import Settings
from simulate.statistics.distances import DISTANCES, Measure, measures_for
from simulate.statistics.risk_difference import Share

__all__ = [
    "DISTANCES",
    "Comparison",
    "Distance",
    "Measure",
    "Paired",
    "Row",
    "Sample",
    "Settings",
    "Share",
    "compare",
    "compare_samples",
    "load_reference",
    "measures_for",
]
