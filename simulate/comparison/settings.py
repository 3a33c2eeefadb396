"""How a comparison is made."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from simulate.errors import StatisticsError, quote
from simulate.limits import LARGEST_SEED, MOST_DRAWS, check_number
from simulate.statistics.confidence import CONFIDENCE
from simulate.statistics.distances import Measure

DRAWS = 2000
FEWEST_DRAWS = 200


@dataclass(frozen=True)
class PlannedContrast:
    """Two samples that are to be set against each other, as a scenario declares it."""

    name: str
    a: str
    b: str
    meaning: str
    """What D² of `a` less D² of `b` says, in a sentence."""


@dataclass(frozen=True)
class Settings:
    """How a comparison is made; the same for all rows."""

    draws: int = DRAWS
    """Resamples, for intervals, p-values, contrasts and floors, each; ≥ 200."""
    confidence: float = CONFIDENCE
    seed: int = 0
    margins: Mapping[str, float] | None = None
    """Margin by distance, named beforehand; `""` stands for the primary distance."""
    contrasts: tuple[PlannedContrast, ...] = ()
    """Contrasts that come first; those without their samples are left out."""
    baselines: Literal["all", "human", "none"] = "all"
    """`all`: constants, uniform and a fresh human sample; `human`: the latter only."""

    def __post_init__(self) -> None:
        if self.draws < FEWEST_DRAWS:
            raise StatisticsError(
                f"draws {self.draws} must be ≥ {FEWEST_DRAWS}: fewer give no usable tail"
            )
        check_number("draws", self.draws, FEWEST_DRAWS, MOST_DRAWS)
        check_number("seed", self.seed, -LARGEST_SEED, LARGEST_SEED)
        if not 0.5 <= self.confidence < 1:
            raise StatisticsError(f"confidence {self.confidence} must be in [0.5, 1)")

    def resolved_margins(self, measures: Sequence[Measure], default: str) -> dict[str, float]:
        """Return the margin by name of the measure.

        Raises:
            StatisticsError: an unknown distance, or a margin that is not above 0.
        """
        known = [m.name for m in measures]
        found = {}
        for name, margin in (self.margins or {}).items():
            full = name or default
            if full not in known:
                raise StatisticsError(
                    f"margin names the distance {quote(full)}; this outcome has: {', '.join(known)}"
                )
            if not 0 < margin < math.inf:
                raise StatisticsError(f"margin {margin:g} must be a finite number above 0")
            found[full] = margin
        return found
