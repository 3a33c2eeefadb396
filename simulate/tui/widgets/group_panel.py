"""One group of personas as a small picture: a bar for each bin, with the humans as a mark on it."""

from __future__ import annotations

import textwrap
from typing import ClassVar

from rich.text import Text
from textual.widgets import Static

from simulate.comparison.persona_groups import PersonaGroup
from simulate.terminal.bars import bar
from simulate.terminal.numbers import ends, number
from simulate.terminal.safe_text import line, shortened
from simulate.tui import bindings

MARK = "│"
SHORTEST_BAR = 3
FEWEST_FOR_BOTH = 20
"""Characters from which on the share of humans stands there as a number, too."""


class GroupPanel(Static, can_focus=True):
    """The picture of a group."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"group--simulated", "group--humans", "group--over"}
    BINDINGS = bindings.GROUP

    def __init__(self) -> None:
        super().__init__(classes="pane")

    def draw(self, group: PersonaGroup, labels: tuple[str, ...], most: float, width: int) -> None:
        """Draw a group.

        Args:
            group: what is drawn.
            labels: of the bins.
            most: the share that fills a bar, > 0.
            width: characters inside the frame.
        """
        self.border_title = Text(shortened(group.level, max(width - 2, 1)))
        text = Text(no_wrap=True)
        for part in textwrap.wrap(group.sized, width):
            text.append(f"{part}\n", "dim")
        if group.shares is not None:
            self._bars(text, group, labels, most, width)
        for said in _said(group):
            for part in textwrap.wrap(said, width):
                text.append(f"{part}\n")
        text.rstrip()
        self.update(text)

    def _bars(
        self, text: Text, group: PersonaGroup, labels: tuple[str, ...], most: float, width: int
    ) -> None:
        ours = self.get_component_rich_style("group--simulated", partial=True)
        theirs = self.get_component_rich_style("group--humans", partial=True)
        over = self.get_component_rich_style("group--over", partial=True)
        humans = group.humans.shares if group.humans is not None else None
        beside = humans is not None and width >= FEWEST_FOR_BOTH
        numbers = 9 if beside else 4
        of_label = min(max(map(len, labels)), max(width - numbers - 1 - SHORTEST_BAR, 3), 24)
        room = max(width - of_label - numbers - 1, SHORTEST_BAR)
        for place, (label, share) in enumerate(zip(labels, group.shares or (), strict=True)):
            text.append(f"{_fitted(label, of_label):<{of_label}} ")
            drawn = bar(share / most, room)
            if humans is None:
                text.append(drawn, ours)
            else:
                at = min(round(humans[place] / most * (room - 1)), room - 1)
                text.append(drawn[:at], ours)
                text.append(MARK, over if drawn[at] == "█" else theirs)
                text.append(drawn[at + 1 :], ours)
            text.append(f"{share:4.0%}", "bold")
            if humans is not None and beside:
                text.append(f" {humans[place]:4.0%}", theirs)
            text.append("\n")


def _fitted(label: str, width: int) -> str:
    """Return a bin's label; of one that is too long, such as `> .5 to 1`, its upper end."""
    _, found, upper = label.rpartition(" to ")
    return shortened(f"≤ {upper}" if found and len(label) > width else label, width)


def _said(group: PersonaGroup) -> list[str]:
    """Return the numbers below the bars."""
    found = []
    if group.mean is not None:
        found.append(f"mean {number(group.mean, 2)}{ends(group.interval, _two)}")
        if group.humans is not None and group.humans.mean is not None:
            found[0] += f", {line(group.humans.whose)} {number(group.humans.mean, 2)}"
    if group.distanced:
        found.append(group.distanced)
    return found


def _two(value: float) -> str:
    return number(value, 2)
