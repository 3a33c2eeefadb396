"""`--figure` and `--width`, the same for every command that draws."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simulate.errors import InputError
from simulate.notebook import Width

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_LETTERS = 20


@dataclass(frozen=True, slots=True)
class FigureOptions:
    """Where a figure is written, and how wide it is."""

    figure: Annotated[
        Path | None, typer.Option("--figure", metavar="FILE", help="Draw it: .png, .pdf or .svg.")
    ] = None
    width: Annotated[
        Width,
        typer.Option(help="Of the figure: a column of a paper (3.3 in), or its page (6.9 in)."),
    ] = "page"

    def check(self) -> None:
        """Refuse a figure that cannot be, before anything is computed or paid for.

        Raises:
            InputError: its ending is none of a figure, or there is a width and no figure.
        """
        if self.figure is None:
            if self.width != "page":
                raise InputError(f"--width {self.width} is for --figure; name its file")
            return
        from simulate.report.plotting import check_ending

        check_ending(self.figure)

    def write(self, draw: Callable[[Width], Figure]) -> None:
        """Draw and write the figure, where one is asked for, and say so on stderr.

        Raises:
            InputError: it cannot be written.
        """
        if self.figure is None:
            return
        from simulate.report.plotting import write_figure

        drawn = draw(self.width)
        print(f"wrote {write_figure(drawn, self.figure)}", file=sys.stderr)
        _say_without_font(drawn)


def write_drawn(figures: Mapping[str, Figure], outcome: str, folder: Path) -> None:
    """Write figures of an outcome into a folder, and say so on stderr.

    Raises:
        InputError: they cannot be written.
    """
    from simulate.report.plotting import write_figures

    written = write_figures(figures, outcome, folder)
    print(f"wrote {len(written)} files to {folder}", file=sys.stderr)
    for figure in figures.values():
        _say_without_font(figure)


def _say_without_font(figure: Figure) -> None:
    """Say which characters of a figure no font of this machine has, where there are any."""
    from simulate.report.plotting import without_font

    if lacking := without_font(figure):
        few = lacking[:MOST_LETTERS] + ("…" if len(lacking) > MOST_LETTERS else "")
        print(
            f"no font here has {few}: they are boxes in .png and .pdf; an .svg keeps them as "
            "text. Install a font that has them, such as Noto Sans CJK.",
            file=sys.stderr,
        )
