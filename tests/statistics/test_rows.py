from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from simulate.errors import StatisticsError
from simulate.statistics.resampling import cluster_masses
from simulate.statistics.rows import Rows, cluster_index
from simulate.statistics.support import Support

TWO = Rows.of(
    [0, 2, 1, 1],
    shares=[0.75, 0.25, 1, 1],
    row=[0, 0, 1, 2],
    log_weights=[0, math.log(0.5), -math.inf],
    clusters=[0, 1, 1],
    strata=[0, 0, 1],
)


def test_each_value_is_a_row_and_a_cluster_of_its_own_unless_told_otherwise() -> None:
    rows = Rows.of([1, 2])
    assert (rows.n, rows.cluster_count, rows.mean) == (2, 2, 1.5)
    assert rows.weights.tolist() == [1, 1]


def test_a_distribution_counts_once_with_the_weight_of_its_row() -> None:
    assert TWO.means.tolist() == [0.5, 1, 1]
    assert TWO.value_weights.tolist() == [0.75, 0.25, 0.5, 0]
    assert TWO.mean == pytest.approx((0.5 + 0.5) / 1.5)
    assert TWO.cluster_weights.tolist() == [1, 0.5]


def test_weights_are_relative_to_the_heaviest_row_however_small_all_are() -> None:
    assert Rows.of([0, 1], log_weights=[-2000, -2000 + math.log(0.5)]).weights == pytest.approx(
        [1, 0.5]
    )
    assert Rows.of([0], log_weights=[-math.inf]).weights.tolist() == [0]


def test_a_subset_keeps_its_rows_whole_and_numbers_its_clusters_anew() -> None:
    some = TWO.subset(np.array([True, False, True]))
    assert some.values.tolist() == [0, 2, 1]
    assert some.row.tolist() == [0, 0, 1]
    assert some.clusters.tolist() == [0, 1]
    assert some.strata.tolist() == [0, 1]


def test_labels_are_numbered_in_order_of_appearance() -> None:
    assert cluster_index(["b", "a", "b"]).tolist() == [0, 1, 0]


def test_masses_of_a_cluster_sum_to_1_in_each_stratum_that_it_has_weight_in() -> None:
    masses = cluster_masses(TWO, Support.of_levels(3))
    assert masses[0].tolist() == [[0.75, 0, 0.25], [0, 1, 0]]
    assert np.isnan(masses[1]).all()


def test_there_may_be_no_row() -> None:
    assert (Rows.of([]).n, Rows.of([]).cluster_count) == (0, 0)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"values": [0, math.nan]}, "value 2 is nan"),
        ({"values": [0], "shares": [-1]}, "share 1 is -1"),
        (
            {"values": [0, 1], "shares": [0.5, 0.4], "row": [0, 0]},
            r"row 1 sum to 0\.9, and must",
        ),
        ({"values": [0, 1], "row": [0, 2]}, "rows must be numbered from 0 upwards"),
        ({"values": [0, 1], "row": [1, 0]}, "rows must be numbered from 0 upwards"),
        ({"values": [0, 1], "log_weights": [0]}, "2 rows but 1 log weights"),
        ({"values": [0], "log_weights": [math.inf]}, "log weight 1 is inf"),
        ({"values": [0, 1], "clusters": [0, 2]}, "cluster 1 has no row"),
        ({"values": [0], "clusters": [0.5]}, "whole numbers from 0"),
        ({"values": [0], "strata": [-1]}, "whole numbers from 0"),
    ],
)
def test_what_cannot_be_rows_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(StatisticsError, match=message):
        Rows.of(**given)
