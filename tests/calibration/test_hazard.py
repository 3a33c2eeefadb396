"""The hazard of leaving, after the minimum length."""

from __future__ import annotations

import numpy as np
import pytest

from simulate.calibration.hazard import could_leave, hazard
from simulate.errors import StatisticsError
from simulate.verbalized.probability_map import LEAVING
from tests.calibration.made_forecasts import made_forecasts


def test_the_hazard_is_told_from_the_minimum_length_on() -> None:
    stays = ("stays", "leaves")
    made = made_forecasts(
        np.random.default_rng(1), people=300, turns=12, levels=stays, what=LEAVING
    )
    rows = hazard(could_leave(made, shortest=12))
    assert [row.turn for row in rows] == [10, 11]
    for row in rows:
        assert (row.human.n, row.stated.persons) == (300, 300)
        assert row.bias.interval is not None
        assert row.bias.interval[0] < row.bias.value < row.bias.interval[1]
        assert abs(row.bias.value) < 0.1
        assert row.bias.value == pytest.approx(row.stated.value - (row.human.value or 0))


def test_leaving_has_two_levels() -> None:
    with pytest.raises(StatisticsError, match="leaving has two levels"):
        hazard(made_forecasts(np.random.default_rng(1), people=2))
