"""What is said of one method's forecasts of one thing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simulate.calibration.assessment import assess, assess_texts
from simulate.calibration.forecasts import TextForecasts
from simulate.calibration.hazard import could_leave
from simulate.calibration.scores import BEFORE
from simulate.errors import StatisticsError
from tests.calibration.made_forecasts import made_forecasts, made_positions


def test_all_numbers_are_of_the_report_split_and_baselines_of_the_select_split() -> None:
    made = made_forecasts(np.random.default_rng(1), people=200)
    levels = np.where([at.split == "select" for at in made.positions], 0, made.happened)
    found = assess(replace(made, happened=levels))
    assert (found.n, found.persons, found.role) == (500, 100, "persuadee")
    skill = found.headline.skills["human marginal"]
    # It was fitted to people of whom everybody agrees, and is wrong of nearly all others.
    assert skill.value > 0.5


def test_a_forecaster_who_is_right_is_within_a_margin_and_one_who_is_too_sure_is_not() -> None:
    right = assess(made_forecasts(np.random.default_rng(2), people=400))
    sure = assess(made_forecasts(np.random.default_rng(2), people=400, temperature=3.0))
    assert right.within(0.08) is True
    assert sure.within(0.08) is False
    assert sure.reliability is not None
    assert sure.reliability.error.value > 0.1
    assert sum(sure.reliability.histogram) == 200 * 5 * 4


def test_an_outcome_is_scored_by_turn_and_before_an_amount_was_stated() -> None:
    said = np.tile([0, 0, 1], 100)
    made = made_forecasts(
        np.random.default_rng(3), people=100, turns=3, what="donation",
        levels=("0", "1", "2"), codes=[0, 1, 2], amount_stated=said,
    )  # fmt: skip
    found = assess(made)
    crps = [row.where for row in found.scores if row.score == "CRPS"]
    assert crps == ["all turns", BEFORE, "turn 0", "turn 1", "turn 2"]
    assert found.reliability is not None
    assert found.reliability.event == "more than 0"


def test_other_methods_are_baselines_and_acts_are_where_they_are_known() -> None:
    rng = np.random.default_rng(4)
    made = made_forecasts(rng, people=80)
    other = made_forecasts(rng, people=80, method="direct", answers=np.full(400, 5))
    assert set(assess(made, [other]).headline.skills) == {"human marginal", "direct"}
    acts = tuple(replace(at, previous_act="asks") for at in made.positions)
    assert "act bigram × turn" in assess(replace(made, positions=acts)).headline.skills


def test_the_hazard_is_of_leaving_alone() -> None:
    rng, stays = np.random.default_rng(5), ("stays", "leaves")
    made = made_forecasts(rng, people=60, turns=4, levels=stays, what="leaving")
    assert [row.turn for row in assess(could_leave(made, 4)).hazard] == [2, 3]
    assert assess(replace(made, what="gives")).hazard == ()


def test_texts_have_a_score_and_no_reliability() -> None:
    rng, positions = np.random.default_rng(6), made_positions(60, 2)
    said = rng.normal(size=(120, 3))

    def listed(method: str, k: int) -> TextForecasts:
        texts = [rng.normal(size=(k, 3)) for _ in range(120)]
        return TextForecasts.of(method, texts, [np.full(k, 1 / k)] * 120, said, positions)

    found = assess_texts(listed("vs", 5), [listed("multi", 4), listed("direct", 1)])
    assert (found.what, found.n, found.texts, found.within(0.1)) == ("text", 60, 4, None)
    assert set(found.headline.skills) == {"multi"}
    assert found.nearest is not None
    assert 0 < found.nearest.value < 3
    assert found.left_out == ("direct lists one text only, which has no fair energy score",)
    with pytest.raises(StatisticsError, match="direct lists one text at a time"):
        assess_texts(listed("direct", 1))


def test_fewer_than_twenty_people_are_refused() -> None:
    with pytest.raises(StatisticsError, match="act: 10 people are on the report split"):
        assess(made_forecasts(np.random.default_rng(7), people=20))
