"""Numbers and p-values as readers see them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import simulate
from simulate.terminal.numbers import number, ordinal, p_text, probability, signed


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "–"),
        (0.0, ".000"),
        (-2.5e-17, ".000"),
        (-0.0004, ".000"),
        (-0.12, "-.120"),
        (1.0, "1.000"),
        (12345.67, "12345.7"),
        (1e308, "1e+308"),
    ],
)
def test_a_number_has_no_sign_where_it_is_0_and_never_fills_the_line(
    value: float | None, shown: str
) -> None:
    assert number(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.12, "+.120"), (-0.12, "-.120"), (2e-17, ".000"), (-2e-17, ".000"), (10.0, "+10.000")],
)
def test_a_difference_has_its_sign(value: float, shown: str) -> None:
    assert signed(value) == shown


def test_the_adjusted_p_stands_behind_the_one_that_the_interval_agrees_with() -> None:
    assert p_text(0.04, adjusted=0.08) == "p = .040 (.080)"
    assert p_text(0.04, adjusted=0.04) == "p = .040"
    assert p_text(0.0005, at_most=True, adjusted=0.001) == "p ≤ .0005 (≤ .0010)"
    assert p_text(0.00001, adjusted=0.04) == "p < .0001 (.040)"
    assert p_text(0.001, adjusted=0.002, adjusted_at_most=True) == "p = .0010 (≤ .0020)"


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "–"), (0, ".000"), (0.0312, ".031"), (0.000176, ".00018"), (1.36e-7, "1.4e-07")],
)
def test_a_small_probability_is_no_zero(value: float | None, shown: str) -> None:
    assert probability(value) == shown


def test_no_p_value_is_written_by_hand() -> None:
    by_hand = re.compile(r"\bp(?:-value)? ?[=<≤] ?\{|[._]p(?:_holm|_value)?:[.,\d]")
    home = Path(simulate.__file__).parent
    found = [
        f"{path.relative_to(home)}: {line.strip()}"
        for path in home.rglob("*.py")
        if path.name != "numbers.py"
        for line in path.read_text().splitlines()
        if by_hand.search(line)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("place", "shown"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (11, "11th"), (23, "23rd"), (1112, "1,112th")],
)
def test_a_place_in_an_order_is_written_with_its_ending(place: int, shown: str) -> None:
    assert ordinal(place) == shown
