import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulate.verbalized import (
    AS_STATED,
    Candidate,
    DrawSettings,
    RecordedDraw,
    ReplyDistribution,
    log_weight,
    recorded,
    tail_draw,
    tail_first,
)
from simulate.verbalized.draw_settings import FIRST_SHARE
from tests.enumerated import nine_paths, seldom

probabilities = st.lists(st.floats(0.01, 1), min_size=1, max_size=8)
settings = st.builds(
    DrawSettings,
    temper=st.none() | st.floats(0.2, 100),
    mix=st.none() | st.floats(0, 1),
) | st.sampled_from([DrawSettings("uniform"), DrawSettings("mode"), DrawSettings("tail-first")])


def distribution(*stated: float) -> ReplyDistribution:
    return ReplyDistribution.from_probabilities(
        tuple(Candidate(f"reply {i}", p) for i, p in enumerate(stated))
    )


@given(probabilities, settings)
def test_candidates_are_drawn_as_often_as_their_chances_say(
    stated: list[float], how: DrawSettings
) -> None:
    d = distribution(*stated)
    n = 400
    drawn = np.bincount([d.draw((i + 0.5) / n, how) for i in range(n)], minlength=len(d)) / n
    assert drawn == pytest.approx(d.chances(how), abs=2 / n)


@given(probabilities, settings)
def test_weighing_back_gives_the_stated_probabilities_or_refuses(
    stated: list[float], how: DrawSettings
) -> None:
    d = distribution(*stated)
    back = d.chances(how) * np.exp(d.log_weights(how))
    assert back == pytest.approx(d.weights) or (how.rule == "mode" and np.isnan(back).all())


@pytest.mark.parametrize(
    ("how", "chances"),
    [
        (AS_STATED, [0.9, 0.1]),
        (DrawSettings(temper=2), [0.75, 0.25]),
        (DrawSettings(mix=0.2), [0.82, 0.18]),
        (DrawSettings(temper=2, mix=0.5), [0.625, 0.375]),
        (DrawSettings(mix=1), [0.5, 0.5]),
        (DrawSettings("uniform"), [0.5, 0.5]),
        (DrawSettings("mode"), [1.0, 0.0]),
    ],
)
def test_the_chances_follow_their_formula(how: DrawSettings, chances: list[float]) -> None:
    assert distribution(0.9, 0.1).chances(how) == pytest.approx(chances)


def test_a_recorded_draw_weighs_the_stated_probability_over_the_chance() -> None:
    draw = recorded(distribution(0.9, 0.1), DrawSettings(mix=1.0), "reply", 0.7)
    assert (draw.chosen, draw.candidate.text) == (1, "reply 1")
    assert draw.log_weight == pytest.approx(math.log(0.1 / 0.5))


def test_a_draw_as_stated_weighs_one() -> None:
    assert recorded(distribution(0.9, 0.1), AS_STATED, "reply", 0.95).log_weight == 0


def test_no_weight_leads_back_from_a_rule_that_never_takes_some_candidates() -> None:
    assert math.isnan(recorded(distribution(0.9, 0.1), DrawSettings("mode"), "reply", 0).log_weight)


def test_a_turn_that_is_not_from_the_tail_weighs_the_chance_that_it_was() -> None:
    usual = recorded(distribution(0.5, 0.5), AS_STATED, "reply", 0.1)
    assert log_weight([tail_draw(0.25, 0.25), usual]) == pytest.approx(-math.log(0.75))


def test_a_turn_from_the_tail_weighs_nothing() -> None:
    draw = tail_draw(0.25, 0.2)
    assert draw.chosen == 1
    assert log_weight([draw, recorded(distribution(1), AS_STATED, "reply", 0)]) == -math.inf


@pytest.mark.parametrize(("temper", "mix"), [(0, None), (math.inf, None), (None, 1.5), (None, -1)])
def test_settings_outside_their_range_are_refused(temper: float | None, mix: float | None) -> None:
    with pytest.raises(ValueError, match="must"):
        DrawSettings(temper=temper, mix=mix)


def test_whole_dialogues_drawn_tail_first_weigh_back_at_most_two() -> None:
    tree = nine_paths()
    for path in tree.paths():
        chain: list[RecordedDraw] = []
        for t, choice in enumerate(path):
            d = distribution(*tree.stated(path[:t]))
            chances = d.chances(tail_first(chain))
            u = chances[:choice].sum() + chances[choice] / 2
            chain.append(recorded(d, tail_first(chain), "reply", u))
            assert chain[-1].chosen == choice
        chance = math.prod(float(draw.chances[draw.chosen]) for draw in chain)
        assert chance == pytest.approx(tree.chance(path, DrawSettings("tail-first")))
        assert math.exp(log_weight(chain)) == pytest.approx(tree.chance(path) / chance)
        assert math.exp(log_weight(chain)) <= 2 + 1e-12


def test_a_talk_of_any_length_is_drawn_tail_first_with_a_bounded_weight() -> None:
    d = distribution(0.9, 0.09, 0.01)
    for u in (0.0, 0.999):
        chain: list[RecordedDraw] = []
        for _ in range(400):
            chain.append(recorded(d, tail_first(chain), "reply", u))
        assert log_weight(chain) <= math.log(2) + 1e-9
        assert chain[-1].flattened is not None
        assert chain[-1].flattened.sum() == pytest.approx(1)
    assert tail_first([]).even == pytest.approx(FIRST_SHARE)


def test_nothing_of_weight_0_is_drawn_tail_first() -> None:
    assert distribution(0.7, 0, 0.3).chances("tail-first")[1] == 0


def test_a_rare_event_is_known_with_a_tenth_of_the_variance() -> None:
    draw = DrawSettings("tail-first")
    for low, gain in ((0.05, 50), (0.1, 10)):
        tree = seldom(low)
        p = tree.expectation()
        plain = sum(tree.chance(x) * (tree.mean(x) - p) ** 2 for x in tree.paths())
        tail = sum(
            tree.chance(x) ** 2 / tree.chance(x, draw) * (tree.mean(x) - p) ** 2
            for x in tree.paths()
        )
        assert plain / tail > gain
