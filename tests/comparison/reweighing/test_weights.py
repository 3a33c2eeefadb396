from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from simulate.comparison.reweighing.rule import AS_STATED, TurnRule, turn_rule
from simulate.comparison.reweighing.weights import Obstacle, Weight, draw_weight, turns_weight
from simulate.errors import StatisticsError
from simulate.runfile import Turn
from simulate.scenario import Scenario
from simulate.verbalized import Candidate, DrawSettings, RecordedDraw, ReplyDistribution
from simulate.verbalized.draws import recorded, tail_draw

UNIFORM, MODE = TurnRule(DrawSettings("uniform")), TurnRule(DrawSettings("mode"))


def drawn(
    stated: list[float], chosen: int, settings: DrawSettings | None = None, what: str = "reply"
) -> RecordedDraw:
    texts = tuple(Candidate(f"reply {i}", p) for i, p in enumerate(stated))
    distribution = ReplyDistribution.from_probabilities(texts)
    return replace(recorded(distribution, settings or DrawSettings(), what, 0.5), chosen=chosen)


def test_the_weight_is_the_ratio_of_the_chances() -> None:
    found = draw_weight(drawn([0.6, 0.3, 0.1], 2), UNIFORM, "turn 1")
    assert found.log == pytest.approx(math.log(1 / 3 / 0.1))
    assert found.log_square == pytest.approx(math.log((1 / 0.6 + 1 / 0.3 + 1 / 0.1) / 9))


def test_what_was_drawn_by_the_rule_weighs_1() -> None:
    assert draw_weight(drawn([0.6, 0.4], 1), AS_STATED, "") == Weight()
    same = draw_weight(drawn([0.6, 0.4], 1, DrawSettings("uniform")), UNIFORM, "")
    assert (same.log, same.log_square) == pytest.approx((0, 0))


def test_the_way_back_to_the_stated_probabilities_is_that_of_the_draw() -> None:
    draw = drawn([0.6, 0.3, 0.1], 1, DrawSettings(temper=2, mix=0.1))
    assert draw_weight(draw, AS_STATED, "").log == pytest.approx(draw.log_weight)


def test_candidates_of_one_text_are_one() -> None:
    texts = (Candidate("yes", 0.5), Candidate("no", 0.3), Candidate("yes", 0.2))
    draw = recorded(ReplyDistribution.from_probabilities(texts), DrawSettings(), "reply", 0.0)
    assert draw_weight(draw, UNIFORM, "").log == pytest.approx(math.log(2 / 3 / 0.7))


@pytest.mark.parametrize(
    ("draw", "rule", "reason"),
    [
        (drawn([0.6, 0.4], 0, DrawSettings("mode")), AS_STATED, "never drawn"),
        (drawn([1.0, 0.0], 0), UNIFORM, "never drawn"),
        (drawn([0.6, 0.4], 0), TurnRule(DrawSettings(), below=0.2), "no candidate"),
    ],
)
def test_what_no_weight_leads_to_says_why(draw: RecordedDraw, rule: TurnRule, reason: str) -> None:
    assert draw_weight(draw, rule, "turn 3").obstacle == Obstacle(reason, "turn 3")  # type: ignore[arg-type]


def test_what_the_rule_never_draws_weighs_nothing() -> None:
    assert draw_weight(drawn([0.6, 0.4], 1), MODE, "").log == -math.inf
    assert draw_weight(drawn([0.6, 0.4], 0, DrawSettings("mode")), MODE, "") == Weight()
    below = TurnRule(DrawSettings("uniform"), below=0.35)
    assert draw_weight(drawn([0.4, 0.3, 0.3], 0), below, "").log == -math.inf
    assert draw_weight(drawn([0.4, 0.3, 0.3], 1), below, "").log == pytest.approx(
        math.log(0.5 / 0.3)
    )


def test_a_probability_of_0_that_was_drawn_weighs_nothing() -> None:
    draw = drawn([1.0, 0.0], 1, DrawSettings("uniform"))
    assert draw_weight(draw, AS_STATED, "").log == -math.inf


