"""What all figures have around their axes, and how all of it is made to fit at print size."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from simulate.report.figure_text import inches, wrapped
from simulate.report.plotting import GREY, SMALLEST_PT, Width, new_figure, styled, width_in

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text

Legend = Sequence[tuple["Artist", str]]
EDGE_IN = 0.05
PAD_IN = 0.06
SCREEN_DPI = 110
GAP_IN = 0.07
LINE = 1.22
"""Height of a line of text, in sizes of its font."""
TITLE_LINES, NOTE_LINES = 4, 4
LEGEND_PT = 7.5
HANDLE_EM, BETWEEN_EM = 2.8, 1.4
SLOT_IN = 1.3
"""The least width of a panel among several."""
APART_IN = 0.03
TURNED_IN = 0.9
"""The longest that a turned label on the x axis gets."""


def finish(
    figure: Figure,
    title: str,
    *,
    notes: Sequence[str] = (),
    legend: Legend = (),
    legend_title: str = "",
) -> Figure:
    """Set the finding above the axes, the legend below it, notes at the foot; make all of it fit.

    Args:
        figure: of `new_figure`, drawn; it grows by what is set around the axes.
        title: what the figure shows, as a sentence that its numbers bear.
        notes: what must be known to read it: the floor, where the human data are from.
        legend: handles with their labels.
        legend_title: what the labels are of.
    """
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    width, body = map(float, figure.get_size_inches())
    room = width - 2 * EDGE_IN
    with styled():
        shown = [ax for ax in figure.axes if ax.get_visible() and ax.axison]
        body += _foresee(shown, width, body)
        above = wrapped(title, room, 9, lines=TITLE_LINES, bold=True)
        below = "\n".join(wrapped(note, room, SMALLEST_PT, lines=NOTE_LINES) for note in notes)
        head = EDGE_IN + _height(above, 9) + GAP_IN
        foot = EDGE_IN / 2 + _height(below, SMALLEST_PT)
        key = _key(figure, legend, legend_title, room)
        keyed = 0.0
        if key is not None:
            keyed = key.get_window_extent().height / figure.dpi + GAP_IN
        height = head + keyed + body + foot
        figure.set_size_inches(width, height)
        left = EDGE_IN / width
        figure.suptitle(
            above, x=left, y=1 - EDGE_IN / height, ha="left", va="top", linespacing=LINE
        )
        if below:
            figure.supxlabel(
                below, x=left, y=EDGE_IN / height, ha="left", va="bottom", linespacing=LINE,
                fontsize=SMALLEST_PT, color=GREY,
            )  # fmt: skip
        if key is not None:
            key.set_bbox_to_anchor((left, 1 - head / height), figure.transFigure)
        engine = ConstrainedLayoutEngine(rect=(0, foot / height, 1, body / height), w_pad=PAD_IN)
        engine.execute(figure)
        alone = len(figure.axes) == 1
        for ax in shown:
            _keep_ticks(ax)
            _fit(ax, width, alone)
        engine.execute(figure)
        parted = [_part_ticks(ax) for ax in shown]
        if any(parted):
            engine.execute(figure)
        figure.set_layout_engine("none")
        figure.set_dpi(SCREEN_DPI)
    return figure


def _height(text: str, size: float) -> float:
    return (text.count("\n") + 1) * LINE * size / 72 if text else 0.0


def _key(figure: Figure, legend: Legend, title: str, room: float) -> Any:
    if not legend:
        return None
    em = LEGEND_PT / 72
    labels = [
        wrapped(label, room - (HANDLE_EM + 0.5) * em, LEGEND_PT, lines=2) for _, label in legend
    ]
    widest = max(inches(label, LEGEND_PT) for label in labels) + HANDLE_EM * em
    columns = max(1, int((room + BETWEEN_EM * em) / (1.03 * widest + BETWEEN_EM * em)))
    key = figure.legend(
        [handle for handle, _ in legend], labels, loc="upper left", ncols=min(columns, len(labels)),
        title=wrapped(title, room, LEGEND_PT) or None, alignment="left",
    )  # fmt: skip
    key.set_in_layout(False)
    return key


def _foresee(shown: Sequence[Axes], width: float, body: float) -> float:
    """Wrap labels to the room that they have at most; return by how much they need more height."""
    more: dict[int, float] = {}
    for ax in shown:
        spec = ax.get_subplotspec()
        rows, columns = (1, 1) if spec is None else spec.get_gridspec().get_geometry()
        across = max(0.5, width - 0.3 if columns == 1 else width / columns - 0.35)
        _wrap(ax, across, across, max(0.6, body / rows - 0.2))
        texts: tuple[Text, ...] = (ax.xaxis.label, ax._left_title)  # type: ignore[attr-defined]
        lines = [text.get_text().count("\n") * float(text.get_fontsize()) for text in texts]
        extra = LINE * sum(lines) / 72
        row = 0 if spec is None else spec.rowspan.start
        more[row] = max(more.get(row, 0.0), extra)
    return sum(more.values())


def _fit(ax: Axes, width: float, alone: bool) -> None:
    """Wrap the labels of axes to the room that they have."""
    box, dpi = ax.get_window_extent(), ax.figure.dpi
    wide, high = box.width / dpi, box.height / dpi
    across = 2 * min(box.x0, width * dpi - box.x1) / dpi + wide if alone else wide + 0.1
    _wrap(ax, wide + 0.05, across, high + 0.1)


def _wrap(ax: Axes, title: float, across: float, high: float) -> None:
    labels = [(ax.xaxis.label, across), (ax.yaxis.label, high)]
    labels += [(each, title) for each in (ax._left_title, ax._right_title)]  # type: ignore[attr-defined]
    for label, reach in labels:
        size, lines = float(label.get_fontsize()), label.get_text().split("\n")
        label.set_text("\n".join(wrapped(line, reach, size, lines=2) for line in lines))


def _part_ticks(ax: Axes) -> bool:
    """Turn or thin the labels of the x axis until no two overlap; return whether any did."""
    from matplotlib.ticker import FixedFormatter, MaxNLocator

    if not _overlap(ax):
        return False
    if isinstance(ax.xaxis.get_major_formatter(), FixedFormatter):
        size = float(ax.xaxis.get_ticklabels()[0].get_fontsize())
        names = [label.get_text() for label in ax.xaxis.get_ticklabels()]
        slot = ax.get_window_extent().width / ax.figure.dpi / max(1, len(names))
        every = max(1, int(np.ceil(LINE * size / 72 / slot)))
        names = [wrapped(name, TURNED_IN, size, lines=1) for name in names]
        ax.set_xticks(ax.get_xticks()[::every], names[::every], rotation=90)
        return True
    for count in (4, 3, 2, 1):
        low, high = sorted(ax.get_xlim())
        ax.set_xticks([at for at in MaxNLocator(count).tick_values(low, high) if low <= at <= high])
        if not _overlap(ax):
            break
    return True


def _keep_ticks(ax: Axes) -> None:
    """Fix the ticks, which else depend on how many dots an inch has."""
    from matplotlib.ticker import FixedLocator

    for axis, limits in ((ax.xaxis, ax.get_xlim()), (ax.yaxis, ax.get_ylim())):
        low, high = sorted(limits)
        slack = 1e-9 * (high - low)
        places = axis.get_majorticklocs()
        within = (places >= low - slack) & (places <= high + slack)
        if not isinstance(axis.get_major_locator(), FixedLocator):
            axis.set_ticks(places[within])


def _overlap(ax: Axes) -> bool:
    low, high = sorted(ax.get_xlim())
    boxes = [
        label.get_window_extent()
        for place, label in zip(ax.get_xticks(), ax.xaxis.get_ticklabels(), strict=False)
        if label.get_visible() and label.get_text() and low <= place <= high
    ]
    boxes.sort(key=lambda box: box.x0)
    apart = APART_IN * ax.figure.dpi
    return any(a.x1 + apart > b.x0 for a, b in pairwise(boxes))


def named(
    ax: Axes, names: Sequence[str], width: Width, *, share: float = 0.3, lines: int = 2
) -> None:
    """Name the rows of axes at 0, 1, …: each on so many lines of a share of the figure."""
    with styled():
        shown = [wrapped(name, share * width_in(width), 7.5, lines=lines) for name in names]
        ax.set_yticks(range(len(names)), shown)


def small_multiples(
    count: int, width: Width = "page", *, height_in: float = 1.35, columns: int | None = None
) -> tuple[Figure, list[Axes]]:
    """Return a figure of equal panels in rows, for one picture of each group; see `finish`.

    Panels share both axes; `label_panels` labels the outer ones.

    Args:
        count: of panels, at least 1.
        width: of the figure.
        height_in: of one row of panels.
        columns: of panels; as many as there is room for where it is not said.
    """
    most = max(1, int(width_in(width) / SLOT_IN))
    rows = -(-count // (columns or min(most, 4)))
    across = -(-count // rows)
    with styled():
        figure, axes = new_figure(
            rows, across, 0.35 + height_in * rows, width, sharex=True, sharey=True
        )
    panels = list(np.ravel(axes))
    for place, ax in enumerate(panels):
        if place >= count:
            ax.set_visible(False)
        elif place + across >= count:
            ax.tick_params(labelbottom=True)
    return figure, panels[:count]


def label_panels(panels: Sequence[Axes], xlabel: str, ylabel: str) -> None:
    """Label the x axis of the lowest panel of each column, the y axis of the first of each row."""
    grid = panels[0].get_gridspec()
    across = grid.ncols if grid is not None else 1
    for place, ax in enumerate(panels):
        if place + across >= len(panels):
            ax.set_xlabel(xlabel)
        if place % across == 0:
            ax.set_ylabel(ylabel)
