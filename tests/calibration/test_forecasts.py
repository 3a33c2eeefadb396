"""Forecasts are checked where they are made, and paired by what they forecast."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from simulate.calibration.forecasts import NONE, Forecasts, Position, TextForecasts, paired
from simulate.errors import StatisticsError

POSITIONS = (
    Position("ann", "d1", 1, "persuadee", "select", traits={"age": 30}),
    Position("ann", "d1", 3, "persuadee", "select", amount_stated=True),
    Position("bob", "d2", 1, "persuadee", "report"),
)


def forecasts(**changed: Any) -> Forecasts:
    given: dict[str, Any] = {
        "what": "act",
        "method": "vs",
        "levels": ("agrees", "declines", NONE),
        "stated": [[0.5, 0.3, 0.2], [1, 0, 0], [0.2, 0.2, 0.6]],
        "happened": [0, 1, 2],
        "positions": POSITIONS,
    }
    return Forecasts.of(**given | changed)


def test_rows_keep_their_positions_and_those_of_a_person_are_a_cluster() -> None:
    assert forecasts().clusters.tolist() == [0, 0, 1]
    two = forecasts().taken(np.array([2, 1]))
    assert (two.positions, two.turns.tolist()) == ((POSITIONS[2], POSITIONS[1]), [1, 3])
    assert (two.happened.tolist(), two.persons) == ([2, 1], 2)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"levels": ("agrees", NONE, "declines")}, "must be the last level"),
        ({"levels": ("agrees", "agrees", NONE)}, "different levels"),
        ({"stated": [[0.5, 0.3, 0.2], [1, 0.1, 0], [0.2, 0.2, 0.6]]}, "forecast 2 of vs"),
        ({"stated": [[0.5, 0.3, 0.2], [1, 0, 0], [np.nan, 0.4, 0.6]]}, "forecast 3 of vs"),
        ({"happened": [0, 1, 3]}, "one of 3 levels"),
        ({"happened": [0, 1]}, "3 positions but 2 levels that came true"),
        ({"codes": [0, 2, 1]}, "numbers that ascend"),
        ({"answers": [1, 0, 2]}, "one answer or more"),
    ],
)
def test_forecasts_that_cannot_be_are_refused(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(StatisticsError, match=message):
        forecasts(**changed)


def test_a_split_holds_the_forecasts_of_its_people() -> None:
    report = forecasts(answers=[3, 4, 5]).of_split("report")
    assert (report.n, report.happened.tolist()) == (1, [2])
    assert report.answers is not None
    assert report.answers.tolist() == [5]


def test_forecasts_of_two_methods_are_paired_by_dialogue_turn_and_role() -> None:
    other = forecasts(method="direct").taken(np.array([2, 0]))
    mine, theirs = paired(forecasts(), other)
    assert mine.tolist() == [0, 2]
    assert theirs.tolist() == [1, 0]


def test_texts_are_kept_as_their_distances() -> None:
    found = TextForecasts.of(
        "vs",
        [[[0.0, 0.0], [3.0, 4.0]], [[1.0, 0.0]], [[0.0, 0.0]]],
        [[0.25, 0.75], [1.0], [1.0]],
        [[0.0, 0.0], [1.0, 1.0], [0.0, 2.0]],
        POSITIONS,
    )
    assert found.to_truth[0].tolist() == [0, 5]
    assert found.between[0, 0, 1] == 5
    assert found.to_truth[1, 0] == 1
    assert np.isnan(found.to_truth[1, 1])
    assert found.weights[1].tolist() == [1, 0]
    assert found.taken(np.array([2])).n == 1
    with pytest.raises(StatisticsError, match="weights of forecast 1 must sum to 1"):
        TextForecasts.of("vs", [[[0.0]]] * 3, [[0.5]] * 3, np.zeros((3, 1)), POSITIONS)
