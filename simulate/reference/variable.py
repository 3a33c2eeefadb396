"""A variable: what is measured, in which unit, over which support; and how a value is coded."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from simulate.errors import ReferenceDataError, StatisticsError, quote
from simulate.statistics.support import Scale, Support

__all__ = ["KINDS", "Kind", "Variable"]

Kind = Literal["amount", "count", "ordinal", "choice", "yesno"]
KINDS: tuple[Kind, ...] = ("amount", "count", "ordinal", "choice", "yesno")

DEFAULT_BINS = 20
MOST_INTEGER_BINS = 60

_TRUE = frozenset({"yes", "true", "1", "y"})
_FALSE = frozenset({"no", "false", "0", "n"})


@dataclass(frozen=True)
class Variable:
    """What is measured, and how a value becomes a number.

    An amount or a count is its own number. A level of an ordinal or a choice is its index in
    `levels`, from 0. A yesno is 1 for yes and 0 for no.
    """

    name: str
    kind: Kind
    unit: str | None = None
    support: tuple[float, float] | None = None
    """Lowest and highest value that the situation allows, both included; amounts and counts."""
    levels: tuple[str, ...] | None = None
    """The levels of an ordinal (in order) or of a choice."""
    edges: tuple[float, ...] | None = None
    """Declared histogram: ascending bin edges. A bin holds its left edge, the last bin both."""
    resolution: float | None = None
    """Reference and sample are rounded to multiples of it before they are compared."""
    speaker: str | None = None
    """Whose turns a language measure looks at; `None` for all speakers."""
    convention: str | None = None
    """Which convention a language measure was computed by; two are never compared."""
    description: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        problem = self._problem()
        if problem:
            raise ReferenceDataError(f"variable {quote(self.name)}: {problem}")

    def _problem(self) -> str | None:
        if self.kind not in KINDS:
            return f"kind {quote(str(self.kind))} is none of {', '.join(KINDS)}"
        if self.kind in ("ordinal", "choice") and len(self.levels or ()) < 2:
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
        if self.resolution is not None and not self.resolution > 0:
            return f"resolution {self.resolution} must be above 0"
        return None

    @property
    def numeric(self) -> bool:
        """Whether values are numbers with a meaningful difference (amount or count)."""
        return self.kind in ("amount", "count")

    @property
    def scale(self) -> Scale:
        """What codes mean to a distance: numbers, levels in order, or levels without an order."""
        if self.numeric:
            return "numeric"
        return "ordered" if self.kind == "ordinal" else "nominal"

    @property
    def bounded(self) -> bool:
        """Whether the range of values has bounds; levels have them."""
        return self.support is not None or not self.numeric

    @property
    def categories(self) -> tuple[str, ...] | None:
        """The labels of the codes 0, 1, …; `None` for amounts and counts."""
        return ("no", "yes") if self.kind == "yesno" else self.levels

    def encode(self, value: object) -> float:
        """Return the number of one value.

        Raises:
            StatisticsError: the value is not of this variable's kind, is NaN, or is no level.
        """
        if self.numeric:
            return self._number(value)
        if self.kind == "yesno":
            return self._yes(value)
        levels = cast("tuple[str, ...]", self.levels)
        text = str(value)
        if text in levels:
            return float(levels.index(text))
        lowered = [level.casefold() for level in levels]
        if text.strip().casefold() in lowered:
            return float(lowered.index(text.strip().casefold()))
        raise StatisticsError(
            f"{self.name}: {quote(text, 60)} is none of the levels {', '.join(levels)}; "
            "mend the value or give a reference with these levels"
        )

    def _number(self, value: object) -> float:
        try:
            number = float(cast("Any", value))
        except (TypeError, ValueError):
            number = math.nan
        if math.isnan(number) or math.isinf(number):
            raise StatisticsError(
                f"{self.name}: {quote(str(value), 60)} is not a finite number; "
                "leave the value out (missing) or mend it"
            )
        return number

    def _yes(self, value: object) -> float:
        text = str(value).strip().casefold()
        if text in _TRUE or value == 1:
            return 1.0
        if text in _FALSE or value == 0:
            return 0.0
        raise StatisticsError(f"{self.name}: {quote(text, 60)} is neither yes nor no")

    def label(self, code: float) -> str:
        """Return how a code is shown: the level, or the number."""
        if self.categories is not None:
            return self.categories[int(code)]
        return f"{code:g}"

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
        """Return the edges of the histogram that L1, TV and JS of an amount or a count use.

        The declared edges if there are any; else one bin per integer for a count with at most
        60 integers; else 20 equal bins over the support, or over the range of `codes`.
        """
        if self.edges is not None:
            return np.asarray(self.edges, dtype=np.float64)
        if self.support is not None:
            low, high = self.support
        else:
            low, high = float(codes.min()), float(codes.max())
        if self.kind == "count" and high - low < MOST_INTEGER_BINS:
            return np.arange(math.floor(low) - 0.5, math.ceil(high) + 1.0, dtype=np.float64)
        if not low < high:
            low, high = low - 0.5, low + 0.5
        return np.linspace(low, high, DEFAULT_BINS + 1)

    def common_support(self, *codes: NDArray[np.float64], n: int = 1, m: int = 1) -> Support:
        """Return the support that two samples of this variable are compared on.

        Args:
            codes: values of either side, in any order.
            n: size of the sample.
            m: size of the reference.
        """
        if self.categories is not None:
            return Support.of_levels(len(self.categories), n=n, m=m)
        values = np.concatenate(codes)
        width = self.support[1] - self.support[0] if self.support else None
        return Support.of_numbers(values, self.histogram_edges(values), width, n=n, m=m)
