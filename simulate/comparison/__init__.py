"""Comparison of simulated with human distributions: distances, intervals, floors, baselines."""

from simulate.comparison.api import compare
from simulate.comparison.estimates import compare_samples
from simulate.comparison.reference_spec import load_reference
from simulate.comparison.result import Comparison, Distance, Paired, Row
from simulate.comparison.sample import Sample
from simulate.comparison.settings import Settings

__all__ = [
    "Comparison",
    "Distance",
    "Paired",
    "Row",
    "Sample",
    "Settings",
    "compare",
    "compare_samples",
    "load_reference",
]
