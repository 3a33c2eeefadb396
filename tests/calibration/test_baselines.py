"""Baselines are fitted to some people and stated of others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simulate.calibration.baselines import PRIOR, act_bigram, human_marginal
from simulate.calibration.forecasts import Forecasts, Position
from simulate.errors import StatisticsError
from simulate.statistics.scoring import brier
from tests.calibration.made_forecasts import drawn, made_positions


def _said(before: list[str], turns: list[int], happened: list[int]) -> Forecasts:
    n = len(before)
    at = [
        Position(f"d{i}", f"d{i}", turn, "x", "select", previous_act=act)
        for i, (act, turn) in enumerate(zip(before, turns, strict=True))
    ]
    return Forecasts.of("act", "vs", ("yes", "no"), np.full((n, 2), 0.5), happened, at)


def test_the_human_marginal_is_how_often_each_level_came_true() -> None:
    known = _said(["a", "a", "b", "b"], [1, 1, 1, 1], [0, 0, 0, 1])
    found = human_marginal(known, _said(["c", "a"], [9, 1], [1, 1]))
    assert found.stated.tolist() == [[0.75, 0.25]] * 2
    assert (found.method, found.happened.tolist()) == ("human marginal", [1, 1])


def test_the_bigram_backs_off_from_act_and_turn_to_the_act_to_the_marginal() -> None:
    known = _said(["a", "a", "b", "b"], [1, 3, 1, 1], [0, 0, 0, 1])
    found = act_bigram(known, _said(["a", "a", "c"], [3, 7, 1], [0, 0, 0])).stated[:, 0]
    after_a = (2 + PRIOR * 0.75) / (2 + PRIOR)
    in_turn = (1 + PRIOR * after_a) / (1 + PRIOR)
    assert found == pytest.approx([in_turn, after_a, 0.75])


def test_the_bigram_beats_the_marginal_where_acts_follow_from_acts() -> None:
    rng, chain = np.random.default_rng(1), np.array([[0.8, 0.2], [0.1, 0.9]])
    before = rng.integers(2, size=2000)
    at = [
        replace(position, previous_act=str(act))
        for position, act in zip(made_positions(400, 5), before, strict=True)
    ]
    happened = drawn(chain[before], rng)
    known = Forecasts.of("act", "vs", ("yes", "no"), np.full((2000, 2), 0.5), happened, at)
    wanted = known.of_split("report")
    scores = [
        brier(fitted.stated, fitted.happened).mean()
        for fit in (human_marginal, act_bigram)
        for fitted in (fit(known.of_split("select"), wanted),)
    ]
    assert scores[1] < scores[0] - 0.1


def test_a_baseline_needs_people_to_be_fitted_to() -> None:
    known = _said(["a"], [1], [0])
    nobody = replace(known.of_split("report"))
    for fit in (human_marginal, act_bigram):
        with pytest.raises(StatisticsError, match="nobody to fit a baseline to"):
            fit(nobody, known)
