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
