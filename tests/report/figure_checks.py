"""What is wrong with a figure as it is printed: too small, cut, or one text over another."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

from simulate.notebook import Width
from simulate.report.plotting import SMALLEST_PT, WIDTHS_IN, styled, without_font

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.text import Text

PRINT_DPI = 300
TOUCHING = 1.5
"""Dots by which boxes around letters may lie over each other."""


def problems(figure: Figure, width: Width) -> list[str]:
    """Return what is wrong, in sentences; nothing for a figure that can be printed."""
    with styled():
        return list(_problems(figure, width))


def _problems(figure: Figure, width: Width) -> list[str]:
    figure.set_dpi(PRINT_DPI)
    figure.draw_without_rendering()
    from matplotlib.text import Text

    found = []
    if figure.get_figwidth() != WIDTHS_IN[width]:
        found.append(f"is {figure.get_figwidth()} in wide")
    shown: list[tuple[Text, Any]] = []
    outside = {label for ax in figure.axes for label in _ticks_outside(ax)}
    for text in figure.findobj(Text):
        if not text.get_visible() or not text.get_text().strip() or text in outside:
            continue
        if text.axes is not None and not (text.axes.get_visible() and text.axes.axison):
            continue
        box = text.get_window_extent()
        if not box.width:
            continue
        if float(text.get_fontsize()) < SMALLEST_PT:
            found.append(f"{text.get_text()!r} has {text.get_fontsize()} pt")
        if not figure.bbox.padded(1).containsx(box.x0) or not figure.bbox.padded(1).containsx(
            box.x1
        ):
            found.append(f"{text.get_text()!r} is cut at a side")
        if not figure.bbox.padded(1).containsy(box.y0) or not figure.bbox.padded(1).containsy(
            box.y1
        ):
            found.append(f"{text.get_text()!r} is cut above or below")
        shown.append((text, box.padded(-TOUCHING)))
    # Letters that no font here has are boxes of another height.
    lacking = set(without_font(figure))
    shown = [each for each in shown if not lacking & set(each[0].get_text())]
    for (one, a), (other, b) in combinations(shown, 2):
        if a.overlaps(b) and a.width > 0 and b.width > 0:
            found.append(f"{one.get_text()!r} lies over {other.get_text()!r}")
    return found


def _ticks_outside(ax: Any) -> list[Any]:
    """Return the labels of ticks that are not within the limits of axes."""
    found = []
    for axis, limits in ((ax.xaxis, ax.get_xlim()), (ax.yaxis, ax.get_ylim())):
        low, high = sorted(limits)
        slack = 1e-6 * (high - low)
        for tick in axis.get_major_ticks():
            if not low - slack <= tick.get_loc() <= high + slack:
                found += [tick.label1, tick.label2]
    return found
