"""Which scores fit which forecasts, over which positions."""

from __future__ import annotations

import numpy as np
import pytest

from simulate.calibration.forecasts import Forecasts, TextForecasts
from simulate.calibration.scores import LOG_SCORES, binary, level_scores, score_rows, text_scores
from simulate.statistics.scoring import energy_score
from tests.calibration.made_forecasts import made_forecasts, made_positions

LOGS = list(LOG_SCORES)


def test_each_kind_of_levels_has_its_scores() -> None:
    rng = np.random.default_rng(1)
    nominal = made_forecasts(rng, people=5)
    ordered = made_forecasts(rng, people=5, ordered=True)
    amounts = made_forecasts(rng, people=5, levels=("$0", "$1", "$2"), codes=[0, 1, 2])
    frequencies = made_forecasts(rng, people=5, answers=np.full(25, 4))
    assert list(level_scores(nominal)) == ["Brier", *LOGS]
    assert list(level_scores(ordered)) == ["Brier", "RPS", *LOGS]
    assert list(level_scores(amounts)) == ["CRPS", "Brier", *LOGS]
    assert list(level_scores(frequencies)) == ["Brier"]


def test_the_event_of_an_amount_is_that_it_is_more_than_the_lowest() -> None:
    positions = made_positions(2, 1)
    shares = [[0.5, 0.3, 0.2], [0.1, 0.1, 0.8]]
    amounts = Forecasts.of(
        "gift", "vs", ("$0", "$1", "$2"), shares, [0, 2], positions, codes=[0, 1, 2]
    )
    event = binary(amounts)
    assert event.levels == ("$0", "more than $0")
    assert event.stated.tolist() == [[0.5, 0.5], [0.1, 0.9]]
    assert event.happened.tolist() == [0, 1]


def test_scores_are_told_of_all_turns_of_those_before_an_amount_and_of_each_turn() -> None:
    rng = np.random.default_rng(2)
    after = np.tile([False, False, True], 60)
    ours = made_forecasts(rng, people=60, turns=3, amount_stated=after)
    flat = Forecasts.of(
        "act", "flat", ours.levels, np.full(ours.stated.shape, 0.25), ours.happened, ours.positions
    )
    rows = score_rows(ours, level_scores(ours), [(flat, level_scores(flat))], by_turn=True)
    brier = {row.where: row for row in rows if row.score == "Brier"}
    assert list(brier) == ["all turns", "before an amount was stated", "turn 0", "turn 1", "turn 2"]
    assert {row.where for row in rows if row.score in LOGS} == {"all turns"}
    assert (brier["all turns"].mean.n, brier["turn 1"].mean.n) == (180, 60)
    found = brier["all turns"].skills["flat"]
    assert found.interval is not None
    assert 0 < found.interval[0] < found.value


def test_many_turns_are_told_in_six_parts() -> None:
    ours = made_forecasts(np.random.default_rng(5), people=20, turns=14)
    rows = score_rows(ours, {"Brier": np.zeros(ours.n)}, [], by_turn=True)
    assert [(row.where, row.mean.n) for row in rows[1:4]] == [
        ("turn 0 to 2", 60), ("turn 3 to 5", 60), ("turn 6 to 7", 40)
    ]  # fmt: skip
    assert len(rows) == 7


def test_only_positions_that_both_methods_have_are_compared() -> None:
    rng = np.random.default_rng(3)
    ours = made_forecasts(rng, people=40)
    other = made_forecasts(rng, people=40, method="direct").taken(np.arange(0, 200, 2))
    theirs = [(other, level_scores(other))]
    (row, *_) = score_rows(ours, level_scores(ours), theirs, by_turn=False)
    assert (row.mean.n, row.skills["direct"].n) == (200, 100)


def test_texts_are_scored_with_as_many_for_each_method() -> None:
    rng = np.random.default_rng(4)
    positions = made_positions(30, 2)
    said = rng.normal(size=(60, 3))

    def listed(method: str, k: int, spread: float) -> TextForecasts:
        texts = [spread * rng.normal(size=(k, 3)) for _ in range(60)]
        return TextForecasts.of(method, texts, [np.full(k, 1 / k)] * 60, said, positions)

    methods = [listed("vs", 5, 1.0), listed("multi", 3, 3.0), listed("direct", 1, 1.0)]
    k, found = text_scores(methods, seed=1)
    assert (k, set(found)) == (3, {"vs", "multi"})
    assert found["vs"]["energy score"].mean() < found["multi"]["energy score"].mean()
    again = text_scores(methods, seed=1)[1]
    assert again["vs"]["energy score"] == pytest.approx(found["vs"]["energy score"])


def test_where_one_method_lists_fewer_texts_the_others_are_scored_with_as_few() -> None:
    rng = np.random.default_rng(5)
    said, texts = rng.normal(size=(2, 3)), rng.normal(size=(2, 3, 3))
    positions = made_positions(2, 1)
    even = [np.full(3, 1 / 3), np.full(3, 1 / 3)]
    ours = TextForecasts.of("vs", list(texts), even, said, positions)
    short = [texts[0], texts[1][:2]], [even[0], np.full(2, 1 / 2)]
    other = TextForecasts.of("multi", *short, said, positions)
    _, found = text_scores([ours, other], seed=1)
    two = [
        energy_score(even[1][None] * kept * 1.5, ours.to_truth[1:], ours.between[1:], fair=True)
        for kept in 1 - np.eye(3)
    ]
    assert found["vs"]["energy score"][0] == pytest.approx(found["multi"]["energy score"][0])
    assert min(abs(found["vs"]["energy score"][1] - each[0]) for each in two) < 1e-12
