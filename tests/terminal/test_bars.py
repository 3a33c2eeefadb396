from hypothesis import given
from hypothesis import strategies as st

from simulate.terminal.bars import bar


@given(st.floats(-1, 2), st.integers(0, 20))
def test_a_bar_has_always_the_same_width(share: float, width: int) -> None:
    assert len(bar(share, width)) == width


def test_a_bar_grows_in_eighths() -> None:
    assert bar(0.5, 1) == "▌"
    assert bar(1, 3) == "███"
