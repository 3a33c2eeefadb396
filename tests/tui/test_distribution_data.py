from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulate.comparison import Settings
from simulate.comparison.api import compare
from simulate.reference import Variable
from simulate.runfile.run_view import RunView
from simulate.tui.distribution_data import (
    compare_sides,
    ecdf,
    histogram,
    read_sides,
    sides_of,
)


@pytest.fixture
def view(small_run: Path) -> Iterator[RunView]:
    opened = RunView(small_run)
    yield opened
    opened.close()


def test_the_distances_are_those_of_the_command(view: RunView) -> None:
    found = compare_sides(read_sides(view, "donation", sides_of(view)), Settings(draws=200))
    assert found is not None
    expected = compare(view.path, draws=200)
    assert [row.to_dict() for row in found.rows] == [row.to_dict() for row in expected.rows]


def test_an_outcome_without_a_reference_says_why_there_are_no_distances(view: RunView) -> None:
    found = read_sides(view, "pledge", sides_of(view))
    assert found.reference is None
    assert found.why_none == "the scenario names no reference for pledge"
    assert compare_sides(found) is None


@given(st.lists(st.sampled_from([0.0, 0.5, 1.0, 2.0]), min_size=1, max_size=30))
def test_a_distribution_function_rises_from_0_to_1(values: list[float]) -> None:
    x, y = ecdf(np.array(values), np.ones(len(values)), 0.0, 2.0)
    assert (y[0], y[-1]) == (0.0, 1.0)
    assert (np.diff(x) >= 0).all()
    assert (np.diff(y) >= -1e-12).all()


@given(st.lists(st.floats(0, 2), min_size=1, max_size=30))
def test_a_histogram_sums_to_1(values: list[float]) -> None:
    variable = Variable("donation", "amount", "USD", (0.0, 2.0))
    edges = variable.histogram_edges(np.array(values))
    shares = histogram(variable, np.array(values), np.ones(len(values)), edges)
    assert shares.sum() == pytest.approx(1)


def test_a_histogram_of_levels_has_a_bar_for_each() -> None:
    variable = Variable("party", "choice", levels=("left", "right", "none"))
    shares = histogram(variable, np.array([0.0, 0.0, 2.0, 2.0]), np.ones(4), np.zeros(0))
    assert shares.tolist() == [0.5, 0.0, 0.5]
