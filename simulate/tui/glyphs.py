"""For terminals and fonts that lack characters: blocks for braille, or nothing but ASCII."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import partial
from typing import Literal, get_args

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from simulate.errors import InputError, quote
from simulate.terminal.nearest import BLOCKS, nearest

Plots = Literal["braille", "blocks", "ascii"]
"""What plots are drawn with; with `ascii`, so is all else."""
VARIABLE = "SIMULATE_PLOTS"


class Glyphs(LineFilter):
    """Replaces characters of each line that is drawn, one cell by one.

    Args:
        shown: returns a text as it can be shown.
    """

    def __init__(self, shown: Callable[[str], str]) -> None:
        super().__init__()
        self._shown = shown

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return the segments of a line as they can be shown."""
        return [
            each
            if each.text.isascii()
            else Segment(self._shown(each.text), each.style, each.control)
            for each in segments
        ]


def plots_named(name: object, where: str) -> Plots:
    """Return a way to draw plots by its name.

    Raises:
        InputError: there is no such one; `where` says where it was named.
    """
    for known in get_args(Plots):
        if name == known:
            return known  # type: ignore[no-any-return]
    raise InputError(f"{where}: {quote(str(name), 40)} is none of: {', '.join(get_args(Plots))}")


def glyphs(setting: Plots | None) -> Glyphs | None:
    """Return what makes lines showable here; None where everything can be shown.

    Args:
        setting: as the settings say; `SIMULATE_PLOTS` goes before it.

    Raises:
        InputError: `SIMULATE_PLOTS` names no way to draw plots.
    """
    named = os.environ.get(VARIABLE)
    plots = plots_named(named, VARIABLE) if named else setting or "braille"
    encoding = getattr(sys.__stderr__, "encoding", None) or "utf-8"  # where the terminal UI writes
    if plots == "ascii":
        return Glyphs(nearest)
    try:
        "─▶⣿".encode(encoding)
    except UnicodeEncodeError:
        return Glyphs(partial(nearest, encoding=encoding))
    return Glyphs(lambda text: text.translate(BLOCKS)) if plots == "blocks" else None
