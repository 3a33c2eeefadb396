"""Answers in the form in which they are compared."""

from __future__ import annotations

import pytest

from simulate.measures.normalization import answer_form


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ottawa", "  ottawa.\n"),
        ("The Hague", "hague"),
        ("Brasília", "“Brasilia”"),
        ("N’Djamena", "N'Djamena!"),
        ("Washington, D.C.", "Washington DC"),
        ("1,000,000", "1000000"),
        ("forty-six", "Forty six"),
        ("−3.5", "-3.5"),
        (".5", "0.5"),
        ("-.5 %", "-0.5"),
        ("H₂O", "h2o"),
        ("zero\u200bwidth", "zerowidth"),
    ],
)
def test_one_answer_in_two_spellings_has_one_form(one: str, other: str) -> None:
    assert answer_form(one) == answer_form(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("3.14", "314"),
        ("-3", "3"),
        (".5", "5"),
        ("12,34", "1234"),
        ("Niger", "Nigeria"),
        ("Ottawa", "Not Ottawa"),
        ("Ottawa", "Ottawa or Toronto"),
        ("A", "The"),
        ("Au", "A u"),
    ],
)
def test_two_answers_have_two_forms(one: str, other: str) -> None:
    assert answer_form(one) != answer_form(other)


def test_what_has_no_letter_and_no_digit_is_no_answer() -> None:
    assert answer_form(" … ?!\u200b") == ""
