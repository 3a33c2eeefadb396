from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulate.verbalized.written_numbers import readings


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("12", [12]),
        (" -3,5 ", ["-3.5"]),
        (".5", ["0.5"]),
        ("1.5e3", [1500]),
        ("1.000", [1, 1000]),
        ("1,000", [1000, 1]),
        ("+1,250", [1250, "1.25"]),
        ("0.125", ["0.125"]),
        ("0,125", ["0.125"]),
        ("1234,567", ["1234.567"]),
        ("1.234.567", [1234567]),
        ("1,234.567", ["1234.567"]),
        ("1.234,5", ["1234.5"]),
        ("1 234 567,8", ["1234567.8"]),
        ("1\u202f234\u202f567,8", ["1234567.8"]),
        ("1'234'567.8", ["1234567.8"]),
        ("1’000", [1000]),
        ("12,34,567.8", ["1234567.8"]),
        ("１．５", ["1.5"]),
        ("٣٬٠٠٠٫٥", ["3000.5"]),
        ("−2", [-2]),
    ],
)
def test_each_way_of_writing_a_number_has_its_readings(text: str, numbers: list[object]) -> None:
    assert list(readings(text)) == [Decimal(str(number)) for number in numbers]


@pytest.mark.parametrize(
    "text",
    ["", ".", "1.2.3", "1,00,0", "1 23", "01.000.000", "1,234,5", "5²", "1e9999", "x", "9" * 61],
)
def test_what_is_no_number_has_no_reading(text: str) -> None:
    assert readings(text) == ()


@given(st.integers(0, 10**12), st.sampled_from([",.", ".,", " ,", "'."]), st.integers(1, 99))
def test_a_number_with_thousands_and_decimals_has_one_reading(
    whole: int, marks: str, part: int
) -> None:
    text = f"{whole:,}".replace(",", marks[0]) + f"{marks[1]}{part:02}"
    assert readings(text) == (Decimal(f"{whole}.{part:02}"),)
