"""Raking: margins are met, associations stay, and what cannot be met is told."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulate.statistics.raking import rake

ROWS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1)), min_size=10, max_size=60)


@settings(deadline=None)
@given(ROWS, st.lists(st.floats(0.1, 1), min_size=5, max_size=5))
def test_margins_are_met_where_every_combination_has_somebody(
    rows: list[tuple[int, int]], shares: list[float]
) -> None:
    rows = rows + [(i, j) for i in range(3) for j in range(2)]
    groups = [np.array([row[i] for row in rows]) for i in range(2)]
    targets = [np.array(part) / sum(part) for part in (shares[:3], shares[3:])]
    found = rake(np.ones(len(rows)), groups, targets)
    assert found.missed < 1e-8
    assert found.weights.sum() == pytest.approx(len(rows))
    for group, target in zip(groups, targets, strict=True):
        assert np.bincount(group, found.weights) / len(rows) == pytest.approx(target, abs=1e-7)


def test_the_odds_ratio_of_two_attributes_stays() -> None:
    cells = np.array([[30, 10], [20, 40]])
    rows = [(i, j) for i in range(2) for j in range(2) for _ in range(cells[i, j])]
    groups = [np.array([row[i] for row in rows]) for i in range(2)]
    weights = rake(np.ones(100), groups, [np.array([0.7, 0.3]), np.array([0.4, 0.6])]).weights
    table = np.zeros((2, 2))
    np.add.at(table, (groups[0], groups[1]), weights)
    assert table[0, 0] * table[1, 1] / table[0, 1] / table[1, 0] == pytest.approx(6)


def test_one_margin_is_post_stratification() -> None:
    found = rake(np.array([1.0, 1.0, 2.0]), [np.array([0, 0, 1])], [np.array([0.8, 0.2])])
    assert found.weights == pytest.approx([1.6, 1.6, 0.8])


def test_margins_that_contradict_each_other_are_told_by_what_they_miss() -> None:
    groups = [np.array([0, 0, 1, 1]), np.array([0, 0, 1, 1])]
    found = rake(np.ones(4), groups, [np.array([0.5, 0.5]), np.array([0.9, 0.1])])
    assert found.missed > 0.1
