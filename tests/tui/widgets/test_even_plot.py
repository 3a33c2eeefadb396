from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from textual.app import App, ComposeResult

from simulate.tui.widgets.even_plot import COLUMNS, ROWS, EvenPlot, even_axis
from tests.tui.drive import in_loop

RANGES = st.tuples(st.floats(-1e4, 1e4), st.floats(1e-3, 1e5)).map(lambda r: (r[0], r[0] + r[1]))


@given(RANGES, st.integers(4, 200), st.sampled_from([ROWS, COLUMNS]))
def test_each_step_of_an_axis_is_as_many_cells(
    reach: tuple[float, float], size: int, apart: int
) -> None:
    low, high = reach
    axis = even_axis(low, high, size, apart)
    assert axis.high >= high - 1e-6 * (high - low)
    places = [(tick - low) / (axis.high - low) * size for tick in axis.ticks]
    assert all(abs(b - a - axis.cells) < 0.01 for a, b in pairwise(places))


@given(RANGES, st.integers(4, 200))
def test_the_labels_of_an_axis_have_as_many_decimals_and_differ(
    reach: tuple[float, float], size: int
) -> None:
    axis = even_axis(*reach, size, ROWS)
    assert len({len(label.partition(".")[2]) for label in axis.labels}) <= 1
    assert len(set(axis.labels)) == len(axis.labels)


class _Plotted(App[None]):
    def compose(self) -> ComposeResult:
        yield EvenPlot()


@in_loop
async def test_ticks_of_shares_stand_on_rows_at_equal_distances() -> None:
    for height in (13, 20, 26, 33):
        app = _Plotted()
        async with app.run_test(size=(60, height)) as pilot:
            plot = app.query_one(EvenPlot)
            plot.plot([0.0, 2.0], [0.0, 1.0])
            plot.set_xlimits(0, 2)
            plot.set_ylimits(0, 1.02)
            await pilot.pause()
            lines = [
                "".join(s.text for s in strip) for strip in app.screen._compositor.render_strips()
            ]
        rows = [i for i, text in enumerate(lines) if text[6:7].isdigit()]
        assert len(rows) >= 2
        assert len({b - a for a, b in pairwise(rows)}) == 1, lines
