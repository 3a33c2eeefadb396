"""The look and the layout that all figures share: fit for a paper, in a column or over a page.

A figure is made in three steps: `new_figure` gives axes in their width, a maker draws on them, and
`finish` sets the finding above, the legend below it, the notes at the foot, and makes all of it
fit: what is too long is wrapped, what would overlap is turned or thinned. Humans are always black
or grey; samples are told apart by line style, marker or hatch as well as by colour.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, get_args

from simulate.errors import InputError, quote
from simulate.files.writing import made_folder, written_aside
from simulate.notebook import Width as Width

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.text import Text

Draw = TypeVar("Draw")
WIDTHS_IN: dict[Width, float] = {"column": 3.3, "page": 6.9}
"""Of a column of a journal, and of its page, in inches."""
ENDINGS = ("png", "pdf", "svg")
STYLE_FILE = Path(__file__).with_name("simulate.mplstyle")
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
STYLES = ("-", "--", "-.", (0, (1, 1)), (0, (5, 1, 1, 1)), (0, (3, 1, 1, 1, 1, 1)))
MARKERS = ("o", "^", "D", "v", "P", "X")
HATCHES = ("", "////", "....", "xxxx", "\\\\\\\\", "----")
HUMAN, BAND, GREY, GRID = "#000000", "#BBBBBB", "#555555", "#DDDDDD"
DRAWN = "#777777"
"""What was drawn, beside what is computed of it; baselines beside samples."""
SMALLEST_PT = 7.0
"""No text is smaller, at print size."""
FALLBACKS = (
    "Noto Sans CJK SC", "Noto Sans CJK JP", "Source Han Sans SC", "WenQuanYi Zen Hei",
    "Hiragino Sans", "PingFang SC", "Apple SD Gothic Neo", "Arial Unicode MS", "Yu Gothic",
    "Microsoft YaHei", "Malgun Gothic", "Noto Sans Arabic", "Noto Sans Devanagari",
    "Noto Sans Hebrew", "Noto Sans Thai", "Noto Emoji",
)  # fmt: skip
"""Fonts for what DejaVu Sans has no letters for; those that a machine has are used."""


@cache
def families() -> tuple[str, ...]:
    """Return the fonts of all text: DejaVu Sans, which is always there, then what it lacks."""
    from matplotlib import font_manager

    installed = set(font_manager.get_font_names())
    return ("DejaVu Sans", *(name for name in FALLBACKS if name in installed), "sans-serif")


@cache
def figure_class() -> type[Figure]:
    """Return the class of all figures: a notebook shows them, with or without pyplot.

    However one is written, it is in the style of all figures and the same bytes each time.
    """
    from matplotlib.figure import Figure

    class ShownFigure(Figure):
        def savefig(self, fname: Any, **options: Any) -> None:
            ending = str(options.get("format") or Path(str(fname)).suffix).lower().lstrip(".")
            undated = {"pdf": {"CreationDate": None}, "svg": {"Date": None}}.get(ending, {})
            named = {"png": {"Software": "simulate"}, "pdf": {"Creator": "simulate"}}
            metadata = undated | named.get(ending, {}) | (options.pop("metadata", None) or {})
            with styled():
                super().savefig(fname, metadata=metadata or None, **options)

        def draw(self, renderer: Any) -> None:
            with _silent():
                super().draw(renderer)

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
    """Draw in the style of all figures, silent about letters that no font here has."""
    import matplotlib as mpl

    with mpl.rc_context(_style()), _silent():
        yield


@cache
def _style() -> dict[Any, Any]:
    import matplotlib as mpl

    found = mpl.rc_params_from_file(STYLE_FILE, use_default_template=False)
    return {**found, "font.family": list(families())}


@contextmanager
def _silent() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"Glyph \d+ .* missing from font")
        yield


def width_in(width: str) -> float:
    """Return the inches of a width.

    Raises:
        InputError: it is none of the two.
    """
    for name, inches in WIDTHS_IN.items():
        if width == name:
            return inches
    raise InputError(
        f"width {quote(str(width))}: a figure is as wide as a {' or a '.join(get_args(Width))}"
    )


def new_figure(
    rows: int, columns: int, height_in: float, width: Width = "page", **kwargs: Any
) -> tuple[Figure, Any]:
    """Return a figure and its (rows, columns) axes, in whose style it is to be drawn.

    Args:
        rows: of axes.
        columns: of axes.
        height_in: of the axes with their labels; `finish` adds what stands above and below.
        width: of the whole figure.
        **kwargs: further ones of `Figure.subplots`.
    """
    figure = figure_class()(figsize=(width_in(width), height_in), layout="constrained")
    return figure, figure.subplots(rows, columns, squeeze=False, **kwargs)


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
    try:
        with written_aside(path, force=True) as file:
            figure.savefig(file, format=path.suffix.lower().removeprefix("."))
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}") from None
    return path


def write_figures(figures: Mapping[str, Figure], outcome: str, folder: Path) -> list[Path]:
    """Write figures of an outcome, each as PNG, PDF and SVG, in the place of earlier ones.

    Args:
        figures: by their names.
        outcome: what their files' names begin with.
        folder: made where it is not there.

    Returns:
        The files written.

    Raises:
        InputError: they cannot be written.
    """
    made_folder(folder)
    stem = re.sub(r"[^\w.-]+", "-", outcome)
    return [
        write_figure(figure, folder / f"{stem}-{name}.{ending}")
        for name, figure in figures.items()
        for ending in ENDINGS
    ]


def without_font(figure: Figure) -> str:
    """Return the characters of a figure that no font of this machine has, each once."""
    from matplotlib import font_manager
    from matplotlib.text import Text

    found: Sequence[Text] = figure.findobj(Text)
    needed = {c for text in found if text.get_visible() for c in text.get_text() if c.isprintable()}
    for family in families():
        found_in = font_manager.FontProperties(family=[family])
        font = font_manager.get_font(font_manager.findfont(found_in))
        needed -= {c for c in needed if font.get_char_index(ord(c))}
    return "".join(sorted(needed))
