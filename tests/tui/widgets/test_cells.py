from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from simulate.terminal.safe_text import block, line
from simulate.tui.widgets.cells import fitted, wrapped


@given(st.text(), st.integers(1, 40), st.booleans())
def test_a_fitted_text_takes_exactly_its_cells(text: str, width: int, right: bool) -> None:
    assert cell_len(fitted(line(text), width, right)) == width


@given(st.text(), st.integers(2, 40))
def test_no_wrapped_line_is_wider_than_the_room(text: str, width: int) -> None:
    assert all(cell_len(part) <= width for part in wrapped(block(text), width))


@given(st.lists(st.text("abcdefg", min_size=1, max_size=8), min_size=1), st.integers(8, 40))
def test_wrapping_breaks_between_words(words: list[str], width: int) -> None:
    assert " ".join(wrapped(" ".join(words), width)).split() == words


def test_a_word_that_is_too_long_is_broken() -> None:
    assert wrapped("aaaa bbbbbbbbbb", 4) == ["aaaa", "bbbb", "bbbb", "bb"]


def test_wide_characters_count_twice() -> None:
    assert wrapped("全角全角", 4) == ["全角", "全角"]
    assert fitted("全角", 3) == "全…"


def test_a_word_of_a_million_characters_is_wrapped_in_one_go() -> None:
    assert len(wrapped("x" * 1_000_000, 40)) == 25_000
