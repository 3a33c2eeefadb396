"""Rare events: drawn tail-first and weighed back, held against trees whose every path is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import simulate
from simulate.statistics.importance import WeightedMean, weighted_mean
from simulate.statistics.rows import Rows
from simulate.verbalized import DrawSettings
from tests.enumerated import nine_paths, path_of, seldom

TAIL_FIRST = DrawSettings("tail-first")


def estimates(low: float, draw: DrawSettings, n: int, trials: int) -> list[WeightedMean]:
    tree, rng = seldom(low), np.random.default_rng(7)
    drawn = (tree.draw(n, rng, draw) for _ in range(trials))
    return [
        weighted_mean(Rows.of(each.means, log_weights=each.log_weights), share=True)
        for each in drawn
    ]


@pytest.mark.parametrize("low", [0.05, 0.1])
def test_the_interval_of_a_rare_event_covers_and_the_estimate_is_unbiased(low: float) -> None:
    truth, trials = seldom(low).expectation(), 400
    found = [each for each in estimates(low, TAIL_FIRST, 200, trials) if each.value is not None]
    assert len(found) > 0.9 * trials
    values = np.array([each.value for each in found])
    assert abs(values.mean() - truth) < (0.1 + 2 / trials**0.5) * values.std()
    intervals = [each.interval for each in found if each.interval is not None]
    assert np.mean([low <= truth <= high for low, high in intervals]) >= 0.92


def test_it_takes_a_tenth_of_the_calls() -> None:
    tail, plain = (
        np.std([each.value or 0.0 for each in estimates(0.1, draw, 500, 200)])
        for draw in (TAIL_FIRST, DrawSettings())
    )
    assert plain**2 / tail**2 > 8  # 12 by the closed form; here it varies


def test_without_a_hit_the_upper_end_is_that_of_half_the_dialogues() -> None:
    n, rng = 300, np.random.default_rng(1)
    drawn = seldom().draw(n, rng, TAIL_FIRST)
    rows = Rows.of(np.zeros(n), log_weights=drawn.log_weights)
    low, high = weighted_mean(rows, share=True).interval or (np.nan, np.nan)
    assert low == 0
    assert 3.7 / n < high < 7.7 / n


def test_a_run_that_was_drawn_tail_first_says_what_the_model_states(tmp_path: Path) -> None:
    tree, out = nine_paths(), tmp_path / "a.db"
    scenario = tree.scenario(method={"draw": "tail-first"})
    simulate.run_sync(scenario, n=100, model=tree.model(), out=out)
    found = simulate.reweigh(out, event="gift >= 2")
    with simulate.open_run(out) as file:
        paths = [path_of([turn.text for turn in each.turns]) for each in file.read()]
    weights = [tree.chance(path) / tree.chance(path, TAIL_FIRST) for path in paths]
    by_hand = np.average([tree.mean(path) / 2 for path in paths], weights=weights)
    row = found.row("all")
    assert row.mean.value == pytest.approx(by_hand)
    assert row.mean.interval is not None
    assert row.mean.interval[0] < tree.expectation() / 2 < row.mean.interval[1]
    assert "a probability as stated by the model" in found.sentence
    assert "not listed counts 0" in found.to_dict()["of"]
