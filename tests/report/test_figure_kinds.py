"""Every kind of figure at print size: legible, nothing cut, nothing over another, the same bytes.

Its structure stands on file. After a change that is meant, write it anew:
`SIMULATE_SNAPSHOTS=write pytest tests/report/test_figure_kinds.py -m "slow or not slow"`,
and look at the figures.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from simulate.errors import InputError
from simulate.notebook import Width
from simulate.report import plotting
from simulate.report.plotting import COLOURS, figure_class, without_font, write_figure
from tests.report.figure_checks import problems
from tests.report.made_figures import EXTREME, MADE, hostile, levelled, plain
from tests.snapshots import as_on_file
from tests.svg_structure import structure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SNAPSHOTS = Path(__file__).parent / "snapshots"
WIDTHS: list[Any] = ["column", pytest.param("page", marks=pytest.mark.slow)]


@pytest.fixture(scope="module", params=WIDTHS)
def width(request: pytest.FixtureRequest) -> Width:
    found: Width = request.param
    return found


@pytest.fixture(scope="module", params=MADE)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def figure(kind: str, width: Width) -> Figure:
    return MADE[kind](plain, width)


def svg(figure: Figure) -> str:
    file = io.BytesIO()
    figure.savefig(file, format="svg")
    return file.getvalue().decode()


def test_the_structure_of_a_figure_is_that_on_file(figure: Figure, kind: str, width: Width) -> None:
    as_on_file(SNAPSHOTS / f"{kind}-{width}.txt", structure(svg(figure)))


def test_a_figure_can_be_printed(figure: Figure, width: Width) -> None:
    assert problems(figure, width) == []


def test_a_figure_is_shown_on_white_also_on_a_dark_page(figure: Figure) -> None:
    assert figure.get_facecolor() == (1, 1, 1, 1)
    assert isinstance(figure, figure_class())


def test_a_figure_can_be_read_alone(figure: Figure) -> None:
    assert len(figure.get_suptitle().split()) > 4
    axes = [ax for ax in figure.axes if ax.get_visible() and ax.axison]
    assert any(ax.get_xlabel() for ax in axes)


@pytest.mark.slow
@pytest.mark.parametrize("kind", EXTREME)
def test_long_hostile_names_and_very_much_fit_as_well(kind: str, width: Width) -> None:
    from matplotlib.text import Text

    figure = EXTREME[kind](hostile, width)
    assert problems(figure, width) == []
    assert not [text for text in figure.findobj(Text) if "\x1b" in text.get_text()]


def test_hostile_names_are_drawn_as_they_are_and_without_a_warning(tmp_path: Path) -> None:
    figure = MADE["effects"](hostile, "column")
    assert problems(figure, "column") == []
    for ending in plotting.ENDINGS:
        assert write_figure(figure, tmp_path / f"a.{ending}").stat().st_size > 1000
    assert "$x_{1}$ tone 0" in svg(figure)


def test_characters_that_no_font_has_are_told() -> None:
    assert without_font(MADE["replies"](plain, "page")) == ""
    assert (
        without_font(MADE["replies"](lambda name: f"{name} \U00016800", "column")) == "\U00016800"
    )


def test_a_figure_is_the_same_bytes_each_time(tmp_path: Path) -> None:
    first, second = (
        [write_figure(figure, tmp_path / f"a.{each}").read_bytes() for each in plotting.ENDINGS]
        for figure in (MADE["stress"](plain, "column") for _ in range(2))
    )
    assert first == second


def test_text_stays_text_and_a_picture_has_300_dots_an_inch(tmp_path: Path) -> None:
    figure = MADE["replies"](plain, "column")
    assert "<text" in svg(figure)
    picture = write_figure(figure, tmp_path / "a.png").read_bytes()
    assert int.from_bytes(picture[16:20], "big") == round(300 * 3.3)
    assert b"/Font" in write_figure(figure, tmp_path / "a.pdf").read_bytes()


def test_the_style_can_be_used_for_figures_of_ones_own() -> None:
    import matplotlib as mpl
    from matplotlib import style

    with mpl.rc_context(), style.context("simulate.report.simulate"):
        cycle = mpl.rcParams["axes.prop_cycle"].by_key()
    assert cycle["color"] == list(COLOURS)
    assert cycle["linestyle"] == list(plotting.STYLES)


def test_another_width_is_refused() -> None:
    with pytest.raises(InputError, match="width “wide”: a figure is as wide as a column or a page"):
        levelled(plain, 5).plot(width="wide")  # type: ignore[arg-type]
