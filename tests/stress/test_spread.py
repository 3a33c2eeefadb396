"""Whether the users of a run are all alike, and whether their cooperation shows."""

from __future__ import annotations

import pytest

from simulate.population import Value
from simulate.stress.records import Observed
from simulate.stress.simulator.collapse import FEWEST, collapse
from simulate.stress.simulator.cooperation import cooperation, curt_turns, refuses


def seen(persona: str, *said: str, **attributes: Value) -> Observed:
    return Observed(0, persona, "all", persona, 0, attributes, said=said)


VARIED = [
    ("where's my parcel??", "no. look again", "this is a joke"),
    ("Good evening. I ordered a lamp three weeks ago and nothing has come.", "It was A-12."),
    ("hi, refund pls", "dunno, blue ones i think", "can i talk to somebody real"),
    ("Your courier claims he rang. I was at home all day!", "Flat 4, second floor."),
    ("lost package", "yes", "A-12"),
    ("My daughter's birthday is on Friday so it had better arrive", "Then cancel it."),
]


def test_people_of_different_kinds_are_not_collapsed() -> None:
    found = collapse([seen(str(i), *said) for i, said in enumerate(VARIED)])
    assert (found.n, found.collapsed, found.distinct_openings) == (6, False, 1)
    assert found.similarity is not None
    assert found.similarity < 0.2


def test_users_who_all_say_the_same_politely_are_collapsed_for_each_reason() -> None:
    same = ("Hello! Could you please help me with my parcel? Thank you.", "Thank you so much!")
    found = collapse([seen(str(i), *same) for i in range(6)])
    assert (found.similarity, found.distinct_openings, found.polite_users) == (1, 1 / 6, 1)
    assert found.polite_spread == 0
    assert (found.collapsed, len(found.reasons)) == (True, 3)


def test_polite_users_who_say_different_things_are_collapsed_by_politeness_alone() -> None:
    thanked = [tuple(f"{text} Please!" for text in said) for said in VARIED]
    found = collapse([seen(str(i), *said) for i, said in enumerate(thanked)])
    (reason,) = found.reasons
    assert "polite" in reason


def test_dialogues_of_one_persona_are_not_compared_with_each_other() -> None:
    found = collapse([seen("one", "Hi there."), seen("one", "Hi there."), seen("two", "Where?")])
    assert (found.n, found.pairs, found.similarity) == (2, 1, 0)


def test_with_few_personas_nothing_is_said() -> None:
    found = collapse([seen(str(i), "Hi.") for i in range(FEWEST - 1)])
    assert found.collapsed is None
    assert collapse([]).n == 0


def test_the_levels_that_were_drawn_are_told_with_how_they_act() -> None:
    low = [seen(f"l{i}", "no", "I won't tell you", "no", cooperation=1) for i in range(5)]
    high = [
        seen(
            f"h{i}", "I bought a lamp on Monday", f"It is order A-{i}, the blue one", cooperation=5
        )
        for i in range(5)
    ]
    found = cooperation([*high, *low, seen("x", "hm")])
    assert [(s.level, s.personas, s.curt) for s in found.levels] == [(1, 5, 1.0), (5, 5, 0.0)]
    assert (found.drawn, found.n, found.missing, found.contrast) == (2, 10, 1, 1.0)
    assert found.p is not None
    assert found.p < 0.01


def test_users_who_all_act_alike_show_no_contrast() -> None:
    alike = [seen(str(i), "I bought a lamp on Monday", cooperation=i % 2) for i in range(10)]
    found = cooperation(alike)
    assert (found.contrast, found.p) == (0, 1)


def test_levels_in_words_need_a_known_order_for_a_contrast() -> None:
    said = [seen(c, "no", cooperation=c) for c in ("high", "very low", "medium")]
    assert [s.level for s in cooperation(said).levels] == ["very low", "medium", "high"]
    odd = [seen(c, "no", cooperation=c) for c in ("saint", "grump")]
    assert cooperation(odd).contrast is None
    assert cooperation(odd, order=["grump", "saint"]).contrast == 0


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("I'm not telling you.", True),
        ("why do you need my address", True),
        ("I already told you that", True),
        ("I'd rather not say", True),
        ("whatever", True),
        ("¿para qué quiere mi dirección?", True),
        ("Das geht Sie nichts an", True),
        ("It is order A-12.", False),
        ("Could you tell me where it is?", False),
        ("I want to return the shoes", False),
        ("I don't know the number", False),
        ("Why is it late?", False),
    ],
)
def test_a_refusal_is_found_in_what_is_said(text: str, found: bool) -> None:
    assert refuses(text) is found


def test_to_say_the_same_again_is_curt() -> None:
    long = "I want my money back for the lamp"
    assert curt_turns([long, "It came broken on Monday morning", long + "!"]) == 1
