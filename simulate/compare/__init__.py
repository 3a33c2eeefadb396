"""Comparison of simulated with human distributions: distances, intervals, floors, baselines.

`simulate.compare` is this package and, called, the function `simulate.compare.api.compare`: an
attribute of a package and a submodule of it cannot have one name otherwise.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

from simulate.compare.api import compare, load_reference
from simulate.compare.comparison import compare_samples
from simulate.compare.result import Comparison, Distance, Paired, Row, Share
from simulate.compare.sample import Sample
from simulate.compare.settings import Settings
from simulate.statistics.distances import MEASURES, Measure, measures_for

__all__ = [
    "MEASURES",
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


class _Callable(ModuleType):
    """A package that is a function too, so `simulate.compare(run)` works in any import order."""

    def __call__(self, *args: Any, **kwargs: Any) -> Comparison:
        return compare(*args, **kwargs)


sys.modules[__name__].__class__ = _Callable