def talk(**method: object) -> Scenario:
    return Scenario.model_validate(
        {
            "scenario": "talk",
            "speakers": {
                "bot": {"plays": "assistant"},
                "ada": {"plays": "user", "method": method or {"name": "vs"}},
            },
        }
    )


def said(index: int, *draws: RecordedDraw, speaker: str = "ada") -> Turn:
    return Turn(index, speaker, "…", draws=draws)


def test_turns_multiply_and_those_of_others_count_nothing() -> None:
    (cell,) = talk().cells()
    turns = [
        said(0, speaker="bot"),
        said(1, drawn([0.6, 0.4], 1)),
        Turn(2, "ada", "given", given=True),
        said(3, tail_draw(0.2, 0.9), drawn([0.8, 0.2], 0)),
    ]
    found = turns_weight(turns, cell, UNIFORM)
    assert found.log == pytest.approx(math.log(0.5 / 0.4 * 1 / 0.8 * 0.5 / 0.8))


def test_a_turn_from_the_tail_is_none_under_any_rule() -> None:
    (cell,) = talk().cells()
    turns = [said(1, tail_draw(0.2, 0.1), drawn([0.5, 0.5], 0)), said(3, drawn([1.0, 0.0], 0))]
    # What would come after it is not asked: the rule never gets there.
    assert turns_weight(turns, cell, UNIFORM).log == -math.inf


def test_a_part_that_is_drawn_once_counts_once() -> None:
    parts = {"a": {"weight": 1, "method": "vs"}, "b": {"weight": 3, "method": "vs"}}
    (cell,) = talk(name="mixture", parts=parts).cells()
    distribution = ReplyDistribution.from_probabilities(
        (Candidate("a", 0.25), Candidate("b", 0.75))
    )
    part = replace(recorded(distribution, DrawSettings(), "part", 0.1), flattened=np.full(2, 0.5))
    turns = [said(1, part, drawn([1.0], 0)), said(3, part, drawn([1.0], 0))]
    assert turns_weight(turns, cell, UNIFORM).log == pytest.approx(math.log(0.25 / 0.5))


def test_a_method_that_gives_one_reply_kept_no_distribution() -> None:
    (cell,) = talk(name="cot").cells()
    found = turns_weight([said(1)], cell, UNIFORM).obstacle
    assert found == Obstacle("kept no distribution", "turn 1", "cot")
    parts = {"a": {"weight": 1, "method": "vs"}, "b": {"weight": 1, "method": "direct"}}
    (cell,) = talk(name="mixture", parts=parts).cells()
    stated = ReplyDistribution.from_probabilities((Candidate("a", 0.5), Candidate("b", 0.5)))
    part = recorded(stated, DrawSettings(), "part", 0.9)
    found = turns_weight([said(1, part, drawn([1.0], 0))], cell, UNIFORM).obstacle
    assert found == Obstacle("kept no distribution", "turn 1", "direct")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"draw": "best"}, "draw must be probability, uniform or mode"),
        ({"draw": "uniform", "temper": 2.0}, "leave one of them out"),
        ({"temper": 0.0}, "temper must be a finite number > 0"),
        ({"below": 1.5}, "below must lie in (0, 1], got 1.5"),
    ],
)
def test_a_rule_that_is_none_is_refused(options: dict[str, object], told: str) -> None:
    with pytest.raises(StatisticsError) as error:
        turn_rule(**options)  # type: ignore[arg-type]
    assert told in str(error.value)


def test_a_rule_is_told_in_words() -> None:
    assert turn_rule() is None
    assert AS_STATED.words == "as stated"
    assert UNIFORM.words == "uniform"
    found = turn_rule(temper=2, below=0.1)
    assert found is not None
    assert found.words == "by probability, tempered by 2, only candidates below 0.1"


def test_a_chance_next_to_nothing_has_a_weight_all_the_same() -> None:
    draw = drawn([1e-20, 1.0], 1, DrawSettings(temper=0.0625))
    assert draw.chances[0] == pytest.approx(1e-320)
    assert draw_weight(draw, AS_STATED, "").log_square == pytest.approx(280 * math.log(10))
