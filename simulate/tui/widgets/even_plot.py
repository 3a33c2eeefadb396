"""A plot whose ticks stand at equal distances: on a screen there are only whole rows and columns.

An axis ends where it must so that every step is the same whole number of cells. With steps of
6.4 rows, ticks would stand 6 rows apart here and 7 there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Any

from textual_plot import PlotWidget
from textual_plot.axis_formatter import AxisFormatter

NICE = (1.0, 2.0, 2.5, 5.0)
FEWEST, MOST = 4, 6
"""Steps of an axis, where it is long enough."""
ROWS, COLUMNS = 2, 8
"""The least distance of two ticks."""
NUDGE = 1e-7
"""Share of an axis by which a tick lies below its value, clear of the edge of a cell."""


@dataclass(frozen=True)
class EvenAxis:
    """Where an axis ends, and its ticks.

    Attributes:
        high: the end, at least what was asked for.
        ticks: values, each the same number of cells from the next.
        cells: how many that is.
        decimals: of the labels.
    """

    high: float
    ticks: tuple[float, ...]
    cells: int
    decimals: int

    @property
    def labels(self) -> tuple[str, ...]:
        """The ticks as text, all with as many decimals."""
        return tuple(f"{tick + 0.0:,.{self.decimals}f}" for tick in self.ticks)


def even_axis(low: float, high: float, size: int, apart: int, *, whole: bool = False) -> EvenAxis:
    """Return an axis that shows a range and has its ticks on cells.

    Args:
        low: where it begins.
        high: what it reaches at least, > low.
        size: of the axis in cells, ≥ 1.
        apart: the fewest cells between two ticks.
        whole: whether only whole numbers are values.
    """
    extent = high - low
    best, least = None, float("inf")
    wanted = min(max(size / (2 * apart), FEWEST), MOST)
    power = floor(log10(extent))
    for exponent in range(power - 2, power + 2):
        for factor in NICE:
            step = factor * 10.0**exponent
            cells = floor(size * step / extent + 1e-9)
            if cells < min(apart, size) or cells > size or (whole and step % 1):
                continue
            reach = step * size / cells
            cost = 4 * (reach / extent - 1) + abs(size / cells - wanted) / wanted
            if cost < least:
                decimals = max(0, -exponent + (factor == 2.5))
                best, least = (step, cells, reach, decimals), cost
    if best is None:
        return EvenAxis(high, (low,), size, 0 if whole else max(0, -power))
    step, cells, reach, decimals = best
    first = ceil(low / step - 1e-9)
    last = floor((low + reach) / step + 1e-9)
    ticks = tuple(round(i * step, decimals) for i in range(first, last + 1))
    return EvenAxis(low + reach, ticks, cells, decimals)


class _Labels(AxisFormatter):
    """Labels that are known."""

    def __init__(self, labels: Sequence[str]) -> None:
        self._labels = list(labels)

    def get_ticks(self, min_: float, max_: float, max_ticks: int = 8) -> list[float]:
        return []

    def get_labels_for_ticks(self, ticks: Sequence[float]) -> list[str]:
        return self._labels


class EvenPlot(PlotWidget):
    """A plot with even ticks, as many as it has room for.

    Limits are set as for any plot; what is shown may reach a little further.
    """

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.set_reactive(PlotWidget.margin_left, 8)
        self._levels: tuple[str, ...] | None = None
        self._whole = False
        self._shown: dict[str, tuple[tuple[float, float], tuple[float, float]]] = {}

    def of_levels(self, levels: Sequence[str] | None) -> None:
        """Take x as the number of a level, from 0; as a number for None."""
        self._levels = None if levels is None else tuple(levels)

    def of_whole_numbers(self) -> None:
        """Take x as whole numbers."""
        self._whole = True

    def clear(self) -> None:
        """Forget all that is drawn, and what x is."""
        super().clear()
        self._levels, self._whole = None, False

    def _render_plot(self) -> None:
        region = self._scale_rectangle
        if region.width > 0 and region.height > 0 and self._datasets:
            self._fit_y(region.height)
            if self._levels is None:
                self._fit_x(region.width)
            else:
                self._fit_levels(self._levels, region.width)
        super()._render_plot()

    def _asked(self, axis: str, now: tuple[float, float]) -> tuple[float, float]:
        """Return the limits that an axis was given, not those that it was made to reach."""
        asked, shown = self._shown.get(axis, (now, None))
        return asked if now == shown else now

    def _fit_y(self, rows: int) -> None:
        low, high = self._asked("y", (self._y_min, self._y_max))
        axis = even_axis(low, high, rows, ROWS)
        self._shown["y"] = (low, high), (low, axis.high)
        self._y_max = axis.high
        self.set_yticks(_nudged(axis.ticks, low, axis.high))
        self.set_y_formatter(_Labels(axis.labels))

    def _fit_x(self, columns: int) -> None:
        low, high = self._asked("x", (self._x_min, self._x_max))
        axis = even_axis(low, high, columns, COLUMNS, whole=self._whole)
        self._shown["x"] = (low, high), (low, axis.high)
        self._x_max = axis.high
        self.set_xticks(_nudged(axis.ticks, low, axis.high))
        self.set_x_formatter(_Labels(axis.labels))

    def _fit_levels(self, levels: Sequence[str], columns: int) -> None:
        each = max(columns // len(levels), 1)
        self._x_min = -0.5
        self._x_max = self._x_min + columns / each
        every = ceil(4 / each)
        self.set_xticks([float(i) for i in range(0, len(levels), every)])
        room = every * each - 1
        self.set_x_formatter(
            _Labels([n if len(n) <= room else f"{n[: room - 1]}…" for n in levels[::every]])
        )


def _nudged(ticks: Sequence[float], low: float, high: float) -> list[float]:
    """Return ticks that the plot puts into the cell before them, as it does with the first."""
    return [t if t == low else t - NUDGE * (high - low) for t in ticks]
