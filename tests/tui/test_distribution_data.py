from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from simulate.comparison import Settings
from simulate.comparison.api import compare
from simulate.reference import Variable
from simulate.report.comparison_table import comparison_group
from simulate.runfile.run_view import RunView
from simulate.tui.distribution_data import (
    compare_sides,
    ecdf,
    histogram,
    read_sides,
    sides_of,
)
from tests.runfile.small_run import make_large_run


@pytest.fixture
def view(small_run: Path) -> Iterator[RunView]:
    opened = RunView(small_run)
    yield opened
    opened.close()


def test_the_distances_are_those_of_the_command(view: RunView) -> None:
    *_, read = read_sides(view, "donation", sides_of(view, "donation"))
    *_, found = compare_sides(read, Settings(draws=200))
    expected = compare(view.path, draws=200)
    assert [row.to_dict() for row in found.rows] == [row.to_dict() for row in expected.rows]


def test_an_outcome_without_a_reference_says_why_there_are_no_distances(view: RunView) -> None:
    *_, found = read_sides(view, "pledge", sides_of(view, "pledge"))
    assert found.reference is None
    assert found.why_none == "the scenario names no human data"
    assert list(compare_sides(found)) == []


def test_a_long_run_shows_what_is_read_of_it_so_far(tmp_path: Path) -> None:
    long = RunView(make_large_run(tmp_path / "long.db", 5000))
    read = [s.samples for s in read_sides(long, "donation", sides_of(long, "donation"))]
    long.close()
    dialogues = [sum(each.n + each.failed for each in samples) for samples in read]
    assert dialogues[-1] == 5000
    assert [round(sum(s.n for s in samples), -3) for samples in read[:3]] == [1000, 2000, 4000]
    assert read[0][0].notes == ("read 1,000 of 5,000 dialogues so far",)


def test_what_is_not_computed_yet_is_marked_and_has_no_p(view: RunView) -> None:
    *_, read = read_sides(view, "donation", sides_of(view, "donation"))
    first, floors, *others, last = compare_sides(read, Settings(draws=200))
    assert [each.partial for each in (first, floors, *others)] == [True] * (2 + len(others))
    console = Console(width=120, file=StringIO(), record=True)
    console.print(comparison_group(first, 120))
    assert "…" in console.export_text()
    assert not last.partial
    assert [row.mean for row in first.samples] == [row.mean for row in last.samples]
    early = [row.distances["d2"] for row in floors.samples]
    assert [d.value for d in early] == [r.distances["d2"].value for r in last.samples]
    assert [d.floor for d in early] == [r.distances["d2"].floor for r in last.samples]
    assert {d.p for d in early} == {None}


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
