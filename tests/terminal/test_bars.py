from hypothesis import given
from hypothesis import strategies as st

from simulate.terminal.bars import bar, sparkline


@given(st.floats(-1, 2), st.integers(0, 20))
def test_a_bar_has_always_the_same_width(share: float, width: int) -> None:
    assert len(bar(share, width)) == width


def test_a_bar_grows_in_eighths() -> None:
    assert bar(0.5, 1) == "▌"
    assert bar(1, 3) == "███"


@given(st.lists(st.floats(0, 9)), st.integers(1, 30))
def test_a_line_of_small_bars_has_at_most_so_many(values: list[float], most: int) -> None:
    assert len(sparkline(values, 1.0, 5.0, most)) <= min(most, len(values))


def test_a_line_of_small_bars_goes_from_low_to_high() -> None:
    assert sparkline([1, 3, 5], 1.0, 5.0) == "▁▅█"
    assert sparkline([1, 1], 1.0, 1.0) == "▁▁"
