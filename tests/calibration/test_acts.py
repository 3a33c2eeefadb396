"""The acts that are forecast, and a classifier of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulate.calibration.act_classifier import BAR, validated
from simulate.calibration.acts import acts_of, levels_of
from simulate.calibration.choice import Choice, prepared_walk
from simulate.calibration.forecasts import level_of
from simulate.calibration.moves import Move
from simulate.calibration.situation import load_situation
from simulate.errors import StatisticsError
from simulate.reference.human_talks import HumanTalk, HumanTurn, human_talks
from tests.calibration.invented_talks import invented
from tests.human_data import OFFICIAL, needs_official

SITUATION = load_situation()


def talk(number: int, *turns: tuple[str, str, str]) -> HumanTalk:
    said = tuple(HumanTurn(role, text, (act,) if act else ()) for role, text, act in turns)
    people = {"persuader": f"er{number}", "persuadee": f"ee{number}"}
    return HumanTalk("invented", f"t{number}", said, people)


def annotated(n: int, *, telling: bool = True) -> list[HumanTalk]:
    """Return talks in which the words of a reply tell its act, or do not."""
    found = []
    for i in range(n):
        act, words = [("thank", "thanks so much"), ("agree-donation", "sure I will give")][i % 2]
        text = f"{words if telling else 'well then'} {i % 7}"
        found.append(talk(i, ("persuader", "Hi.", "greeting"), ("persuadee", text, act)))
    return found


def test_the_act_of_the_first_sentence_counts_and_rare_acts_are_none_of_these() -> None:
    talks = [*annotated(400), *(talk(i, ("persuader", "Hi.", ""), ("persuadee", "Bye.", "closing"))
             for i in range(400, 403))]  # fmt: skip
    found = levels_of(talks, SITUATION)
    assert found == {"persuadee": ("a consent to give", "thanks", "none of these")}
    assert level_of("a goodbye", found["persuadee"]) == 2


def test_levels_without_none_of_these_are_refused() -> None:
    with pytest.raises(StatisticsError, match="do not end with “none of these”"):
        level_of("thanks", ["thanks", "a greeting"])


def test_a_classifier_is_validated_on_people_it_was_not_fitted_to() -> None:
    levels = ("a consent to give", "thanks", "none of these")
    found = validated(annotated(200), levels, "persuadee", SITUATION)
    assert found is not None
    assert found[1].kappa == 1
    assert found[1].good_enough
    assert 0 < found[1].n < 200


def test_a_classifier_that_cannot_tell_acts_apart_is_not_good_enough() -> None:
    levels = ("a consent to give", "thanks", "none of these")
    found = validated(annotated(200, telling=False), levels, "persuadee", SITUATION)
    assert found is not None
    assert not found[1].good_enough


def test_turns_that_nobody_annotated_are_named_where_the_classifier_is_good_enough() -> None:
    unknown = talk(900, ("persuader", "Hi.", ""), ("persuadee", "thanks so much 3", ""))
    good = acts_of(annotated(200), [unknown], SITUATION)
    assert good.of(unknown, 1) == "thanks"
    assert "named by a classifier, which has κ 1.00" in good.told[0]
    bad = acts_of(annotated(200, telling=False), [unknown], SITUATION)
    assert bad.of(unknown, 1) is None
    assert not bad.known(Move(unknown, 1))
    assert "left out; below κ .60" in bad.told[0]


def test_no_act_is_asked_for_that_nobody_knows(tmp_path: Path) -> None:
    spec = invented(tmp_path, 24, turns=4, annotated=12)
    choice = Choice(dialogues=24, turns=1, roles=("persuadee",), asks=("act",))
    ready = prepared_walk([spec], SITUATION, choice)
    assert not ready.acts.validations["persuadee"].good_enough
    assert (ready.walk().moves, ready.walk().calls) == (24, 12)


@needs_official
def test_the_acts_of_the_release_are_too_many_to_be_named_by_their_words() -> None:
    talks = human_talks(f"persuasionforgood:{OFFICIAL}")
    levels = levels_of(talks, SITUATION)
    assert {role: len(each) for role, each in levels.items()} == {"persuader": 16, "persuadee": 14}
    found = validated(talks, levels["persuadee"], "persuadee", SITUATION)
    assert found is not None
    assert found[1].n == 1518
    assert 0.4 < found[1].kappa < BAR
