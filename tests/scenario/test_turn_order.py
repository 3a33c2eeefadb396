"""Whose turn it is: everybody has theirs, nobody twice in a row."""

from __future__ import annotations

import random
from collections import Counter
from itertools import pairwise
from typing import Any

import pytest
from pydantic import ValidationError

from simulate.scenario import Scenario
from simulate.scenario.addressing import Addressing
from simulate.scenario.turn_order import TurnOrder
from simulate.scenario.turns import Turns

NAMES = ("ada", "ben", "cy", "dee")
ADDRESSED = Addressing({name: {name} for name in NAMES}).addressed


def talk(turns: Turns, say: int, texts: Any, names: tuple[str, ...] = NAMES) -> list[str]:
    """Return who speaks, where each turn has the next of some texts."""
    order = TurnOrder(turns, names, say, ADDRESSED)
    spoken: list[str] = []
    name: str | None = names[0]
    for _ in range(turns.most(say, len(names))):
        if name is None:
            break
        order.spoke(name)
        spoken.append(name)
        name = order.next(name, next(texts))
    return spoken


def always(text: str) -> Any:
    return iter(lambda: text, None)


def test_whoever_is_addressed_speaks_next_and_else_the_next_in_order() -> None:
    turns = Turns(order="addressed", counts="all")
    texts = iter(["Hm.", "Dee, you?", "Ben, you?", "Me, Ben.", "I agree with ada.", "", ""])
    assert talk(turns, 7, texts) == ["ada", "ben", "dee", "ben", "cy", "dee", "ada"]


@pytest.mark.parametrize("seed", range(20))
def test_whoever_is_addressed_all_have_their_turns_and_nobody_two_in_a_row(seed: int) -> None:
    """Two that always address each other would leave the others to speak alone at the end."""
    rng = random.Random(seed)
    names = NAMES[: rng.choice((3, 4))]
    favoured = rng.sample(names, 2)
    texts = iter(lambda: f"{rng.choice(favoured)}, you?", None)
    spoken = talk(Turns(order="addressed"), 5, texts, names)
    assert Counter(spoken) == dict.fromkeys(names, 5)
    assert all(one != other for one, other in pairwise(spoken))


def test_after_each_turn_the_moderator_speaks_and_then_whom_it_calls_on() -> None:
    turns = Turns(order="moderator", moderator="ada")
    spoken = talk(turns, 1, iter(["And, Cy?", "Well.", "And you, Cy?", "Ben!", "", ""]))
    assert spoken == ["ada", "cy", "ada", "dee", "ada", "ben"]
    assert len(talk(turns, 3, always("Cy, you?"))) == turns.most(3, 4) == 18
    assert Counter(talk(turns, 3, always("Cy, you?"))) == {"ada": 9, "ben": 3, "cy": 3, "dee": 3}
    closing = Turns(order="moderator", moderator="dee")
    spoken = talk(closing, 2, always("Cy?"))
    assert (spoken[0], spoken[-1]) == ("ada", "dee")
    assert Counter(spoken) == {"dee": 6, "ada": 2, "ben": 2, "cy": 2}


def test_a_moderators_draw_goes_before_what_it_says() -> None:
    order = TurnOrder(Turns(order="moderator", moderator="ada"), NAMES, 2, ADDRESSED)
    order.spoke("ada")
    assert order.next("ada", "Cy?", called="dee") == "dee"
    assert order.next("ada", "You, Cy?", called=None) == "cy"
    assert order.next("ada", "You, Cleo?", called="cleo") == "ben"


@pytest.mark.parametrize(
    ("turns", "most"),
    [
        ({"maximum": 5}, 15),
        ({"maximum": 5, "counts": "all"}, 5),
        ({"maximum": 5, "order": "addressed"}, 15),
        ({"maximum": 5, "order": "moderator", "moderator": "ben"}, 20),
        ({"maximum": 5, "order": "moderator", "moderator": "ben", "counts": "all"}, 5),
    ],
)
def test_the_most_turns_of_a_dialogue_are_known(turns: dict[str, Any], most: int) -> None:
    speakers = {name: {"plays": "user"} for name in NAMES[:3]}
    (cell,) = Scenario.model_validate(
        {"scenario": "s", "speakers": speakers, "turns": turns}
    ).cells()
    assert cell.most_turns == most


@pytest.mark.parametrize(
    ("speakers", "turns", "why"),
    [
        (2, {"order": "addressed"}, "turns.order: addressed is for three speakers or more"),
        (3, {"order": "moderator"}, "turns.moderator: name the speaker that says who speaks next"),
        (3, {"moderator": "ada"}, "turns.moderator: is for the order moderator, and this is round"),
        (3, {"order": "moderator", "moderator": "dee"}, "turns.moderator: there is no speaker"),
        (3, {"first": "dee"}, "turns.first: there is no speaker “dee”; there are: ada, ben, cy"),
        (3, {"may_end": ["dee"]}, "turns.may_end: there is no speaker “dee”"),
    ],
)
def test_turns_that_cannot_be_taken_are_refused(
    speakers: int, turns: dict[str, Any], why: str
) -> None:
    plays = {name: {"plays": "user"} for name in NAMES[:speakers]}
    with pytest.raises(ValidationError, match=why):
        Scenario.model_validate({"scenario": "s", "speakers": plays, "turns": turns})


def test_prompts_of_version_1_have_no_words_for_an_order() -> None:
    plays = {name: {"plays": "user"} for name in NAMES}
    data = {"scenario": "s", "speakers": plays, "turns": {"order": "addressed"}}
    with pytest.raises(ValidationError, match=r"turns\.order: prompt_version 1 has no words"):
        Scenario.model_validate({**data, "prompt_version": 1})
