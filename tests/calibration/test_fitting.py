"""Maps are fitted to some people and judged on others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simulate.calibration.fitting import (
    best_temperature,
    fit_isotonic,
    fit_temperature,
    judged,
    mapped,
)
from simulate.errors import StatisticsError
from simulate.verbalized.probability_map import FittedTo
from tests.calibration.made_forecasts import made_forecasts
from tests.verbalized.test_probability_map import FITTED

WHOM = FittedTo.model_validate(FITTED)


def test_a_known_temperature_is_recovered_and_its_interval_covers() -> None:
    rng, times, covered, logs = np.random.default_rng(1), 250, 0, []
    for _ in range(times):
        made = made_forecasts(rng, people=60, temperature=2.0)
        found, interval = best_temperature(made)
        assert interval is not None
        covered += interval[0] <= 2.0 <= interval[1]
        logs.append(np.log(found))
    assert covered / times >= 0.92
    assert abs(np.mean(logs) - np.log(2)) < 0.3 * np.std(logs)


def test_the_map_of_a_forecaster_who_is_too_sure_helps_other_people() -> None:
    made = made_forecasts(np.random.default_rng(2), people=300, temperature=2.0)
    fitted = fit_temperature(made.of_split("select"), WHOM, "0.1")
    found = judged(fitted, made.of_split("report"))
    assert found.temperature == pytest.approx(2.0, rel=0.2)
    assert found.judged is not None
    assert found.judged.helps
    assert found.judged.persons == 150
    assert mapped(made, found).sum(axis=1) == pytest.approx(1)


def test_the_map_of_a_forecaster_who_is_right_does_not_and_says_so() -> None:
    made = made_forecasts(np.random.default_rng(3), people=200)
    fitted = fit_temperature(made.of_split("select"), WHOM, "0.1")
    found = judged(fitted, made.of_split("report"))
    assert "not shown to lower" in found.told


def test_an_isotonic_map_finds_the_curve_of_an_event() -> None:
    rng = np.random.default_rng(4)
    two = made_forecasts(rng, people=800, temperature=0.5, levels=("stays", "leaves"))
    found = judged(fit_isotonic(two.of_split("select"), WHOM, "0.1"), two.of_split("report"))
    assert (found.event, found.opposite) == ("leaves", "stays")
    stated = np.array([0.3, 0.5, 0.7])
    truth = stated**2 / (stated**2 + (1 - stated) ** 2)
    assert found.probability(stated) == pytest.approx(truth, abs=0.12)
    assert found.judged is not None
    assert found.judged.helps


def test_of_an_amount_the_event_is_that_it_is_more_than_the_lowest() -> None:
    rng = np.random.default_rng(5)
    amounts = made_forecasts(rng, people=50, levels=("$0", "$1", "$2"), codes=[0, 1, 2])
    found = fit_isotonic(amounts, WHOM, "0.1")
    assert (found.event, found.above) == (None, 0.0)
    after = mapped(amounts, found)
    assert 1 - after[:, 0] == pytest.approx(found.probability(1 - amounts.stated[:, 0]))
    crossed = after[:, 1] * amounts.stated[:, 2], after[:, 2] * amounts.stated[:, 1]
    assert crossed[0] == pytest.approx(crossed[1])


def test_a_map_is_judged_as_it_is_applied_also_to_who_was_sure() -> None:
    two = made_forecasts(np.random.default_rng(7), people=60, levels=("stays", "leaves"))
    sure = replace(two, stated=np.tile([0.0, 1.0], (two.n, 1)))
    found = judged(fit_isotonic(sure.of_split("select"), WHOM, "0.1"), sure.of_split("report"))
    (share,) = found.probability(np.ones(1))
    assert share < 0.7
    assert mapped(sure, found)[0] == pytest.approx([1 - share, share])
    assert found.judged is not None
    assert found.judged.helps


def test_what_has_no_event_or_nobody_gets_no_map() -> None:
    made = made_forecasts(np.random.default_rng(6), people=4)
    with pytest.raises(StatisticsError, match="act has 4 levels: an isotonic map is of one event"):
        fit_isotonic(made, WHOM, "0.1")
    with pytest.raises(StatisticsError, match="nobody is there to fit a map to"):
        fit_temperature(made.taken(np.zeros(0, np.int64)), WHOM, "0.1")
    assert best_temperature(made)[1] is None
