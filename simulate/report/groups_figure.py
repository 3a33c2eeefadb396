"""An outcome by kinds of personas as a figure: a panel for each group, humans in grey behind."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np

from simulate.comparison.persona_groups import PersonaGroup, PersonaGroups
from simulate.errors import one_line
from simulate.report.figure_layout import finish
from simulate.report.plotting import BAND, COLOURS, SMALLEST_PT, Width, new_figure, styled
from simulate.terminal.safe_text import shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS: dict[Width, int] = {"page": 3, "column": 2}
TITLE_CHARACTERS: dict[Width, int] = {"page": 38, "column": 26}
LONGEST_BIN = 14


def groups_figure(found: PersonaGroups, width: Width = "page") -> Figure:
    """Draw each group that has a value."""
    shown = [group for group in found.groups if group.shares is not None]
    columns = max(1, min(COLUMNS[width], len(shown)))
    rows = max(1, -(-len(shown) // columns))
    height = 0.75 + 0.16 * len(found.bins.labels)
    with styled():
        figure, axes = new_figure(rows, columns, rows * height, width, sharex=True)
        for place, ax in enumerate(np.ravel(axes)):
            if place < len(shown):
                _panel(ax, found, shown[place], TITLE_CHARACTERS[width], first=not place % columns)
            else:
                ax.set_axis_off()
        handles, labels = np.ravel(axes)[0].get_legend_handles_labels()
        unit = f" ({one_line(found.variable.unit)})" if found.variable.unit else ""
        notes = (f"bars: share of each {one_line(found.outcome)}{unit}", *found.notes)
        legend = tuple(zip(handles, labels, strict=True))
        return finish(figure, one_line(found.sentence), notes=notes, legend=legend)


def _panel(ax: Axes, found: PersonaGroups, group: PersonaGroup, width: int, *, first: bool) -> None:
    """Draw one group."""
    places = np.arange(len(found.bins.labels))
    if group.humans is not None:
        ax.barh(places, group.humans.shares, 0.85, color=BAND, label="humans")
    ax.barh(places, group.shares or (), 0.4, color=COLOURS[0], label="simulated")
    names = [shortened(label, LONGEST_BIN) for label in found.bins.labels]
    ax.set_yticks(places, names if first else [""] * len(names))
    ax.invert_yaxis()
    lines = [one_line(group.level), group.sized, group.distanced]
    if group.humans is not None:
        lines[1] += f"; {group.humans.whose}"
    title = "\n".join(part for line in lines for part in textwrap.wrap(line, width))
    ax.set_title(title, fontsize=SMALLEST_PT)
