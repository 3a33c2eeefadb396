import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from simulate.terminal.safe_text import block, line, shortened


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\x07b\x00", "a\\x07b\\x00"),
        ("\u202eevil", "\\u202eevil"),
        ("a\u200bb\ufeff", "a\\u200bb\\ufeff"),
        ("tab\there", "tab\\x09here"),
        ("line\u2028end", "line\\u2028end"),
        ("no\u00a0break", "no break"),
        ("tag\U000e0041", "tag\\U000e0041"),
        ("blank\u3164", "blank\\u3164"),
        ("café naïve Größe", "café naïve Größe"),
        ("全角と半角", "全角と半角"),
        ("[bold]x[/]", "[bold]x[/]"),
    ],
)
def test_what_is_active_or_invisible_is_written_as_an_escape(text: str, shown: str) -> None:
    assert block(text) == shown


def test_line_breaks_stay_in_a_block_and_are_shown_on_a_line() -> None:
    assert block("a\r\nb\nc") == "a\nb\nc"
    assert line("a\nb") == "a⏎b"


def test_a_carriage_return_alone_cannot_overwrite_a_line() -> None:
    assert block("good\rbad") == "good\\x0dbad"


def test_emoji_sequences_fall_apart_into_their_parts() -> None:
    assert block("👩\u200d💻 ❤\ufe0f") == "👩💻 ❤"


def test_marks_beyond_those_of_any_script_are_escaped() -> None:
    assert block("e\u0301") == "e\u0301"
    assert block("z" + "\u0301" * 50).count("\\u0301") == 47


def test_a_mark_that_stands_alone_is_escaped() -> None:
    assert block("\u0301x") == "\\u0301x"


@given(st.text())
def test_nothing_that_is_shown_is_a_control_or_a_format_character(text: str) -> None:
    assert all(c == "\n" or unicodedata.category(c)[0] != "C" for c in block(text))
    assert "\n" not in line(text)


@given(st.text())
def test_what_is_shown_stays_as_it_is_when_shown_again(text: str) -> None:
    assert block(block(text)) == block(text)


@given(st.text(), st.integers(1, 50))
def test_a_shortened_text_keeps_its_limit(text: str, limit: int) -> None:
    assert len(shortened(text, limit)) <= limit


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126)))
def test_plain_text_is_shown_unchanged(text: str) -> None:
    assert block(text) == text
    assert cell_len(line(text)) == len(text)
