"""A variable: what is measured, in which unit, over which support; and how a value is coded."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from simulate.errors import ReferenceDataError, StatisticsError, quote
from simulate.files.patterns import check_pattern
from simulate.registry import UnknownNameError
from simulate.scenario import Outcome
from simulate.scenario.outcome_kind import OUTCOME_KINDS, OutcomeKind, OutcomeScalar
from simulate.statistics.support import Scale, Support

DEFAULT_BINS = 20
MOST_INTEGER_BINS = 60


@dataclass(frozen=True)
class Variable:
    """What is measured, and how a value becomes a number.

    A number is its own code; a word's code is its place among the words, from 0. The kind of
    variable says which it is: see `simulate.scenario.outcome_kind`.
    """

    name: str
    kind: str
    """The name of an outcome kind."""
    unit: str | None = None
    support: tuple[float, float] | None = None
    """Lowest and highest value that the situation allows, both included; of numbers."""
    levels: tuple[str, ...] | None = None
    """The words, where the kind has no words of its own; in order, if they have one."""
    edges: tuple[float, ...] | None = None
    """Declared histogram: ascending bin edges. A bin holds its left edge, the last bin both."""
    resolution: float | None = None
    """Reference and sample are rounded to multiples of it before they are compared."""
    speaker: str | None = None
    """Whose turns a language measure looks at; `None` for all speakers."""
    convention: str | None = None
    """Which convention a language measure was computed by; two are never compared."""
    topic: str | None = None
    """The regular expression that mentions the topic, of a measure that looks for one."""
    description: str = field(default="", compare=False)

    @classmethod
    def of_outcome(cls, name: str, outcome: Outcome) -> Variable:
        """Make the variable that an outcome of a scenario measures."""
        levels = tuple(outcome.levels) if outcome.levels else None
        return cls(name, outcome.kind, outcome.unit, outcome.support, levels)

    def __post_init__(self) -> None:
        problem = self._problem()
        if problem:
            raise ReferenceDataError(f"variable {quote(self.name)}: {problem}")

    def _problem(self) -> str | None:
        try:
            kind = self._kind
        except UnknownNameError as error:
            return str(error)
        if kind.takes_levels and len(self.levels or ()) < 2:
            return f"kind {self.kind} needs at least two levels"
        if self.levels and len(set(self.levels)) != len(self.levels):
            return "a level is named twice"
        if self.support is not None:
            low, high = self.support
            if not (math.isfinite(low) and math.isfinite(high) and low < high):
                return f"support [{low}, {high}] must be two finite numbers, the lower one first"
        if self.edges is not None and (
            len(self.edges) < 2
            or any(a >= b for a, b in zip(self.edges, self.edges[1:], strict=False))
        ):
            return "histogram edges must be at least two ascending numbers"
        if self.topic is not None:
            try:
                check_pattern(self.topic)
            except ValueError as error:
                return f"topic: {error}"
        if self.resolution is not None and not self.resolution > 0:
            return f"resolution {self.resolution} must be above 0"
        return None

    @property
    def _kind(self) -> OutcomeKind:
        return OUTCOME_KINDS[self.kind]

    @property
    def scale(self) -> Scale:
        """What codes mean to a distance: numbers, levels in order, or levels without an order."""
        return self._kind.scale

    @property
    def numeric(self) -> bool:
        """Whether values are numbers with a meaningful difference."""
        return self.scale == "numeric"

    @property
    def bounded(self) -> bool:
        """Whether the range of values has bounds; levels have them."""
        return self.support is not None or not self.numeric

    @property
    def categories(self) -> tuple[str, ...] | None:
        """The labels of the codes 0, 1, …; `None` for numbers."""
        return self._kind.categories(self)

    @property
    def discrete(self) -> bool:
        """Whether values can be told apart exactly and counted; for numbers: whole numbers."""
        return self._kind.discrete

    @property
    def has_mean(self) -> bool:
        """Whether the mean says something."""
        return self._kind.has_mean

    @property
    def mean_name(self) -> str:
        """What the mean is: `mean`, or `mean rank (1 = never, 5 = always)` of words in order."""
        return self._kind.mean_name(self)

    def scored(self, codes: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (m,) what each of (m,) codes counts in a mean; distances work on codes."""
        scores = self._kind.scores(self)
        return codes if scores is None else np.asarray(scores)[codes.astype(np.int64)]

    def mean_of(
        self, codes: NDArray[np.float64], weights: NDArray[np.float64] | None = None
    ) -> float | None:
        """Return the weighted mean; None where it says nothing or no code has weight.

        Args:
            codes: (m,) codes.
            weights: (m,) ≥ 0; all 1 for `None`.
        """
        total = len(codes) if weights is None else weights.sum()
        if not self.has_mean or not total > 0:
            return None
        return float(np.average(self.scored(codes), weights=weights))

    @property
    def above_zero(self) -> str | None:
        """What tables call the share of codes above 0; `None` where it says nothing.

        Of numbers it says something where they begin at 0.
        """
        if self.numeric and not (self.support and self.support[0] == 0):
            return None
        return self._kind.above_zero

    def encode(self, value: object) -> float:
        """Return the number of one value.

        Raises:
            StatisticsError: the value is not of this variable's kind, is NaN, or is no level.
        """
        try:
            return self._kind.encode(value, self)
        except ValueError as error:
            raise StatisticsError(f"{self.name}: {error}") from None

    def decode(self, code: float) -> OutcomeScalar:
        """Return the value of a code."""
        return self._kind.decode(code, self)

    def label(self, code: float) -> str:
        """Return how a code is shown: the level, or the number."""
        return self._kind.label(code, self)

    def rounded(self, codes: NDArray[np.float64]) -> NDArray[np.float64]:
        """Round codes to multiples of `resolution`, when there is one."""
        if self.resolution is None:
            return codes
        steps = np.round(np.divide(codes, self.resolution))
        return np.asarray(np.round(np.multiply(steps, self.resolution), 12), dtype=np.float64)

    def outside(self, codes: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Tell which codes lie outside the support."""
        if self.support is None:
            return np.zeros(codes.shape, dtype=bool)
        low, high = self.support
        return (codes < low) | (codes > high)

    def histogram_edges(self, codes: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the edges of the histogram that L1, TV and JS of numbers use.

        The declared edges if there are any; else one bin per integer for whole numbers with at most
        60 integers; else 20 equal bins over the support, or over the range of `codes`.
        """
        if self.edges is not None:
            return np.asarray(self.edges, dtype=np.float64)
        if self.support is not None:
            low, high = self.support
        else:
            low, high = float(codes.min()), float(codes.max())
        if self.discrete and high - low < MOST_INTEGER_BINS:
            return np.arange(math.floor(low) - 0.5, math.ceil(high) + 1.0, dtype=np.float64)
        if not low < high:
            reach = max(0.5, 1e-6 * abs(low))
            low, high = low - reach, low + reach
        return np.linspace(low, high, DEFAULT_BINS + 1)

    def common_support(self, *codes: NDArray[np.float64]) -> Support:
        """Return the support that two samples are compared on, from the codes of either side."""
        if self.categories is not None:
            return Support.of_levels(len(self.categories), self.scale)
        values = np.concatenate(codes)
        width = self.support[1] - self.support[0] if self.support else None
        return Support.of_numbers(values, self.histogram_edges(values), width)
