"""The look that all figures share: fit for a paper, colours of Okabe and Ito."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from simulate.errors import InputError, quote
from simulate.files.writing import written_aside

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Draw = TypeVar("Draw")
ENDINGS = ("png", "pdf", "svg")
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
STYLES = ("-", "--", "-.", (0, (1, 1)), (0, (5, 1, 1, 1)), (0, (3, 1, 1, 1, 1, 1)))
WIDTH_IN = 6.9
STYLE: dict[Any, Any] = {
    "font.size": 9,
    "axes.titlesize": 9,
    "axes.labelsize": 9,
    "legend.fontsize": 8,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "legend.frameon": False,
    "pdf.fonttype": 42,
    "savefig.dpi": 200,
    "figure.facecolor": "white",
    "text.parse_math": False,  # a name with two dollar signs is a name
}


@cache
def figure_class() -> type[Figure]:
    """Return the class of all figures: a notebook shows them, with or without pyplot."""
    from matplotlib.figure import Figure

    class ShownFigure(Figure):
        def _repr_png_(self) -> bytes:
            picture = io.BytesIO()
            self.savefig(picture, format="png", dpi=110)
            return picture.getvalue()

    return ShownFigure


def figure_called(kind: str, figures: Mapping[str, Draw]) -> Draw:
    """Return what draws the figure of a name.

    Raises:
        InputError: there is no such figure.
    """
    if kind not in figures:
        raise InputError(f"there is no figure {quote(str(kind))}; there are: {', '.join(figures)}")
    return figures[kind]


@contextmanager
def styled() -> Iterator[None]:
    """Draw in the style of all figures."""
    import matplotlib as mpl

    with mpl.rc_context(STYLE):
        yield


def check_ending(path: Path) -> None:
    """Refuse a file that no figure can be.

    Raises:
        InputError: its ending is another than .png, .pdf and .svg.
    """
    if path.suffix.lower().removeprefix(".") not in ENDINGS:
        raise InputError(f"--figure {quote(str(path))}: must end with .png, .pdf or .svg")


def write_figure(figure: Figure, path: Path) -> Path:
    """Write a figure, the same bytes whenever it is written; return its path.

    Raises:
        InputError: it cannot be written, or its ending is none of a figure.
    """
    check_ending(path)
    ending = path.suffix.lower().removeprefix(".")
    dated = {"pdf": {"Creator": "simulate", "CreationDate": None}, "svg": {"Date": None}}
    with styled(), written_aside(path, force=True) as file:
        figure.savefig(file, format=ending, metadata=dated.get(ending))
    return path


def new_figure(rows: int, columns: int, height_in: float, **kwargs: Any) -> tuple[Figure, Any]:
    """Return a figure as wide as a page, and its (rows, columns) axes; a notebook shows it."""
    figure = figure_class()(figsize=(WIDTH_IN, height_in), layout="constrained")
    return figure, figure.subplots(rows, columns, squeeze=False, **kwargs)
