"""The small histogram of humans and cells."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulate.comparison.sample import Sample
from simulate.comparison.small_histogram import MOST_BARS, small_histogram
from simulate.reference import Reference, Variable

AMOUNT = Variable("gift", "amount", "USD", (0.0, 2.0))


def bars(variable: Variable, codes: list[float]) -> dict[str, float]:
    found = small_histogram(variable, None, [Sample.of("a", codes)])
    assert found is not None
    return dict(zip(found.bars, found.groups[0].shares, strict=True))


def test_nothing_is_a_bar_of_its_own_beside_ranges_that_begin_where_they_say() -> None:
    codes = [0.0, 0.0, 0.3, 0.5, 0.7, 0.99, 1.0, 2.0]
    expected = {"0": 2, "above 0": 1, "from .5": 3, "from 1": 1, "from 1.5": 1}
    assert bars(AMOUNT, codes) == pytest.approx({k: n / 8 for k, n in expected.items()})


def test_few_whole_numbers_have_a_bar_each() -> None:
    assert bars(Variable("calls", "count"), [1, 1, 4]) == pytest.approx({"1": 2 / 3, "4": 1 / 3})


def test_many_whole_numbers_are_ranges_that_name_both_ends() -> None:
    variable = Variable("age", "count", None, (18, 77))
    assert list(bars(variable, [18.0, 37.0, 38.0, 40.0, 50.0, 60.0, 77.0])) == [
        "18 to 37",
        "38 to 57",
        "58 to 77",
    ]


def test_levels_keep_their_order_and_those_that_nobody_takes() -> None:
    variable = Variable("how", "ordinal", levels=("never", "at times", "always"))
    assert bars(variable, [2, 2]) == {"never": 0, "at times": 0, "always": 1}


def test_of_many_words_the_commonest_have_a_bar_and_the_others_one_together() -> None:
    words = tuple(f"w{i}" for i in range(20))
    variable = Variable("word", "choice", levels=words)
    found = bars(variable, [3, 3, 3, 9, 9, 9, 1, 1, 5, 5, 7, 7, 8])
    assert list(found) == ["w1", "w3", "w5", "w7", "w9", "15 others"]
    assert found["15 others"] == pytest.approx(1 / 13)


def test_humans_come_first_and_are_counted_by_their_shares() -> None:
    humans = Reference("people", AMOUNT, np.array([0.0, 2.0]), np.array([3, 1]))
    found = small_histogram(AMOUNT, humans, [Sample.of("a", [2.0])])
    assert found is not None
    assert [(g.name, g.n, g.mean) for g in found.groups] == [("humans", 4, 0.5), ("a", 1, 2.0)]
    assert found.groups[0].shares == (0.75, 0.25)


def test_without_a_value_there_is_no_histogram() -> None:
    assert small_histogram(AMOUNT, None, []) is None


@settings(derandomize=True, max_examples=150)
@given(
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40),
    st.sampled_from(["amount", "count"]),
)
def test_shares_sum_to_1_over_few_bars_whatever_the_numbers(codes: list[float], kind: str) -> None:
    whole = [float(int(code)) for code in codes] if kind == "count" else codes
    found = bars(Variable("x", kind), whole)
    assert sum(found.values()) == pytest.approx(1)
    assert 1 <= len(found) <= MOST_BARS
