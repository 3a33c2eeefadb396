"""Twins: dialogues of two cells with the same persona and the same random numbers."""

from simulate.comparison.twins.analysis import example_of, twin_details, twins, with_contrast
from simulate.comparison.twins.parting import Parting, parting
from simulate.comparison.twins.result import (
    PairCounts,
    Twin,
    TwinDetail,
    TwinDialogues,
    Twins,
)

__all__ = [
    "PairCounts",
    "Parting",
    "Twin",
    "TwinDetail",
    "TwinDialogues",
    "Twins",
    "example_of",
    "parting",
    "twin_details",
    "twins",
    "with_contrast",
]
