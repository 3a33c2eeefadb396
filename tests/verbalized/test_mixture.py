"""`mixture` on recorded answers: what is drawn, who is asked, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from simulate.verbalized import MethodSpec, log_weight
from tests.verbalized.recorded import PERSON, QUESTION, play_drawing, stated

PARTS: dict[str, Any] = {
    "listing": {"weight": 0.7, "method": {"name": "vs", "k": 2}},
    "never": {"weight": 0},
    "other": {"weight": 0.3, "model": "another"},
}
MIXED = MethodSpec.model_validate({"name": "mixture", "parts": PARTS})


def test_the_drawn_part_asks_as_it_does_by_itself() -> None:
    found, [ask], [pick] = play_drawing(
        MIXED, PERSON, [stated(("Yes.", 0.6), ("No.", 0.2))], u=0.69
    )
    assert (pick.what, pick.candidate.text, ask.part) == ("part", "listing", None)
    assert found.weights.tolist() == pytest.approx([0.75, 0.25])


def test_a_part_with_a_model_of_its_own_is_asked_there_every_time() -> None:
    found, asks, [pick] = play_drawing(MIXED, PERSON, ["", "", "Hm."], u=0.7)
    assert (pick.candidate.text, [ask.part for ask in asks]) == ("other", ["other"] * 3)
    assert found.texts == ("Hm.",)


def test_parts_are_drawn_by_their_weights_and_weigh_as_they_are_drawn() -> None:
    drawn = []
    for u in np.arange(0.005, 1, 0.01):
        answer = stated(("Yes.", 1)) if u < 0.7 else "Yes."
        _, _, picks = play_drawing(MIXED, PERSON, [answer], u=float(u))
        assert log_weight(picks) == 0
        drawn.append(picks[0].candidate.text)
    assert {name: drawn.count(name) for name in PARTS} == {"listing": 70, "never": 0, "other": 30}


def test_a_part_may_draw_an_act_of_its_own() -> None:
    part = {"weight": 1, "method": {"name": "vs-act", "k": 1}, "model": "another"}
    spec = MethodSpec.model_validate({"name": "mixture", "parts": {"acting": part}})
    answers = [stated(("ask", 1), key="value"), "Why?"]
    found, asks, picks = play_drawing(spec, PERSON, answers)
    assert [pick.candidate.text for pick in picks] == ["acting", "ask"]
    assert [ask.part for ask in asks] == ["acting"] * 2
    assert (found.texts, spec.drawn(picks).name) == (("Why?",), "vs-act")


def test_no_part_is_asked_for_more_answers_than_there_are() -> None:
    listing = MIXED.at_most(1)
    assert listing.parts is not None
    assert listing.parts["listing"].method.k == 1
    found, _, _ = play_drawing(listing, QUESTION, [stated((1, 1), key="value")], u=0)
    assert found.texts == ("1.0",)


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        ({}, "parts is not set, and a mixture is made of them"),
        ({"parts": {}}, "at least 1 item"),
        ({"parts": {"a": {"weight": 0}, "b": {"weight": 0}}}, "the weight of every part is 0"),
        ({"parts": {"a": {"weight": -1}}}, "greater than or equal to 0"),
        ({"parts": {"a": {"weight": float("inf")}}}, "less than or equal to 1000000"),
        ({"parts": {"a": {"weight": float("nan")}}}, "less than or equal to 1000000"),
        ({"parts": {"a": {"method": "vs"}}}, "Field required"),
        ({"parts": {"a": {"weight": 1, "method": "vs2"}}}, "did you mean “vs”"),
        ({"parts": {"a": {"weight": 1, "method": {"name": "vs", "rounds": 2}}}}, "rounds is set"),
        ({"parts": {"a": {"weight": 1, "method": MIXED}}}, "parts.a is a mixture itself"),
        ({"parts": {"a b": {"weight": 1}}}, "should match pattern"),
        ({"parts": PARTS, "k": 3}, "k is set, but each part of a mixture has its own"),
        ({"parts": PARTS, "draw": "mode"}, "draw is set, but each part"),
        ({"parts": PARTS, "mix": 0.2}, "mix is set, but each part"),
        ({"parts": PARTS, "prompt": "{{ k }}"}, "prompt is set, but each part"),
        ({"parts": PARTS, "below": 0.2}, "below is set, but method mixture does not take it"),
        ({"parts": PARTS, "name": "vs"}, "parts is set, but method vs does not take it"),
        ({"per": "turn", "name": "cot"}, "per is set, but method cot does not take it"),
    ],
)
def test_a_mixture_that_cannot_be_drawn_is_refused(options: dict[str, Any], rule: str) -> None:
    with pytest.raises(ValueError, match=rule):
        MethodSpec.model_validate({"name": "mixture", **options})


def test_another_method_has_no_parts() -> None:
    assert MIXED.named("vs") == MethodSpec(name="vs")
