"""How turns begin and end, and when the topic comes up: by hand, in many scripts, and of people."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulate.errors import StatisticsError
from simulate.measures.language import measure_dialogues
from simulate.measures.realism import first_mention, lower_case_starts, missing_end_stops
from simulate.reference.language_variables import mentions


@pytest.mark.parametrize(
    ("turns", "share"),
    [
        (["sure", "Sure."], 0.5),
        (["  'ok then'", "(no) Thanks"], 1.0),
        (["$2 is all i have", "50 cents"], 0.0),
        (["iPhone", "I see"], 0.5),
        (["привет", "Привет"], 0.5),
        (["ok", ":)"], 1.0),
        (["...", "?"], None),
        ([], None),
    ],
)
def test_a_turn_begins_in_lower_case_with_its_first_letter_or_digit(
    turns: list[str], share: float | None
) -> None:
    assert lower_case_starts(turns) == share


@pytest.mark.parametrize(
    "text", ["你好，很高兴认识你", "مرحبا كيف حالك", "नमस्ते आप कैसे हैं", "გამარჯობა როგორ ხარ"]
)
def test_a_script_without_capitals_has_no_share_of_lower_case_starts(text: str) -> None:
    assert lower_case_starts([text]) is None


@pytest.mark.parametrize(
    "text",
    [
        "Yes.",
        "Yes?!",
        "Well…",
        'She said "yes."  ',
        "(I know.)",
        "好的。",
        "本当？」",
        "هل تعرف؟",
        "हाँ।",
        "Այո։",
        "Πώς;",
    ],
)
def test_a_stop_of_any_script_ends_a_turn(text: str) -> None:
    assert missing_end_stops([text]) == 0


@pytest.mark.parametrize("text", ["yes", "thanks :)", "ok 👍", "well,", "a; b;", "$2", "", '"no"'])
def test_what_is_no_stop_ends_none(text: str) -> None:
    assert missing_end_stops([text]) == 1


def test_thai_is_written_without_stops() -> None:
    assert missing_end_stops(["คุณอยากบริจาคเงินให้เด็กๆ ไหม"]) is None


@given(st.lists(st.text()))
def test_shares_lie_between_0_and_1_whatever_is_said(turns: list[str]) -> None:
    for share in (lower_case_starts(turns), missing_end_stops(turns)):
        assert share is None or 0 <= share <= 1


TALK = [("a", "Hi!"), ("b", "Hello."), ("a", "Do you know a CHARITY?"), ("b", "I donate to one.")]


def test_the_first_mention_counts_the_turns_of_all_from_0() -> None:
    topic = mentions("(?i)charit|donat")
    assert topic is not None
    assert [first_mention(TALK, who, topic) for who in (None, "a", "b")] == [2, 2, 3]
    assert first_mention(TALK[:2], None, topic) is None
    found = measure_dialogues([TALK, TALK[:2]], ("a", "both"), mentions=topic)
    assert found["a.topic_turn"] == found["both.topic_turn"] == [2.0, None]


def test_without_a_declared_topic_there_is_no_such_measure() -> None:
    assert mentions(None) is None
    assert "a.topic_turn" not in measure_dialogues([TALK], ("a",))


def test_a_pattern_that_takes_too_long_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulate.files.patterns.LIMIT_S", 0.05)
    slow = mentions(r"^(a|aa|a?)+$")
    assert slow is not None
    with pytest.raises(StatisticsError, match=r"topic: the pattern .* takes more than 0.05 s"):
        slow("a" * 60 + "!")
